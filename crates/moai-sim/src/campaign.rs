//! Many worlds of one kind, one after another.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{Ended, Failure, Report, Scenario, Violation};

/// How many smaller worlds are tried before a failure is reported as it is.
const TRIES: usize = 2_000;

/// Many worlds of one kind, one after another. [`Scenario`] shows one.
#[derive(Debug)]
#[must_use]
pub struct Campaign<'a, S> {
    scenario: &'a S,
    seeds: Range<u64>,
    failures: usize,
    tries: usize,
    kept: bool,
}

impl<'a, S: Scenario> Campaign<'a, S> {
    /// A campaign of a thousand worlds.
    pub const fn new(scenario: &'a S) -> Self {
        Self { scenario, seeds: 0..1_000, failures: 3, tries: TRIES, kept: true }
    }

    /// The seeds to run, after those that the scenario has kept.
    pub const fn seeds(mut self, seeds: Range<u64>) -> Self {
        self.seeds = seeds;
        self
    }

    /// After how many failures to stop. Default: 3.
    pub const fn stop_after(mut self, failures: usize) -> Self {
        self.failures = failures;
        self
    }

    /// How many smaller worlds are tried before a failure is reported as it is. Default: 2,000.
    pub const fn tries(mut self, tries: usize) -> Self {
        self.tries = tries;
        self
    }

    /// Leaves out the seeds that the scenario has kept: what they find says nothing about the others.
    pub const fn without_kept(mut self) -> Self {
        self.kept = false;
        self
    }

    /// Runs the worlds.
    pub fn run(self) -> Report {
        let mut report = Report::new(self.scenario.name(), self.scenario.points());
        let kept = self.scenario.kept().iter().copied().filter(|_| self.kept);
        for seed in kept.chain(self.seeds.clone()) {
            let plan = self.scenario.plan(seed);
            let ended = self.world(&plan);
            report.add(&ended);
            let Some(violation) = ended.violation else { continue };
            let smallest = self.shrink(plan, &violation);
            report.failures.push(Failure { seed, violation, smallest: format!("{smallest:#?}") });
            if report.failures.len() >= self.failures {
                break;
            }
        }
        report
    }

    /// One world. A panic in it is a violation like any other.
    fn world(&self, plan: &S::Plan) -> Ended {
        catch_unwind(AssertUnwindSafe(|| self.scenario.run(plan))).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            Ended::broken(Violation::new("no panic", text))
        })
    }

    /// The smallest world found that breaks the same invariant.
    fn shrink(&self, mut plan: S::Plan, violation: &Violation) -> S::Plan {
        let mut tries = self.tries;
        let same = |ended: Ended| ended.violation.is_some_and(|it| it.invariant == violation.invariant);
        'smaller: loop {
            for smaller in self.scenario.smaller(&plan) {
                if tries == 0 {
                    return plan;
                }
                tries -= 1;
                if same(self.world(&smaller)) {
                    plan = smaller;
                    continue 'smaller;
                }
            }
            return plan;
        }
    }
}
