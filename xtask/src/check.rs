//! `cargo xtask check`: everything that CI runs. It never writes a source file nor `Cargo.lock`.

use std::process::{ExitCode, Stdio};

use crate::step::{Outcome, Step, run_all};
use crate::{cargo, layers, test, tidy};

/// Feature choices that users make and that no other step builds. Each is one call of clippy.
const FEATURE_CHOICES: &[&[&str]] = &[
    &["-p", "moai-core", "--no-default-features"],
    &["-p", "moai-core", "--no-default-features", "--features", "json"],
    &["-p", "moai-core", "--no-default-features", "--features", "ports"],
    &["-p", "moai-consensus", "--no-default-features"],
    &["-p", "moai-store", "--no-default-features"],
    &["-p", "moai-flow", "--no-default-features"],
];

/// The crates outside the workspace, which no other step builds: each in the folder where its own task builds, and the
/// benches without the heavy peers.
const OUTSIDE: &[(&str, &str, &str)] = &[
    ("moai-bench", "crates/moai-bench/Cargo.toml", "target/bench"),
    ("moai-fuzz", "crates/moai-fuzz/Cargo.toml", "target/fuzz"),
];

const DENY: &[&str] =
    &["deny", "--locked", "--all-features", "check", "--config", ".deny.toml", "bans", "licenses", "sources"];

/// What may be left out: whoever has just run `cargo test --workspace --all-features` need not run it again.
pub(crate) const WORDS: &[&str] = &["tested"];

pub(crate) fn run(words: &[&str]) -> ExitCode {
    run_all(steps(if words.is_empty() { test::all() } else { test::after_the_tests() }))
}

fn steps(tests: Vec<Step>) -> Vec<Step> {
    let mut steps = vec![
        cargo::step("format", &["fmt", "--all", "--check"], "run `cargo xtask fix`"),
        cargo::step(
            "clippy",
            &["clippy", "--locked", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"],
            "mend what it names; `cargo xtask fix` does the simple ones",
        ),
    ];
    steps.extend(FEATURE_CHOICES.iter().map(|choice| feature_choice(choice)));
    steps.extend(OUTSIDE.iter().map(|&(name, manifest, folder)| {
        Step::new(&format!("clippy on {name}"), "mend what it names", move |root| {
            let args = ["clippy", "--locked", "--all-targets", "--manifest-path", manifest, "--target-dir", folder];
            cargo::run(root, &[&args[..], &["--", "-D", "warnings"]].concat(), &[])
        })
    }));
    steps.push(cargo::step_with(
        "docs",
        &["doc", "--locked", "--workspace", "--no-deps", "--all-features"],
        &[("RUSTDOCFLAGS", "-D warnings")],
        "mend the doc comments that rustdoc names",
    ));
    steps.extend(tests);
    steps.push(layers::step());
    steps.push(tidy::step());
    steps.push(Step::new("licences, bans and sources", "read .deny.toml, then mend the tree or the rule", |root| {
        let mut asked = cargo::cargo(root);
        asked.args(["deny", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
        if asked.status().is_ok_and(|status| status.success()) {
            cargo::run(root, DENY, &[])
        } else {
            Outcome::Skipped("cargo-deny is not installed".into())
        }
    }));
    steps
}

fn feature_choice(choice: &'static [&'static str]) -> Step {
    // `-p` says nothing to the reader of the summary.
    let name = choice.get(1..).unwrap_or_default().join(" ");
    Step::new(&name, "mend it: users build it with these features", move |root| {
        let args = [&["clippy", "--locked"], choice, &["--", "-D", "warnings"]].concat();
        cargo::run(root, &args, &[])
    })
}
