//! `cargo xtask bench`: builds `crates/moai-bench`, and hands the arguments on to it.

use std::process::ExitCode;

use crate::step::Outcome;
use crate::{cargo, workspace};

pub(crate) const USAGE: &str = "[area] [--quick] [--json] [--plot FILE]";

const RUN: &[&str] = &["run", "--locked", "--release", "--manifest-path", "crates/moai-bench/Cargo.toml"];

/// `--quick` leaves the heavy peers out, which also makes it quick to build.
pub(crate) fn run(words: &[&str]) -> Result<ExitCode, String> {
    let features: &[&str] = if words.contains(&"--quick") { &[] } else { &["--features", "peers"] };
    let root = workspace::root();
    match cargo::run(&root, &[RUN, &["--target-dir", "target/bench"], features, &["--"], words].concat(), &[]) {
        Outcome::Passed => Ok(ExitCode::SUCCESS),
        // The program has said why.
        _ => Ok(ExitCode::FAILURE),
    }
}
