//! The interpreter that sees undefined behaviour, where it is installed: `moai-crdt` in it, and once more as on a machine
//! that stores numbers the other way round.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::step::{Outcome, Step};

/// `-C` reads no word of ours, so this is what somebody would type.
const TESTS: &[&str] = &["+nightly", "miri", "test", "-p", "moai-crdt", "--lib", "--tests"];

/// The machine of the other byte order. Only bytes can tell, and what reads them.
const BIG_ENDIAN: &[&str] = &["--target", "s390x-unknown-linux-gnu", "--test", "golden", "--test", "wire_limits"];

pub(crate) fn campaign() -> Vec<Step> {
    let step = |name: &str, args: Vec<&'static str>| {
        Step::new(name, "mend what it names: there is no `unsafe` here, so look at dependencies too", move |root| {
            if is_there(root) { interpret(root, &args) } else { Outcome::Skipped(WHY.into()) }
        })
    };
    let big_endian = [&TESTS[..4], &["moai-crdt"], BIG_ENDIAN].concat();
    vec![step("moai-crdt under Miri", TESTS.to_vec()), step("bytes of moai-crdt, big-endian, under Miri", big_endian)]
}

const WHY: &str = "no nightly toolchain with Miri: `rustup +nightly component add miri rust-src` brings it";

/// The caller's toolchain would win over `+nightly`, so it is taken away.
fn rustup_cargo(root: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root).env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO").env_remove("RUSTC");
    command
}

fn is_there(root: &Path) -> bool {
    let mut asked = rustup_cargo(root);
    asked.args(["+nightly", "miri", "--version"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    asked.status().is_ok_and(|status| status.success())
}

fn interpret(root: &Path, args: &[&str]) -> Outcome {
    println!("$ cargo {}", args.join(" "));
    // Random cases take an interpreter for ever: a few of each are enough to see each line once.
    let variables =
        [("MIRIFLAGS", "-Zmiri-disable-isolation"), ("PROPTEST_CASES", "4"), ("CARGO_TARGET_DIR", "target/miri")];
    match rustup_cargo(root).args(args).envs(variables).status() {
        Ok(status) if status.success() => Outcome::Passed,
        Ok(status) => Outcome::Failed(format!("it ended with {status}")),
        Err(error) => Outcome::Failed(format!("it did not start: {error}")),
    }
}
