//! What is recorded of a commit: before it, and after it.

use std::fmt;

use moai_core::{
    Batch, Coded, Committed, Cursor, Epoch, InvalidInput, NewRecord, RecordKind, StoreError, SwarmId, Timestamp,
    Version, record_kind,
};
use serde::{Deserialize, Serialize};

use super::AuditedChange;

const INTENDED: RecordKind = record_kind!("memory_intended");
const COMMITTED: RecordKind = record_kind!("memory_committed");
const REFUSED: RecordKind = record_kind!("memory_refused");

/// What is recorded of a commit. The intention stands before it, and what became of it behind it: an intention without
/// either says that its outcome is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommitRecord {
    /// These changes are about to be made.
    #[non_exhaustive]
    Intended {
        /// In the memory of which swarm.
        swarm: SwarmId,
        /// The first change gets a number above this one.
        floor: Version,
        /// The changes, in their order.
        changes: Vec<AuditedChange>,
    },
    /// They were made.
    #[non_exhaustive]
    Committed {
        /// The number of the record that holds the intention.
        intended: u64,
        /// The life of the store.
        epoch: Epoch,
        /// The number of the first change.
        first: Version,
        /// The number of the last change.
        last: Version,
    },
    /// They were refused, and nothing changed.
    #[non_exhaustive]
    Refused {
        /// The number of the record that holds the intention.
        intended: u64,
        /// The code of the error.
        code: String,
        /// The error in words.
        why: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenIntention {
    swarm: SwarmId,
    floor: Version,
    changes: Vec<AuditedChange>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCommit {
    intended: u64,
    epoch: Epoch,
    first: Version,
    last: Version,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRefusal {
    intended: u64,
    code: String,
    why: String,
}

impl CommitRecord {
    pub(super) fn intends(swarm: &SwarmId, batch: &Batch) -> Self {
        let changes = batch.changes.iter().map(AuditedChange::from).collect();
        Self::Intended { swarm: swarm.clone(), floor: batch.floor, changes }
    }

    /// What became of an intention; nothing where that is not known.
    pub(super) fn of(intended: u64, outcome: &Result<Committed, StoreError>) -> Option<Self> {
        match outcome {
            Ok(Committed { epoch, first, last, .. }) => {
                Some(Self::Committed { intended, epoch: *epoch, first: *first, last: *last })
            }
            Err(StoreError::Failed { .. } | StoreError::Poisoned { .. }) => None,
            Err(why) => Some(Self::Refused { intended, code: why.code().into(), why: why.to_string() }),
        }
    }

    /// The kind of its record.
    #[must_use]
    pub fn kind(&self) -> RecordKind {
        match self {
            Self::Intended { .. } => INTENDED,
            Self::Committed { .. } => COMMITTED,
            Self::Refused { .. } => REFUSED,
        }
    }

    /// The record to append.
    ///
    /// # Errors
    ///
    /// `Malformed` when it has no JSON form.
    pub fn to_record(&self, time: Timestamp) -> Result<NewRecord, InvalidInput> {
        let json = match self.clone() {
            Self::Intended { swarm, floor, changes } => serde_json::to_vec(&WrittenIntention { swarm, floor, changes }),
            Self::Committed { intended, epoch, first, last } => {
                serde_json::to_vec(&WrittenCommit { intended, epoch, first, last })
            }
            Self::Refused { intended, code, why } => serde_json::to_vec(&WrittenRefusal { intended, code, why }),
        };
        Ok(NewRecord::new(self.kind(), time, json.map_err(malformed)?))
    }

    /// Reads a record; `None` for a record of another kind.
    ///
    /// # Errors
    ///
    /// `Malformed` for a record of this kind that is none.
    pub fn from_payload(kind: &RecordKind, payload: &[u8]) -> Result<Option<Self>, InvalidInput> {
        let read = match kind {
            kind if *kind == INTENDED => serde_json::from_slice(payload)
                .map(|WrittenIntention { swarm, floor, changes }| Self::Intended { swarm, floor, changes }),
            kind if *kind == COMMITTED => serde_json::from_slice(payload)
                .map(|WrittenCommit { intended, epoch, first, last }| Self::Committed { intended, epoch, first, last }),
            kind if *kind == REFUSED => serde_json::from_slice(payload)
                .map(|WrittenRefusal { intended, code, why }| Self::Refused { intended, code, why }),
            _ => return Ok(None),
        };
        read.map(Some).map_err(malformed)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn malformed(error: serde_json::Error) -> InvalidInput {
    InvalidInput::Malformed { field: "record of a commit", why: error.to_string() }
}

/// In words, for people.
impl fmt::Display for CommitRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intended { swarm, changes, .. } => {
                write!(f, "{swarm}: to be committed:")?;
                changes.iter().try_for_each(|change| match change {
                    AuditedChange::Put { namespace, key, bytes, digest } => {
                        write!(f, "\n    {namespace}/{:?} gets {bytes} bytes, digest {digest}", key.as_str())
                    }
                    AuditedChange::Delete { namespace, key } => write!(f, "\n    {namespace}/{:?} goes", key.as_str()),
                    AuditedChange::DeleteRange { namespace, range } => {
                        let side = |key: &Option<moai_core::StateKey>| {
                            key.as_ref().map_or_else(|| "the end".to_owned(), |key| format!("{:?}", key.as_str()))
                        };
                        write!(f, "\n    {namespace} from {} to {} goes", side(&range.from), side(&range.to))
                    }
                })
            }
            Self::Committed { intended, epoch, first, last } => {
                let last = Cursor { epoch: *epoch, version: *last };
                write!(f, "record {intended} is committed: versions {first} to {last}")
            }
            Self::Refused { intended, code, why } => write!(f, "record {intended} is refused: {code:?}, {why:?}"),
        }
    }
}
