//! `cargo xtask fuzz`: feeds every target of `crates/moai-fuzz`, or one, for a while.
//!
//! The fuzzing runtime is linked directly: with a C++ compiler it works on the stable toolchain, and nothing has to be
//! installed. What is learnt and what is found lies under `target/fuzz`.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::step::{Outcome, Step, run_all};
use crate::{cargo, workspace};

pub(crate) const USAGE: &str = "[target] [--seconds N]";

const SECONDS: u32 = 30;

/// The coverage by which the fuzzer finds its way, as cargo-fuzz asks for it; no sanitizer, for there is no `unsafe`.
const RUSTFLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

pub(crate) fn run(words: &[&str]) -> Result<ExitCode, String> {
    let root = workspace::root();
    let targets = targets(&root)?;
    let asked = ask(words, &targets)?;
    Ok(run_all(steps(&asked)))
}

/// Every target for [`SECONDS`], as a part of the full tests.
pub(crate) fn campaign() -> Vec<Step> {
    match targets(&workspace::root()) {
        Ok(targets) => steps(&Asked { targets: targets.iter().map(String::as_str).collect(), seconds: SECONDS }),
        Err(why) => vec![Step::new("fuzz targets", ADVICE, move |_| Outcome::Failed(why.clone()))],
    }
}

const ADVICE: &str = "mend the code; keep the input in crates/moai-fuzz/corpus/, where ordinary tests replay it";

/// Building all of them, then feeding each.
fn steps(asked: &Asked<'_>) -> Vec<Step> {
    let mut steps = vec![Step::new("fuzz targets", "mend what the compiler names", |root| {
        build(root).unwrap_or_else(Outcome::Failed)
    })];
    steps.extend(asked.targets.iter().map(|target| {
        let (program, seconds) = ((*target).to_owned(), asked.seconds);
        let fed = move |root: &Path| match folder(root) {
            Ok(folder) => feed(root, &format!("{folder}/{program}"), seconds),
            Err(why) => Outcome::Failed(why),
        };
        Step::new(&format!("fuzz {target}"), ADVICE, fed)
    }));
    steps
}

fn build(root: &Path) -> Result<Outcome, String> {
    // With a target named, build scripts and macros are built without the flags: they do not link the runtime.
    let build = ["build", "--locked", "--release", "--bins", "--manifest-path", "crates/moai-fuzz/Cargo.toml"];
    let (host, target) = (host(root)?, ["--target-dir", "target/fuzz", "--target"]);
    Ok(cargo::run(root, &[&build[..], &target, &[&host]].concat(), &[("RUSTFLAGS", RUSTFLAGS)]))
}

/// Where the programs lie.
fn folder(root: &Path) -> Result<String, String> {
    host(root).map(|host| format!("target/fuzz/{host}/release"))
}

fn host(root: &Path) -> Result<String, String> {
    let said = cargo::output(root, &["-vV"])?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "cargo does not say its host".into())
}

struct Asked<'a> {
    targets: Vec<&'a str>,
    seconds: u32,
}

fn ask<'a>(words: &[&str], targets: &'a [String]) -> Result<Asked<'a>, String> {
    let mut asked = Asked { targets: Vec::new(), seconds: SECONDS };
    let mut words = words.iter();
    while let Some(&word) = words.next() {
        if word == "--seconds" {
            let seconds = words.next().and_then(|seconds| seconds.parse().ok()).filter(|&seconds| seconds > 0);
            asked.seconds = seconds.ok_or("--seconds needs a number from 1: without an end it would run for ever")?;
        } else {
            let target = targets.iter().find(|target| *target == word);
            let target =
                target.ok_or_else(|| format!("no target is called `{word}`: there is {}", targets.join(", ")))?;
            asked.targets.push(target);
        }
    }
    if asked.targets.is_empty() {
        asked.targets = targets.iter().map(String::as_str).collect();
    }
    Ok(asked)
}

/// Every target is a program of the crate.
fn targets(root: &Path) -> Result<Vec<String>, String> {
    let files = workspace::files(&root.join("crates/moai-fuzz/src/bin"), "rs")?;
    Ok(files.iter().filter_map(|file| Some(file.file_stem()?.to_string_lossy().into_owned())).collect())
}

/// One run of one target. It begins with what is kept in the tree and with what earlier runs have learnt.
fn feed(root: &Path, program: &str, seconds: u32) -> Outcome {
    let target = workspace::file_name(Path::new(program));
    let learnt = format!("target/fuzz/corpus/{target}");
    let found = format!("target/fuzz/found/{target}/");
    for folder in [&learnt, &found] {
        if let Err(error) = fs::create_dir_all(root.join(folder)) {
            return Outcome::Failed(format!("{folder} cannot be made: {error}"));
        }
    }
    let mut fuzzer = Command::new(root.join(program));
    fuzzer.current_dir(root).args([&learnt, &format!("crates/moai-fuzz/corpus/{target}")]);
    fuzzer.args([format!("-max_total_time={seconds}"), format!("-artifact_prefix={found}")]);
    fuzzer.args(["-max_len=4096", "-rss_limit_mb=512", "-timeout=10", "-print_final_stats=1", "-verbosity=0"]);
    match fuzzer.status() {
        Ok(status) if status.success() => Outcome::Passed,
        Ok(_) => Outcome::Failed(format!("the input lies in {found}; `{program} FILE` repeats it")),
        Err(error) => Outcome::Failed(format!("{program} did not start: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_target_or_a_run_without_an_end_is_refused_before_anything_is_built() {
        let targets = ["names".to_owned(), "value_json".to_owned()];
        let refused = |words: &[&str]| ask(words, &targets).err().unwrap_or_default();
        assert!(refused(&["nams"]).contains("no target is called `nams`: there is names, value_json"));
        for words in [&["--seconds"][..], &["--seconds", "0"], &["--seconds", "soon"]] {
            assert!(refused(words).contains("needs a number from 1"), "{words:?}");
        }
        let asked = ask(&["names", "--seconds", "5"], &targets).unwrap();
        assert_eq!((asked.targets, asked.seconds), (vec!["names"], 5));
        assert_eq!(ask(&[], &targets).unwrap().targets, ["names", "value_json"]);
    }

    #[test]
    fn no_target_is_without_inputs_to_begin_with() {
        let root = workspace::root();
        for target in targets(&root).unwrap() {
            let kept = workspace::entries(&root.join("crates/moai-fuzz/corpus").join(&target)).unwrap();
            assert!(!kept.is_empty(), "{target}");
        }
    }
}
