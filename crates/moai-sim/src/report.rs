//! What a campaign has shown.

use std::fmt;

use crate::{Ended, History, Seen, Violation};

/// What a campaign has shown.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Report {
    /// Of which kind the worlds were.
    pub scenario: &'static str,
    /// How many worlds were run.
    pub worlds: u64,
    /// What happened in them.
    pub seen: Seen,
    /// All their histories as one number.
    pub history: History,
    /// The worlds that broke an invariant.
    pub failures: Vec<Failure>,
    points: &'static [&'static str],
}

/// A world that broke an invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The seed that makes it.
    pub seed: u64,
    /// What was broken.
    pub violation: Violation,
    /// The smallest plan found that breaks the same.
    pub smallest: String,
}

impl Report {
    pub(crate) fn new(scenario: &'static str, points: &'static [&'static str]) -> Self {
        let (seen, history) = (Seen::default(), History::default());
        Self { scenario, worlds: 0, seen, history, failures: Vec::new(), points }
    }

    pub(crate) fn add(&mut self, ended: &Ended) {
        self.worlds += 1;
        self.seen.add(&ended.seen);
        self.history.follow(ended.history);
    }

    /// What should have happened, and never did. Only a campaign of a thousand worlds or more is held to it.
    #[must_use]
    pub fn never_reached(&self) -> Vec<&'static str> {
        let never = |name: &&&str| self.seen.times(name) == 0;
        if self.worlds < 1_000 { Vec::new() } else { self.points.iter().filter(never).copied().collect() }
    }
}

/// One line: `worlds=… faults=… violations=… hash=…`.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (worlds, faults, failures) = (self.worlds, self.seen.faults(), self.failures.len());
        write!(f, "worlds={worlds} faults={faults} violations={failures} hash={}", self.history)
    }
}
