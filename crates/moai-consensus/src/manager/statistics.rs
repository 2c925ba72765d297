//! How votes went, in numbers.

use std::collections::BTreeMap;
use std::time::Duration;

use moai_core::{AgentId, AlgorithmName};
use serde::Serialize;

use crate::{Decision, Outcome};

/// How votes went: all together, and for each algorithm under the name that it is registered by.
///
/// In JSON it has the documents' keys.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[non_exhaustive]
pub struct Statistics {
    /// All of them.
    #[serde(flatten)]
    pub all: Tallied,
    /// How many questions could not be put.
    pub refused: u64,
    /// By algorithm.
    pub by_algorithm: BTreeMap<AlgorithmName, Tallied>,
    /// By voter; of the first hundred thousand that were seen.
    pub by_agent: BTreeMap<AgentId, Voting>,
}

/// How some votes went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Tallied {
    /// How many there were.
    pub proposals: u64,
    /// How many were approved.
    pub approved: u64,
    /// How many were rejected.
    pub rejected: u64,
    /// How many timed out.
    pub timeouts: u64,
    /// How long they took together.
    pub duration: Duration,
}

impl Tallied {
    /// The share that was approved; 0 where there was none.
    #[must_use]
    pub fn approval_rate(&self) -> f64 {
        ratio(self.approved, self.proposals)
    }

    /// How long one took on average, in milliseconds; 0 where there was none.
    #[must_use]
    pub fn avg_duration_ms(&self) -> f64 {
        if self.proposals == 0 { 0.0 } else { self.duration.as_secs_f64() * 1_000.0 / as_f64(self.proposals) }
    }

    fn count(&mut self, outcome: &Outcome) {
        self.proposals += 1;
        self.duration = self.duration.saturating_add(outcome.duration());
        *match outcome.decision {
            Decision::Approved => &mut self.approved,
            Decision::Rejected => &mut self.rejected,
            Decision::Timeout => &mut self.timeouts,
        } += 1;
    }
}

impl Serialize for Tallied {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written {
            #[serde(rename = "total_proposals")]
            total: u64,
            proposals: u64,
            approved: u64,
            rejected: u64,
            timeouts: u64,
            approval_rate: f64,
            avg_duration_ms: f64,
        }
        let Self { proposals, approved, rejected, timeouts, .. } = *self;
        let (approval_rate, avg_duration_ms) = (self.approval_rate(), self.avg_duration_ms());
        Written { total: proposals, proposals, approved, rejected, timeouts, approval_rate, avg_duration_ms }
            .serialize(serializer)
    }
}

/// How one voter voted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Voting {
    /// In how many votes its ballot was counted.
    pub voted: u64,
    /// In how many it did not get what it voted for.
    pub dissented: u64,
    /// In how many it was silent until the deadline.
    pub silent: u64,
    /// In how many its answer was no ballot.
    pub invalid: u64,
}

/// How many voters are kept apart at the most.
const AGENTS: usize = 100_000;

impl Statistics {
    pub(super) fn count(&mut self, outcome: &Outcome) {
        self.all.count(outcome);
        self.by_algorithm.entry(outcome.algorithm_used.clone()).or_default().count(outcome);
        self.of(&outcome.participants, |voting| &mut voting.voted);
        self.of(outcome.dissent.iter().map(|dissent| &dissent.voter), |voting| &mut voting.dissented);
        self.of(&outcome.silent, |voting| &mut voting.silent);
        self.of(outcome.invalid.iter().map(|invalid| &invalid.voter), |voting| &mut voting.invalid);
    }

    /// Counts for voters that are sorted.
    fn of<'a, I>(&mut self, ids: I, which: impl Fn(&mut Voting) -> &mut u64)
    where
        I: IntoIterator<Item = &'a AgentId, IntoIter: ExactSizeIterator>,
    {
        let mut ids = ids.into_iter().peekable();
        let mut new = Vec::new();
        // Where most of them vote, walking along is cheaper than looking each up.
        if ids.len() > self.by_agent.len() / 8 {
            for (known, voting) in &mut self.by_agent {
                new.extend(std::iter::from_fn(|| ids.next_if(|id| *id < known)));
                if ids.next_if(|id| *id == known).is_some() {
                    *which(voting) += 1;
                }
            }
        }
        for id in new.into_iter().chain(ids) {
            if let Some(voting) = self.by_agent.get_mut(id) {
                *which(voting) += 1;
            } else if self.by_agent.len() < AGENTS {
                *which(self.by_agent.entry(id.clone()).or_default()) += 1;
            }
        }
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { as_f64(part) / as_f64(whole) }
}

#[expect(clippy::cast_precision_loss, reason = "a float that is only shown")]
fn as_f64(number: u64) -> f64 {
    number as f64
}
