//! `cargo xtask test sim`: seeded worlds, and the bugs by intention that they must find.

use std::path::Path;
use std::process::ExitCode;

use crate::cargo;
use crate::step::{Outcome, Step, run_all};

/// The program, optimised and with every assertion on.
const PROGRAM: &[&str] = &["run", "--locked", "--quiet", "-p", "moai-sim", "--bin", "moai-sim"];

/// How many seeds of each kind of world every change must pass.
const RUNS: &str = "1000";

/// How many seeds of the pure core the long campaign runs, and the faults that are to be met in them.
const MANY: &str = "27000";
const FAULTS: &str = "50000000";

const ADVICE: &str = "what it names is broken in the world of that seed; the command beside it repeats it";

/// What stands behind `test sim` goes to the program.
pub(crate) fn run(words: &[&str]) -> ExitCode {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    run_all(vec![Step::new("worlds", ADVICE, move |root| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        cargo::run(root, &command("sim", &words), &[])
    })])
}

/// The worlds that every change must pass, and that a seed gives the same world twice and in every build.
pub(crate) fn steps() -> Vec<Step> {
    vec![
        Step::new("worlds", ADVICE, |root| cargo::run(root, &command("sim", &["--runs", RUNS]), &[])),
        Step::new(
            "a seed gives one history",
            "something in a world is left to chance: find what differs first",
            |root| same(root).unwrap_or_else(Outcome::Failed),
        ),
    ]
}

/// The long campaigns: many more worlds, and every bug by intention.
pub(crate) fn campaign() -> Vec<Step> {
    vec![
        Step::new("many worlds", ADVICE, |root| {
            let words = ["--lane", "core", "--runs", MANY, "--faults", FAULTS];
            cargo::run(root, &command("sim", &words), &[])
        }),
        Step::new("bugs by intention", "a bug survives: the worlds are too weak to find what they are for", |root| {
            let planted = ["--target-dir", "target/planted", "--", "--planted"];
            let (start, profile) = (PROGRAM, ["--profile", "sim"]);
            cargo::run(root, &[start, &profile, &planted].concat(), &[("RUSTFLAGS", "--cfg moai_planted")])
        }),
    ]
}

fn command<'a>(profile: &'a str, words: &[&'a str]) -> Vec<&'a str> {
    [PROGRAM, &["--profile", profile, "--"], words].concat()
}

/// The last line of what a build says of forty seeds.
fn said(root: &Path, profile: &str, words: &[&str]) -> Result<String, String> {
    let said = cargo::output(root, &command(profile, words))?;
    said.lines().last().map(str::to_owned).ok_or_else(|| "the worlds say nothing".into())
}

fn same(root: &Path) -> Result<Outcome, String> {
    let all: Vec<String> =
        ["sim", "sim", "dev"].iter().map(|profile| said(root, profile, &["--runs", "40"])).collect::<Result<_, _>>()?;
    for line in &all {
        println!("{line}");
    }
    let differ = all.iter().any(|line| Some(line) != all.first());
    Ok(if differ { Outcome::Failed("the same seeds gave different worlds".into()) } else { Outcome::Passed })
}
