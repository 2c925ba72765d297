//! What a voter said about one proposal.

use moai_core::{AgentId, Digest, InvalidInput, Limits, Map, ProposalId};
use serde::{Deserialize, Serialize};

use crate::{Choice, Ratio};

/// What a voter said about one proposal, in one round.
///
/// It is bound to the proposal, the electorate and the rule by the digest `instance`, so that it counts nowhere else.
///
/// ```
/// use moai_consensus::{Ballot, Choice};
/// use moai_core::{agent_id, proposal_id, value};
///
/// let instance = value!("stands for proposal, electorate and rule").digest();
/// let ballot = Ballot::new(agent_id!("agent-1"), proposal_id!("deploy-v2.0"), instance, Choice::Against)
///     .because("the migration has no way back")
///     .confident("0.9".parse()?);
/// assert_eq!(ballot.reason, "the migration has no way back");
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Ballot {
    /// Who said it.
    pub voter: AgentId,
    /// About which proposal.
    pub proposal: ProposalId,
    /// What it is bound to.
    pub instance: Digest,
    /// In which round; the first is 1.
    pub round: u32,
    /// What was said.
    pub choice: Choice,
    /// Why; empty when nothing was said about that.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// How sure the voter is, from 0 to 1. It decides nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Ratio>,
    /// Whatever else the voter wanted to say.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub metadata: Map,
}

impl Ballot {
    /// A ballot of the first round, without a reason.
    #[must_use]
    pub fn new(voter: AgentId, proposal: ProposalId, instance: Digest, choice: Choice) -> Self {
        Self {
            voter,
            proposal,
            instance,
            round: 1,
            choice,
            reason: String::new(),
            confidence: None,
            metadata: Map::new(),
        }
    }

    /// The same ballot, with a reason.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }

    /// The same ballot, as sure as this: from 0 to 1.
    #[must_use]
    pub fn confident(mut self, confidence: Ratio) -> Self {
        self.confidence = Some(confidence);
        self
    }

    /// The same ballot with more to say.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Map) -> Self {
        self.metadata = metadata;
        self
    }

    /// The same ballot in another round.
    #[must_use]
    pub fn in_round(mut self, round: u32) -> Self {
        self.round = round;
        self
    }

    /// Holds it against the limits.
    ///
    /// # Errors
    ///
    /// `TooLong` for the reason, the metadata, or the whole as it is sent; `TooDeep` for the metadata; `OutOfRange` for a round of 0 or a confidence above 1.
    pub fn check(&self, limits: &Limits) -> Result<(), InvalidInput> {
        let too_long = |field, limit: usize, got: usize| {
            if got > limit {
                return Err(InvalidInput::TooLong { field, limit: limit as u64, got: got as u64 });
            }
            Ok(())
        };
        too_long("reason", limits.reason_bytes, self.reason.len())?;
        let metadata = self.metadata_len(limits)?;
        too_long("metadata", limits.ballot_bytes, metadata)?;
        too_long("ballot", limits.ballot_bytes, self.sent_len(metadata))?;
        let out_of_range = |field, low: &str, high: &str, got: String| {
            Err(InvalidInput::OutOfRange { field, low: low.into(), high: high.into(), got })
        };
        if self.round == 0 {
            return out_of_range("round", "1", "4294967295", 0.to_string());
        }
        match self.confidence {
            Some(sure) if !sure.is_share() => out_of_range("confidence", "0", "1", sure.to_string()),
            _ => Ok(()),
        }
    }

    /// The bytes of the metadata in canonical form, where it is not nested too deep.
    fn metadata_len(&self, limits: &Limits) -> Result<usize, InvalidInput> {
        if self.metadata.is_empty() {
            return Ok(0);
        }
        let metadata = moai_core::Value::from(self.metadata.clone());
        metadata.check(&Limits { value_bytes: usize::MAX, ..limits.clone() })?;
        // It is written down as JSON.
        metadata.check_json()?;
        Ok(metadata.canonical_len())
    }

    /// The bytes of what its voter wrote into it.
    pub(crate) fn own_len(&self) -> usize {
        let metadata = moai_core::Value::from(self.metadata.clone());
        self.reason.len() + if self.metadata.is_empty() { 0 } else { metadata.canonical_len() }
    }

    /// The bytes of the whole as it is sent, with metadata of so many.
    fn sent_len(&self, metadata: usize) -> usize {
        // Version and tag, four lengths, digest, round, and the confidence.
        const FIXED: usize = 2 + 4 * 4 + 32 + 4 + 16;
        FIXED + self.voter.as_str().len() + self.proposal.as_str().len() + self.reason.len() + metadata
    }
}
