//! A list of steps: each is announced, none stops the next, the last line counts them.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use crate::workspace;

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    /// Why, in a few words.
    Failed(String),
    /// Why there was nothing to run, in a few words.
    Skipped(String),
}

impl Outcome {
    /// Prints each sentence; any at all is a failure.
    pub(crate) fn from_violations(violations: &[String]) -> Self {
        for violation in violations {
            println!("- {violation}");
        }
        match violations.len() {
            0 => Self::Passed,
            1 => Self::Failed("1 violation".into()),
            many => Self::Failed(format!("{many} violations")),
        }
    }
}

/// One named piece of work.
pub(crate) struct Step {
    name: String,
    /// What to do when it fails.
    advice: &'static str,
    work: Box<dyn Fn(&Path) -> Outcome>,
}

impl Step {
    pub(crate) fn new(name: &str, advice: &'static str, work: impl Fn(&Path) -> Outcome + 'static) -> Self {
        Self { name: name.into(), advice, work: Box::new(work) }
    }
}

/// A step that has ended.
struct Done {
    name: String,
    advice: &'static str,
    outcome: Outcome,
    took: Duration,
}

/// Runs every step, whatever became of the ones before, and ends with the summary.
pub(crate) fn run_all(steps: Vec<Step>) -> ExitCode {
    let root = workspace::root();
    let done = run_in(&root, steps);
    print!("\n{}", summary(&done));
    if passed(&done) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run_in(root: &Path, steps: Vec<Step>) -> Vec<Done> {
    let mut done = Vec::new();
    for Step { name, advice, work } in steps {
        println!("\n== {name}");
        let (outcome, took) = timed(|| work(root));
        if let Outcome::Skipped(why) = &outcome {
            println!("SKIPPED: {why}");
        }
        done.push(Done { name, advice, outcome, took });
    }
    done
}

#[expect(clippy::disallowed_methods, reason = "tells a person how long a step took; nothing is decided by it")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = std::time::Instant::now();
    let result = work();
    (result, start.elapsed())
}

/// One line for each step, then what to do about the failed ones, then the count as the last line.
fn summary(done: &[Done]) -> String {
    let mut text = String::new();
    let width = done.iter().map(|step| step.name.chars().count()).max().unwrap_or(0);
    for Done { name, outcome, took, .. } in done {
        let (word, why) = match outcome {
            Outcome::Passed => ("ok", ""),
            Outcome::Failed(why) => ("FAILED", why.as_str()),
            Outcome::Skipped(why) => ("skipped", why.as_str()),
        };
        let line = format!("{word:<8} {name:<width$} {:>7.1} s  {why}", took.as_secs_f64());
        let _ = writeln!(text, "{}", line.trim_end());
    }
    for Done { name, advice, outcome, .. } in done {
        if matches!(outcome, Outcome::Failed(_)) {
            let _ = writeln!(text, "{name}: {advice}");
        }
    }
    let count = |wanted: fn(&Outcome) -> bool| done.iter().filter(|step| wanted(&step.outcome)).count();
    let passed = count(|outcome| matches!(outcome, Outcome::Passed));
    let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
    let skipped = count(|outcome| matches!(outcome, Outcome::Skipped(_)));
    let _ = write!(text, "{passed} passed, {failed} failed");
    if skipped > 0 {
        let _ = write!(text, ", {skipped} skipped");
    }
    text.push('\n');
    text
}

fn passed(done: &[Done]) -> bool {
    !done.iter().any(|step| matches!(step.outcome, Outcome::Failed(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(outcomes: Vec<Outcome>) -> Vec<Done> {
        let steps = outcomes.into_iter().enumerate().map(|(number, outcome)| {
            Step::new(&format!("step {number}"), "do this about it", move |_| outcome.clone())
        });
        run_in(Path::new("."), steps.collect())
    }

    #[test]
    fn a_failed_step_does_not_stop_the_next() {
        let done = run(vec![Outcome::Failed("broken".into()), Outcome::Passed]);
        assert_eq!(done.len(), 2);
        assert!(!passed(&done));
        let summary = summary(&done);
        assert!(summary.contains("FAILED   step 0") && summary.contains("ok       step 1"), "{summary}");
        assert!(summary.contains("step 0: do this about it"), "{summary}");
        assert!(!summary.contains("step 1: do this"), "{summary}");
        assert_eq!(summary.lines().last(), Some("1 passed, 1 failed"));
    }

    #[test]
    fn a_skipped_step_is_neither_passed_nor_failed() {
        let done = run(vec![Outcome::Passed, Outcome::Skipped("not installed".into())]);
        assert!(passed(&done));
        assert_eq!(summary(&done).lines().last(), Some("1 passed, 0 failed, 1 skipped"));
        assert!(summary(&done).contains("not installed"));
    }

    #[test]
    fn the_last_line_is_the_count_and_nothing_else() {
        assert_eq!(summary(&run(vec![Outcome::Passed])).lines().last(), Some("1 passed, 0 failed"));
        assert!(summary(&run(vec![Outcome::Passed])).ends_with("failed\n"));
    }

    #[test]
    fn any_violation_fails() {
        assert_eq!(Outcome::from_violations(&[]), Outcome::Passed);
        assert_eq!(Outcome::from_violations(&["a".into()]), Outcome::Failed("1 violation".into()));
    }
}
