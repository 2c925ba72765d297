//! What became of a proposal.

use std::time::Duration;

use moai_core::{AgentId, AlgorithmName, Digest, Map, ProposalId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Choice, Count, Electorate, Evidence, Ratio};

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Do it.
    Approved,
    /// Do not do it.
    Rejected,
    /// Nothing was decided in time: do not do it.
    Timeout,
}

moai_core::words! {
    Decision "decision":
    Approved "approved"
    Rejected "rejected"
    Timeout "timeout"
}

/// What a decision rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Basis {
    /// The votes, under the rule.
    Votes,
    /// The deadline, and what was asked for in that case.
    Deadline,
    /// Too few took part.
    NoQuorum,
    /// Somebody with a veto.
    Vetoed,
    /// Whoever asked took the question back.
    Cancelled,
    /// More voters are proven liars than the vote can bear.
    FaultBoundExceeded,
    /// The swarm did not come to agree in time.
    NotConverged,
    /// The question could not be put to anybody.
    Error,
}

/// A voter who did not say what was decided, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Dissent {
    /// Who.
    pub voter: AgentId,
    /// What they said instead.
    pub choice: Choice,
    /// Why; empty when they did not say. Where all reasons of an outcome are longer than 256 KiB together, the longest are
    /// cut, and the ballots in the record have them whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// How sure they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Ratio>,
}

/// A voter whose answer was no ballot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Invalid {
    /// Who.
    pub voter: AgentId,
    /// What was wrong; cut as reasons are.
    pub cause: String,
}

/// Weights, in the electorate's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Weights {
    /// Of those who were for it.
    pub in_favour: u64,
    /// Of those who were against it.
    pub against: u64,
    /// Of those who took part without a side.
    pub abstained: u64,
    /// Of everybody.
    pub total: u64,
    /// What a weight of 1 is.
    pub unit: u64,
}

/// What became of a proposal: everything that somebody who asks later wants to know.
///
/// In JSON it reads as the documents write it, with more beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Outcome {
    /// Which proposal.
    pub proposal: ProposalId,
    /// What was decided.
    pub decision: Decision,
    /// What that rests on.
    pub basis: Basis,
    /// The same in words: how the rule stood, or what went wrong.
    pub why: String,
    /// How many voted for it; of gossip how many are for it in the end, and the metadata tells how it began.
    pub votes_for: u64,
    /// How many voted against it.
    pub votes_against: u64,
    /// How many took part without a side.
    pub votes_abstain: u64,
    /// The share that was needed, to look at, or the weight where that is what the algorithm asks for; none where the
    /// rule has no single one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// The same, exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold_exact: Option<Ratio>,
    /// Whose ballot was counted, sorted.
    pub participants: Vec<AgentId>,
    /// Under which name the algorithm was registered.
    pub algorithm_used: AlgorithmName,
    /// When the question was put.
    pub opened_at: Timestamp,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// The rule in words.
    pub rule: String,
    /// Whether it was decided as early as possible; false where the rule was too hard to tell.
    pub exact: bool,
    /// How many had answered when it was decided; none where no vote decided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at_vote: Option<u64>,
    /// How many did not have to answer any more.
    pub votes_saved: u64,
    /// Who had not answered at the deadline, sorted.
    pub silent: Vec<AgentId>,
    /// Whose answer was no ballot, or who could not be asked, sorted.
    pub invalid: Vec<Invalid>,
    /// Who did not say what was decided, sorted: the minority report, kept always.
    pub dissent: Vec<Dissent>,
    /// Contradictions that came to light; beyond 256 KiB of them the record has the rest.
    pub evidence: Vec<Evidence>,
    /// The weights behind the votes.
    pub weights: Weights,
    /// Who could vote.
    pub electorate: Electorate,
    /// What the ballots were bound to.
    pub instance: Digest,
    /// What the algorithm says besides, under the documents' keys.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub metadata: Map,
}

impl Outcome {
    /// Whether to do it.
    #[must_use]
    pub fn is_approved(&self) -> bool {
        self.decision == Decision::Approved
    }

    /// How long it took.
    #[must_use]
    pub fn duration(&self) -> Duration {
        let micros = self.decided_at.unix_micros().saturating_sub(self.opened_at.unix_micros());
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    /// Everybody who could vote, sorted.
    pub fn eligible(&self) -> impl Iterator<Item = &AgentId> {
        self.electorate.ids()
    }

    /// Which share of those who could vote took part: 1 where nobody could.
    #[must_use]
    pub fn participation(&self) -> Ratio {
        let (took_part, could) = (self.participants.len() as u64, self.electorate.len() as u64);
        Ratio::new(took_part, could).unwrap_or(Ratio::ONE)
    }
}

impl Weights {
    pub(crate) fn of(in_favour: Count, against: Count, abstained: Count, electorate: &Electorate) -> Self {
        Self {
            in_favour: in_favour.weight,
            against: against.weight,
            abstained: abstained.weight,
            total: electorate.total_weight(),
            unit: electorate.unit(),
        }
    }
}
