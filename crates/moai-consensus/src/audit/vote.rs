//! One vote that is followed through the record.

use std::collections::BTreeSet;
use std::sync::Arc;

use moai_core::{AgentId, AlgorithmName, Digest, Record, Timestamp};

use super::Flaw;
use super::facts::Facts;
use super::past::Past;
use super::replay::{Replay, Stop};
use crate::algorithm::Unasked;
use crate::{Algorithm, Entry, Opening, Outcome};

/// A vote that is open.
pub(super) struct Vote {
    opening: Arc<Opening>,
    /// Those that have written the same so far; none when it cannot be recomputed.
    replays: Vec<Replay>,
    /// Whether its algorithm is known: then one of them must hold.
    known: bool,
    instance: Option<Digest>,
    /// Whose ballots there are.
    said: BTreeSet<AgentId>,
    latest: Timestamp,
}

/// How a vote ended.
pub(super) enum Ending {
    /// The recomputation gave the same.
    Recomputed,
    /// It could not be recomputed.
    Decided,
    /// Nothing was decided.
    WithoutOutcome,
}

impl Vote {
    pub(super) fn open(opening: Arc<Opening>, known: &[Arc<dyn Algorithm>], payload: &[u8]) -> Result<Self, Flaw> {
        // Where signatures cannot be checked nobody knows who said what.
        let known = if opening.electorate.has_keys() && opening.verifier().is_none() { &[] } else { known };
        let mut stops = Vec::new();
        let started = known.iter().map(|algorithm| Replay::start(algorithm.as_ref(), &opening, payload));
        let mut replays: Vec<Replay> =
            started.filter_map(|replay| replay.map_err(|stop| stops.push(stop)).ok()).collect();
        let is_known = !known.is_empty();
        if opening.electorate.is_empty() {
            // The manager could not see whom to ask: then the question is put to nobody, by no algorithm.
            replays.extend(Replay::open(&Unasked, &opening));
        }
        let latest = opening.opened_at;
        let said = BTreeSet::new();
        let mut vote = Self { opening, replays, known: is_known, instance: None, said, latest };
        vote.judge(stops)?;
        Ok(vote)
    }

    pub(super) fn algorithm(&self) -> AlgorithmName {
        self.opening.algorithm.clone()
    }

    pub(super) fn into_past(self) -> Past {
        let Self { opening, instance, .. } = self;
        let scheme = opening.scheme.clone();
        Past { proposal: opening.proposal.id().clone(), electorate: opening.electorate.clone(), instance, scheme }
    }

    /// Whether everything that follows from what was recorded is recorded as well.
    pub(super) fn is_at_rest(&self) -> Result<(), Flaw> {
        let mut resting = self.replays.iter().map(Replay::is_at_rest);
        match resting.next() {
            None => Ok(()),
            Some(first) => first.or_else(|flaw| if resting.any(|rests| rests.is_ok()) { Ok(()) } else { Err(flaw) }),
        }
    }

    /// Takes what was recorded next, and says how the vote ended, if it did.
    pub(super) fn take(&mut self, record: &Record, entry: &mut Entry) -> Result<Option<Ending>, Flaw> {
        if let Entry::Ended { .. } = entry {
            self.is_at_rest()?;
            return Ok(Some(Ending::WithoutOutcome));
        }
        let proposal = self.opening.proposal.id();
        if record.time < self.latest {
            return Err(Flaw::Time { proposal: proposal.clone() });
        }
        self.latest = record.time;
        Facts { proposal, electorate: &self.opening.electorate, instance: self.instance, scheme: &self.opening.scheme }
            .check(entry)?;
        self.replay(record, entry)?;
        if self.instance.is_none() {
            self.instance = Facts::instance_of(entry);
        }
        match entry {
            Entry::Ballot(ballot) => {
                self.said.insert(ballot.voter.clone());
                Ok(None)
            }
            Entry::Decided(outcome) if self.replays.is_empty() => {
                self.plain(outcome)?;
                Ok(Some(Ending::Decided))
            }
            Entry::Decided(_) => Ok(Some(Ending::Recomputed)),
            _ => Ok(None),
        }
    }

    fn replay(&mut self, record: &Record, entry: &Entry) -> Result<(), Flaw> {
        let proposal = self.opening.proposal.id();
        let its = Facts::instance_of(entry);
        let mut stops = Vec::new();
        self.replays.retain_mut(|replay| {
            let taken = match (its, replay.instance) {
                (Some(its), Some(instance)) if its != instance => {
                    Err(Flaw::Instance { proposal: proposal.clone() }.into())
                }
                _ => replay.take(record.time, entry, &record.payload),
            };
            taken.map_err(|stop| stops.push(stop)).is_ok()
        });
        self.judge(stops)
    }

    /// Of several algorithms one must hold. One that panicked says nothing.
    fn judge(&mut self, stops: Vec<Stop>) -> Result<(), Flaw> {
        if !self.replays.is_empty() || !self.known {
            return Ok(());
        }
        let mut flaws = Vec::new();
        for stop in stops {
            match stop {
                Stop::Flaw(flaw) => flaws.push(flaw),
                Stop::Panicked => {
                    self.known = false;
                    return Ok(());
                }
            }
        }
        // One that is bound to something else most likely has other settings: what another says is more to the point.
        let other = flaws.iter().position(|flaw| !matches!(flaw, Flaw::Instance { .. } | Flaw::Opening { .. }));
        let flaw = if flaws.is_empty() { None } else { Some(flaws.swap_remove(other.unwrap_or_default())) };
        flaw.map_or(Ok(()), Err)
    }

    /// What can be said of an outcome that cannot be recomputed.
    fn plain(&self, outcome: &Outcome) -> Result<(), Flaw> {
        let Opening { proposal, electorate, algorithm, opened_at, .. } = self.opening.as_ref();
        let differs = |field: &str, recorded: String, recomputed: String| {
            let (proposal, field) = (proposal.id().clone(), field.to_owned());
            Err(Flaw::Recomputed { proposal, field, recorded, recomputed })
        };
        if outcome.electorate != *electorate {
            return differs("electorate", outcome.electorate.digest().to_string(), electorate.digest().to_string());
        }
        if outcome.algorithm_used != *algorithm {
            return differs("algorithm_used", outcome.algorithm_used.to_string(), algorithm.to_string());
        }
        if outcome.opened_at != *opened_at {
            return differs("opened_at", outcome.opened_at.to_string(), opened_at.to_string());
        }
        match outcome.participants.iter().find(|voter| !self.said.contains(*voter)) {
            Some(voter) => differs("participants", voter.to_string(), "no ballot of it".into()),
            None => Ok(()),
        }
    }
}
