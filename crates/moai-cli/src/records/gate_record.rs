//! What a gate writes down beside its vote: that it starts the command, how that ended, or why nothing ran.

use std::fmt;

use moai_flow::{Digest, NewRecord, ProposalId, Record, RecordKind, Timestamp, record_kind};
use serde::{Deserialize, Serialize};

/// What a gate writes down beside its vote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GateRecord {
    /// It starts the command: written before that, and once.
    Started(Started),
    /// The command has ended.
    Finished(Finished),
    /// The gate has ended and ran nothing; or it died, and how its command ended is not known.
    Ended(Ended),
}

const STARTED: RecordKind = record_kind!("gate_started");
const FINISHED: RecordKind = record_kind!("gate_finished");
const ENDED: RecordKind = record_kind!("gate_ended");

/// It starts the command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Started {
    /// The gate, which is its proposal as well.
    pub(crate) gate: ProposalId,
    /// The digest of the proposal: of exactly what was approved.
    pub(crate) content: Digest,
}

/// The command has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Finished {
    /// Of which gate.
    pub(crate) gate: ProposalId,
    /// With which code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<u8>,
    /// By which signal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) signal: Option<u8>,
    /// Why it could not be started, where that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failed: Option<String>,
}

/// The gate has ended and ran nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ended {
    /// Which gate.
    pub(crate) gate: ProposalId,
    /// Why, in a word.
    pub(crate) why: Why,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) words: String,
}

/// Why a gate ran nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Why {
    /// The voters are against it.
    Rejected,
    /// Somebody with a veto said no.
    Vetoed,
    /// Its time was up.
    TimedOut,
    /// So many voters failed that it could not be approved any more.
    OutOfReach,
    /// Somebody lied, or something was exchanged.
    Fraud,
    /// A signal ended it.
    Interrupted,
    /// The program failed.
    Failed,
    /// Its process died.
    Broken,
}

impl Why {
    /// The word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Vetoed => "vetoed",
            Self::TimedOut => "timed out",
            Self::OutOfReach => "out of reach",
            Self::Fraud => "fraud",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
            Self::Broken => "broken off",
        }
    }
}

impl GateRecord {
    /// Which gate it is about.
    pub(crate) const fn gate(&self) -> &ProposalId {
        match self {
            Self::Started(its) => &its.gate,
            Self::Finished(its) => &its.gate,
            Self::Ended(its) => &its.gate,
        }
    }

    /// The record that says so.
    ///
    /// # Errors
    ///
    /// When it cannot be written as JSON.
    pub(crate) fn to_record(&self, time: Timestamp) -> Result<NewRecord, serde_json::Error> {
        let (kind, json) = match self {
            Self::Started(its) => (STARTED, serde_json::to_vec(its)?),
            Self::Finished(its) => (FINISHED, serde_json::to_vec(its)?),
            Self::Ended(its) => (ENDED, serde_json::to_vec(its)?),
        };
        Ok(NewRecord::new(kind, time, json))
    }

    /// What a record says; nothing when it is of another kind.
    ///
    /// # Errors
    ///
    /// When it is of this kind, and does not read.
    pub(crate) fn read(record: &Record) -> Result<Option<Self>, serde_json::Error> {
        let bytes = record.payload.as_ref();
        Ok(Some(match record.kind.as_str() {
            kind if kind == STARTED.as_str() => Self::Started(serde_json::from_slice(bytes)?),
            kind if kind == FINISHED.as_str() => Self::Finished(serde_json::from_slice(bytes)?),
            kind if kind == ENDED.as_str() => Self::Ended(serde_json::from_slice(bytes)?),
            _ => return Ok(None),
        }))
    }
}

/// In words, for people.
impl fmt::Display for GateRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.gate())?;
        match self {
            Self::Started(Started { content, .. }) => write!(f, "the command is started: {content}"),
            Self::Finished(Finished { code: Some(code), .. }) => write!(f, "the command has ended with {code}"),
            Self::Finished(Finished { signal: Some(signal), .. }) => write!(f, "signal {signal} has ended the command"),
            Self::Finished(Finished { failed, .. }) => {
                write!(f, "the command could not be started: {:?}", failed.as_deref().unwrap_or_default())
            }
            Self::Ended(Ended { why, words, .. }) if words.is_empty() => write!(f, "ends, {}", why.word()),
            Self::Ended(Ended { why, words, .. }) => write!(f, "ends, {}: {words:?}", why.word()),
        }
    }
}
