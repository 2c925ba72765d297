//! Calling cargo from inside a program that cargo started.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::step::{Outcome, Step};

/// The cargo that started us, in this folder.
///
/// What cargo told this program about its own package is taken away: build scripts that watch such variables would
/// otherwise run again each time.
pub(crate) fn cargo(root: &Path) -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| OsString::from(env!("CARGO")));
    let mut command = Command::new(program);
    command.current_dir(root);
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(describes_a_package) {
            command.env_remove(name);
        }
    }
    command
}

fn describes_a_package(name: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|start| name.starts_with(start))
        || ["CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE", "OUT_DIR"].contains(&name)
}

/// Runs cargo in sight of the reader.
pub(crate) fn run(root: &Path, args: &[&str], variables: &[(&str, &str)]) -> Outcome {
    let shown: Vec<String> = variables.iter().map(|(name, value)| format!("{name}='{value}' ")).collect();
    println!("$ {}cargo {}", shown.concat(), args.join(" "));
    match cargo(root).args(args).envs(variables.iter().copied()).status() {
        Ok(status) if status.success() => Outcome::Passed,
        Ok(status) => Outcome::Failed(format!("cargo ended with {status}")),
        Err(error) => Outcome::Failed(format!("cargo did not start: {error}")),
    }
}

/// A step that is one call of cargo. `advice` says what to do when it fails.
pub(crate) fn step(name: &str, args: &'static [&'static str], advice: &'static str) -> Step {
    step_with(name, args, &[], advice)
}

/// A step that is one call of cargo with variables of its own.
pub(crate) fn step_with(
    name: &str,
    args: &'static [&'static str],
    variables: &'static [(&'static str, &'static str)],
    advice: &'static str,
) -> Step {
    Step::new(name, advice, move |root| run(root, args, variables))
}

/// What cargo prints, or a sentence with what it says of its failure.
pub(crate) fn output(root: &Path, args: &[&str]) -> Result<String, String> {
    let said = format!("`cargo {}`", args.join(" "));
    let output = cargo(root).args(args).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{said} did not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("{said} failed: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("{said} printed what is not UTF-8: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_callers_package_is_not_passed_on_and_its_choices_are() {
        for name in ["CARGO_PKG_NAME", "CARGO_MANIFEST_DIR", "OUT_DIR"] {
            assert!(describes_a_package(name), "{name}");
        }
        for name in ["CARGO_HOME", "CARGO_TARGET_DIR", "CARGO_NET_OFFLINE", "RUSTFLAGS", "PATH"] {
            assert!(!describes_a_package(name), "{name}");
        }
    }

    #[test]
    fn a_failure_says_what_was_tried_and_what_cargo_said() {
        let why = output(&crate::workspace::root(), &["no-such-subcommand"]).unwrap_err();
        assert!(why.starts_with("`cargo no-such-subcommand` failed: ") && why.contains("no such command"), "{why}");
    }
}
