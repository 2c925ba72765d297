//! What to do next is said where somebody is at a loss.

use std::fs;
use std::process::{Command, Stdio};

use crate::{error, start};

#[test]
fn an_error_leaves_somebody_at_a_loss() {
    let folder = tempfile::tempdir().unwrap();
    let call = |line: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", line]).env("MOAI", env!("CARGO_BIN_EXE_moai")).env_remove("MOAI_STORE");
        command.current_dir(folder.path()).stdin(Stdio::null());
        let told = start(command.stdout(Stdio::piped()).stderr(Stdio::piped())).wait_with_output().unwrap();
        assert!(!told.status.success(), "{line}");
        error(&told)
    };
    for command in ["gate --voter a=true -- true", "gate deploy", "vote for", "log", "verify"] {
        let said = call(&format!("mkdir gone && cd gone && rmdir ../gone && exec \"$MOAI\" {command}"));
        assert!(said.lines().count() == 2 && said.contains("go to another one (cd)"), "{command}: {said}");
    }
    let said = call("\"$MOAI\" init && exec \"$MOAI\" gate deploy");
    assert!(
        said.contains("no program ./deploy.sh") && said.contains("`command` of [gate.deploy] in moai.toml"),
        "{said}"
    );
    assert!(!fs::exists(folder.path().join("gone")).unwrap());
}
