//! How votes went, in numbers.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use moai_core::{AgentId, AlgorithmName, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Decision, Outcome};

/// How votes went: all together, for each algorithm under the name that it is registered by, for each voter, and hour by
/// hour.
///
/// In JSON it has the documents' keys.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Statistics {
    /// All of them.
    #[serde(flatten)]
    pub all: Tallied,
    /// By algorithm.
    #[serde(default)]
    pub by_algorithm: BTreeMap<AlgorithmName, Tallied>,
    /// By voter; of the first hundred thousand that were seen.
    #[serde(default)]
    pub by_agent: BTreeMap<AgentId, Voting>,
    /// Hour by hour, the oldest first; of the last two days in which anything was decided.
    #[serde(default)]
    pub over_time: VecDeque<Hour>,
    /// How many answers did not count, by the code of their [`VoteError`](crate::VoteError): forged ones, late ones, those of strangers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refused_answers: BTreeMap<String, u64>,
}

/// How votes went within one hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Hour {
    /// When it began.
    pub since: Timestamp,
    /// By algorithm.
    pub by_algorithm: BTreeMap<AlgorithmName, Tallied>,
    /// By voter; of the first thousand that were seen in it.
    pub by_agent: BTreeMap<AgentId, Voting>,
}

/// How some votes went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
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
    /// How many besides could not be put, or ended without an outcome.
    pub refused: u64,
    /// How long the proposals took together.
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

/// As it is written: with what follows from the rest, under the documents' keys.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Tallied")]
struct Written {
    #[serde(rename = "total_proposals", default)]
    total: u64,
    proposals: u64,
    approved: u64,
    rejected: u64,
    timeouts: u64,
    #[serde(default)]
    refused: u64,
    approval_rate: f64,
    avg_duration_ms: f64,
    duration_us: u64,
}

impl From<Tallied> for Written {
    fn from(tallied: Tallied) -> Self {
        let Tallied { proposals, approved, rejected, timeouts, refused, duration } = tallied;
        Self {
            total: proposals,
            proposals,
            approved,
            rejected,
            timeouts,
            refused,
            approval_rate: tallied.approval_rate(),
            avg_duration_ms: tallied.avg_duration_ms(),
            duration_us: u64::try_from(duration.as_micros()).unwrap_or(u64::MAX),
        }
    }
}

impl From<Written> for Tallied {
    fn from(Written { proposals, approved, rejected, timeouts, refused, duration_us, .. }: Written) -> Self {
        Self { proposals, approved, rejected, timeouts, refused, duration: Duration::from_micros(duration_us) }
    }
}

/// How one voter voted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Voting {
    /// In how many votes its ballot was counted.
    pub voted: u64,
    /// In how many it did not get what it voted for.
    pub dissented: u64,
    /// In how many it was silent until the deadline.
    pub silent: u64,
    /// In how many its answer was no ballot, or it could not be asked.
    pub invalid: u64,
}

/// How many voters are kept apart at the most, in all and in one hour.
const AGENTS: usize = 100_000;
const AGENTS_OF_AN_HOUR: usize = 1_000;

/// How many hours are kept.
const HOURS: usize = 48;

const MICROS_OF_AN_HOUR: i64 = 3_600_000_000;

impl Statistics {
    pub(super) fn count(&mut self, outcome: &Outcome) {
        self.all.count(outcome);
        self.by_algorithm.entry(outcome.algorithm_used.clone()).or_default().count(outcome);
        count_voters(&mut self.by_agent, AGENTS, outcome);
        if let Some(hour) = self.hour(outcome.decided_at) {
            hour.by_algorithm.entry(outcome.algorithm_used.clone()).or_default().count(outcome);
            count_voters(&mut hour.by_agent, AGENTS_OF_AN_HOUR, outcome);
        }
    }

    /// Counts an answer that did not count.
    pub(super) fn refuse_answer(&mut self, code: &str) {
        match self.refused_answers.get_mut(code) {
            Some(count) => *count += 1,
            None => drop(self.refused_answers.insert(code.to_owned(), 1)),
        }
    }

    /// Counts a question that could not be put, or ended without an outcome. By an algorithm that is registered: whatever
    /// else somebody names must not fill the memory.
    pub(super) fn refuse(&mut self, algorithm: Option<&AlgorithmName>) {
        self.all.refused += 1;
        if let Some(algorithm) = algorithm {
            self.by_algorithm.entry(algorithm.clone()).or_default().refused += 1;
        }
    }

    /// The hour of this time. A clock that went back counts for the last one.
    fn hour(&mut self, time: Timestamp) -> Option<&mut Hour> {
        let began = time.unix_micros().div_euclid(MICROS_OF_AN_HOUR).saturating_mul(MICROS_OF_AN_HOUR);
        let since = Timestamp::from_unix_micros(began).unwrap_or(time);
        if self.over_time.back().is_none_or(|last| last.since < since) {
            self.over_time.push_back(Hour { since, by_algorithm: BTreeMap::new(), by_agent: BTreeMap::new() });
        }
        while self.over_time.len() > HOURS {
            self.over_time.pop_front();
        }
        self.over_time.back_mut()
    }
}

fn count_voters(by_agent: &mut BTreeMap<AgentId, Voting>, limit: usize, outcome: &Outcome) {
    count_each(by_agent, limit, &outcome.participants, |voting| &mut voting.voted);
    count_each(by_agent, limit, outcome.dissent.iter().map(|dissent| &dissent.voter), |voting| &mut voting.dissented);
    count_each(by_agent, limit, &outcome.silent, |voting| &mut voting.silent);
    count_each(by_agent, limit, outcome.invalid.iter().map(|invalid| &invalid.voter), |voting| &mut voting.invalid);
}

/// Counts for voters that are sorted.
fn count_each<'a, I>(
    by_agent: &mut BTreeMap<AgentId, Voting>,
    limit: usize,
    ids: I,
    which: impl Fn(&mut Voting) -> &mut u64,
) where
    I: IntoIterator<Item = &'a AgentId, IntoIter: ExactSizeIterator>,
{
    let mut ids = ids.into_iter().peekable();
    // Where few of them vote, looking each up is cheaper than walking along.
    if ids.len() <= by_agent.len() / 8 {
        for id in ids {
            if let Some(voting) = by_agent.get_mut(id) {
                *which(voting) += 1;
            } else if by_agent.len() < limit {
                *which(by_agent.entry(id.clone()).or_default()) += 1;
            }
        }
        return;
    }
    let room = limit.saturating_sub(by_agent.len());
    let mut unknown = Vec::new();
    for (known, voting) in &mut *by_agent {
        while let Some(id) = ids.next_if(|id| *id < known) {
            if unknown.len() < room {
                unknown.push(id);
            }
        }
        if ids.next_if(|id| *id == known).is_some() {
            *which(voting) += 1;
        }
    }
    for id in unknown.into_iter().chain(ids).take(room) {
        *which(by_agent.entry(id.clone()).or_default()) += 1;
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { as_f64(part) / as_f64(whole) }
}

#[expect(clippy::cast_precision_loss, reason = "a float that is only shown")]
fn as_f64(number: u64) -> f64 {
    number as f64
}
