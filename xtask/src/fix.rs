//! `cargo xtask fix`: writes what `check` would complain about, as far as a program can.

use std::process::ExitCode;

use crate::step::{Outcome, Step, run_all};
use crate::{cargo, layers};

const CLIPPY: &[&str] =
    &["clippy", "--fix", "--allow-dirty", "--allow-staged", "--workspace", "--all-targets", "--all-features"];

pub(crate) fn run() -> ExitCode {
    run_all(vec![
        // Formatting comes last: what clippy rewrites is not formatted.
        cargo::step("clippy's suggestions", CLIPPY, "make it compile, then run `cargo xtask fix` again"),
        cargo::step("format", &["fmt", "--all"], "make it parse, then run `cargo xtask fix` again"),
        Step::new(
            "layer table in the docs",
            "give docs/architecture.md the two marker lines, then run it again",
            |root| match layers::rewrite_docs(root) {
                Ok(said) => {
                    println!("{said}");
                    Outcome::Passed
                }
                Err(why) => Outcome::from_violations(&[why]),
            },
        ),
    ])
}
