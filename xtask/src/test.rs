//! `cargo xtask test`: the tests by kind.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use crate::step::{Outcome, Step, run_all};
use crate::{cargo, crash, fuzz, miri, model, package, sim, turmoil, workspace};

/// The kinds that can be asked for; without a word it is `all`.
pub(crate) const WORDS: &[&str] = &["fast", "all", "doc", "examples", "crash", "sim", "full"];

/// The kind that takes more: which worlds.
pub(crate) const OPEN: &str = "sim";

/// The long campaigns, which only `full` runs.
const CAMPAIGNS: &[fn() -> Vec<Step>] = &[
    crash::campaign,
    turmoil::campaign,
    sim::campaign,
    model::campaign,
    fuzz::campaign,
    miri::campaign,
    package::campaign,
];

pub(crate) fn run(words: &[&str]) -> ExitCode {
    match words {
        ["sim", asked @ ..] if !asked.is_empty() => sim::run(asked),
        words => run_all(steps(words.first().unwrap_or(&"all")).unwrap_or_default()),
    }
}

fn steps(word: &str) -> Option<Vec<Step>> {
    match word {
        "fast" => Some(vec![fast(EACH_CHANGE)]),
        "all" => Some(all()),
        "doc" => Some(vec![doc()]),
        "examples" => Some(vec![examples()]),
        "crash" => Some(crash::steps()),
        "sim" => Some(sim::steps()),
        "full" => Some(all_to(FULL).into_iter().chain(CAMPAIGNS.iter().flat_map(|campaign| campaign())).collect()),
        _ => None,
    }
}

/// Every test that is quick enough for each change.
pub(crate) fn all() -> Vec<Step> {
    all_to(EACH_CHANGE)
}

/// The same behind `cargo test --workspace --all-features`, which runs most of it: what tries everything goes further.
pub(crate) fn after_the_tests() -> Vec<Step> {
    let everything = cargo::step_with(
        "tests that try everything",
        &["test", "--locked", "--workspace", "--all-features", "--test", "exhaustive", "--test", "early_decision"],
        EACH_CHANGE,
        "mend what the failed tests name",
    );
    let mut steps = vec![everything, examples()];
    steps.extend(sim::steps());
    steps
}

fn all_to(reach: Reach) -> Vec<Step> {
    let mut steps = vec![fast(reach), doc(), examples()];
    steps.extend(sim::steps());
    steps
}

/// How far tests go that try everything.
type Reach = &'static [(&'static str, &'static str)];

/// Data types go through every history of five steps, a quarter of a million for each, and rules through every electorate of
/// a total weight up to eight: half a minute.
const EACH_CHANGE: Reach = &[("MOAI_HISTORY_STEPS", "5"), ("MOAI_DECISION_WEIGHT", "8")];

/// Six steps are three million histories for each, and take minutes, as a weight of ten does.
const FULL: Reach = &[("MOAI_HISTORY_STEPS", "6"), ("MOAI_DECISION_WEIGHT", "10")];

fn fast(reach: Reach) -> Step {
    cargo::step_with(
        "unit and integration tests",
        &["test", "--locked", "--workspace", "--all-features", "--no-fail-fast", "--lib", "--bins", "--tests"],
        reach,
        "mend what the failed tests name; `cargo xtask test fast` runs them alone",
    )
}

fn doc() -> Step {
    cargo::step(
        "examples in the docs",
        &["test", "--locked", "--workspace", "--all-features", "--no-fail-fast", "--doc"],
        "mend the doc comments that are named; `cargo xtask test doc` runs them alone",
    )
}

fn examples() -> Step {
    Step::new("examples", "mend what is named; `cargo xtask test examples` runs them alone", |root| {
        run_examples(root).unwrap_or_else(|why| Outcome::from_violations(&[why]))
    })
}

/// Builds every example of the workspace in one go, then runs each.
fn run_examples(root: &Path) -> Result<Outcome, String> {
    let mut found = Vec::new();
    for one in workspace::crates(root)?.iter().filter(|one| !one.excluded) {
        let folder = one.path.join("examples");
        let paths = if folder.is_dir() { workspace::entries(&folder)? } else { Vec::new() };
        found.extend(paths.iter().filter_map(|path| example_name(path)).map(|example| (one.name.clone(), example)));
    }
    if found.is_empty() {
        return Ok(Outcome::Skipped("no crate has an example yet".into()));
    }
    let homes = by_name(&found)?;
    let built = cargo::run(root, &["build", "--locked", "--workspace", "--all-features", "--examples"], &[]);
    if built != Outcome::Passed {
        return Ok(built);
    }
    let folder = examples_folder()?;
    let mut failed = Vec::new();
    for (example, home) in &homes {
        println!("\n-- {home}: {example}");
        let program = folder.join(format!("{example}{}", env::consts::EXE_SUFFIX));
        // An example that asks a question must not keep CI waiting.
        match Command::new(&program).current_dir(root).stdin(Stdio::null()).status() {
            Ok(status) if status.success() => {}
            Ok(status) => failed.push(format!("{home}'s example {example} ended with {status}: it must exit with 0")),
            Err(error) => failed.push(format!("{home}'s example {example} did not start: {error}; is it built?")),
        }
    }
    println!("\nran {} examples, {} failed", homes.len(), failed.len());
    Ok(Outcome::from_violations(&failed))
}

/// What cargo calls the example at this path: `name.rs`, or `name/main.rs`.
fn example_name(path: &Path) -> Option<String> {
    let is_example = path.extension().is_some_and(|its| its == "rs") || path.join("main.rs").is_file();
    let name = path.file_stem().filter(|_| is_example)?;
    Some(name.to_string_lossy().into_owned())
}

/// The crate of each example. Two of one name would overwrite each other, and one would never run.
fn by_name(found: &[(String, String)]) -> Result<BTreeMap<&str, &str>, String> {
    let mut homes = BTreeMap::new();
    for (home, example) in found {
        if let Some(other) = homes.insert(example.as_str(), home.as_str()) {
            return Err(format!("{other} and {home} both have an example called {example}: rename one"));
        }
    }
    Ok(homes)
}

/// Where cargo puts examples: beside this program, which it built as well.
fn examples_folder() -> Result<PathBuf, String> {
    let own = env::current_exe().map_err(|error| format!("this program does not find itself: {error}"))?;
    own.parent().map(|folder| folder.join("examples")).ok_or_else(|| "this program lies in no folder".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_examples_of_one_name_are_refused_instead_of_one_running_twice() {
        let found = [("a".to_owned(), "vote".to_owned()), ("b".to_owned(), "vote".to_owned())];
        let why = by_name(&found).unwrap_err();
        assert!(why.contains("a and b both have an example called vote"), "{why}");
        assert_eq!(by_name(&found[..1]).unwrap().get("vote"), Some(&"a"));
    }

    #[test]
    fn only_programs_are_examples() {
        assert_eq!(example_name(Path::new("examples/vote.rs")).as_deref(), Some("vote"));
        assert_eq!(example_name(Path::new("examples/README.md")), None);
        assert_eq!(example_name(Path::new("examples/data")), None);
    }

    #[test]
    fn an_example_in_a_folder_of_its_own_is_found() {
        // `src` of this very crate has the shape: a folder with a main.rs.
        let folder = workspace::root().join("xtask/src");
        assert_eq!(example_name(&folder).as_deref(), Some("src"));
    }

    #[test]
    fn no_word_is_offered_that_runs_nothing() {
        for word in WORDS {
            assert!(steps(word).is_some_and(|steps| !steps.is_empty()), "{word}");
        }
        assert!(steps("slow").is_none());
    }
}
