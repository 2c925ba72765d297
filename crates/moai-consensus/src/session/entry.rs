//! What a vote writes down.

use std::sync::Arc;

use moai_core::{AgentId, InvalidInput, ProposalId, RecordKind, Timestamp, record_kind};
use serde::{Deserialize, Serialize};

use crate::{Ballot, Evidence, Invalid, Opening, Outcome};

/// What a vote writes down, for a journal: enough to go on with it after a crash, and for anyone to recompute it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Entry {
    /// The question was put.
    Opened(Arc<Opening>),
    /// A ballot was taken in: it counts, or it takes out a voter who has changed its mind. One that is signed is written
    /// with the bytes that were signed, and the signature.
    Ballot(Arc<Ballot>),
    /// A ballot came when it no longer counted.
    Late(Arc<Ballot>),
    /// An answer was no ballot.
    Invalid {
        /// On which proposal.
        proposal: ProposalId,
        /// In which round.
        round: u32,
        /// Who, and what was wrong.
        invalid: Invalid,
    },
    /// A voter contradicted itself.
    Evidence(Arc<Evidence>),
    /// Somebody with a veto stopped it.
    Vetoed {
        /// Which proposal.
        proposal: ProposalId,
        /// Who.
        by: AgentId,
        /// Why.
        reason: String,
    },
    /// Whoever asked took the question back.
    Cancelled {
        /// Which proposal.
        proposal: ProposalId,
        /// Why.
        why: String,
    },
    /// The question could not be put to anybody.
    Broken {
        /// Which proposal.
        proposal: ProposalId,
        /// What was the matter.
        why: String,
    },
    /// It was decided.
    Decided(Arc<Outcome>),
    /// It ended without an outcome: its rule panicked, say.
    Ended {
        /// Which proposal.
        proposal: ProposalId,
        /// What was the matter.
        why: String,
    },
}

/// As it is written: the words stand in the record's kind.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenInvalid {
    proposal: ProposalId,
    round: u32,
    invalid: Invalid,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenVeto {
    proposal: ProposalId,
    by: AgentId,
    reason: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEnd {
    proposal: ProposalId,
    why: String,
}

const OPENED: RecordKind = record_kind!("consensus_opened");
const BALLOT: RecordKind = record_kind!("consensus_ballot");
const LATE: RecordKind = record_kind!("consensus_late");
const INVALID: RecordKind = record_kind!("consensus_invalid");
const EVIDENCE: RecordKind = record_kind!("consensus_evidence");
const VETOED: RecordKind = record_kind!("consensus_vetoed");
const CANCELLED: RecordKind = record_kind!("consensus_cancelled");
const BROKEN: RecordKind = record_kind!("consensus_broken");
const DECIDED: RecordKind = record_kind!("consensus_decided");
const ENDED: RecordKind = record_kind!("consensus_ended");

impl Entry {
    /// The kind of its record.
    #[must_use]
    pub fn kind(&self) -> RecordKind {
        match self {
            Self::Opened(_) => OPENED,
            Self::Ballot(_) => BALLOT,
            Self::Late(_) => LATE,
            Self::Invalid { .. } => INVALID,
            Self::Evidence(_) => EVIDENCE,
            Self::Vetoed { .. } => VETOED,
            Self::Cancelled { .. } => CANCELLED,
            Self::Broken { .. } => BROKEN,
            Self::Decided(_) => DECIDED,
            Self::Ended { .. } => ENDED,
        }
    }

    /// What stands in its record: JSON.
    ///
    /// # Errors
    ///
    /// `Malformed` when it has no JSON form: a value that was built by hand nests too deep, say.
    pub fn to_payload(&self) -> Result<Vec<u8>, InvalidInput> {
        let written = match self {
            Self::Opened(opening) => serde_json::to_vec(opening.as_ref()),
            Self::Ballot(ballot) | Self::Late(ballot) => serde_json::to_vec(ballot.as_ref()),
            Self::Invalid { proposal, round, invalid } => {
                let (proposal, round, invalid) = (proposal.clone(), *round, invalid.clone());
                serde_json::to_vec(&WrittenInvalid { proposal, round, invalid })
            }
            Self::Evidence(evidence) => serde_json::to_vec(evidence.as_ref()),
            Self::Decided(outcome) => serde_json::to_vec(outcome.as_ref()),
            Self::Vetoed { proposal, by, reason } => {
                let (proposal, by, reason) = (proposal.clone(), by.clone(), reason.clone());
                serde_json::to_vec(&WrittenVeto { proposal, by, reason })
            }
            Self::Cancelled { proposal, why } | Self::Broken { proposal, why } | Self::Ended { proposal, why } => {
                serde_json::to_vec(&WrittenEnd { proposal: proposal.clone(), why: why.clone() })
            }
        };
        written.map_err(malformed)
    }

    /// Reads a record; `None` for a record of another kind: a journal holds more than votes.
    ///
    /// # Errors
    ///
    /// `Malformed` for a record of this kind that is none.
    pub fn from_payload(kind: &RecordKind, payload: &[u8]) -> Result<Option<Self>, InvalidInput> {
        let read = match kind {
            kind if *kind == OPENED => serde_json::from_slice(payload).map(|opening| Self::Opened(Arc::new(opening))),
            kind if *kind == BALLOT => serde_json::from_slice(payload).map(|ballot| Self::Ballot(Arc::new(ballot))),
            kind if *kind == LATE => serde_json::from_slice(payload).map(|ballot| Self::Late(Arc::new(ballot))),
            kind if *kind == INVALID => serde_json::from_slice(payload)
                .map(|WrittenInvalid { proposal, round, invalid }| Self::Invalid { proposal, round, invalid }),
            kind if *kind == EVIDENCE => {
                serde_json::from_slice(payload).map(|evidence| Self::Evidence(Arc::new(evidence)))
            }
            kind if *kind == VETOED => serde_json::from_slice(payload)
                .map(|WrittenVeto { proposal, by, reason }| Self::Vetoed { proposal, by, reason }),
            kind if *kind == CANCELLED => {
                serde_json::from_slice(payload).map(|WrittenEnd { proposal, why }| Self::Cancelled { proposal, why })
            }
            kind if *kind == BROKEN => {
                serde_json::from_slice(payload).map(|WrittenEnd { proposal, why }| Self::Broken { proposal, why })
            }
            kind if *kind == DECIDED => serde_json::from_slice(payload).map(|outcome| Self::Decided(Arc::new(outcome))),
            kind if *kind == ENDED => {
                serde_json::from_slice(payload).map(|WrittenEnd { proposal, why }| Self::Ended { proposal, why })
            }
            _ => return Ok(None),
        };
        read.map(Some).map_err(malformed)
    }

    /// The proposal that it is about.
    #[must_use]
    pub fn proposal(&self) -> &ProposalId {
        match self {
            Self::Opened(opening) => opening.proposal.id(),
            Self::Ballot(ballot) | Self::Late(ballot) => &ballot.proposal,
            Self::Invalid { proposal, .. }
            | Self::Vetoed { proposal, .. }
            | Self::Cancelled { proposal, .. }
            | Self::Broken { proposal, .. }
            | Self::Ended { proposal, .. } => proposal,
            Self::Evidence(evidence) => &evidence.first.proposal,
            Self::Decided(outcome) => &outcome.proposal,
        }
    }

    /// When it happened, where it says so itself.
    #[must_use]
    pub fn time(&self) -> Option<Timestamp> {
        match self {
            Self::Opened(opening) => Some(opening.opened_at),
            Self::Decided(outcome) => Some(outcome.decided_at),
            _ => None,
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn malformed(error: serde_json::Error) -> InvalidInput {
    InvalidInput::Malformed { field: "record of a vote", why: error.to_string() }
}
