//! What a commit changes, as it is recorded.

use bytes::Bytes;
use moai_core::{Change, Digest, DigestBuilder, KeyRange, Namespace, StateKey};
use serde::{Deserialize, Serialize};

/// What a commit changes, as it is recorded: **of a value its digest**, so that a journal may be shown to people who may not
/// see the state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum AuditedChange {
    /// A key gets a value.
    #[non_exhaustive]
    Put {
        /// The part of the memory.
        namespace: Namespace,
        /// The key.
        key: StateKey,
        /// How many bytes the value has.
        bytes: u64,
        /// The [digest](AuditedChange::digest_of) of the value.
        digest: Digest,
    },
    /// A key goes.
    #[non_exhaustive]
    Delete {
        /// The part of the memory.
        namespace: Namespace,
        /// The key.
        key: StateKey,
    },
    /// Every key of a range goes.
    #[non_exhaustive]
    DeleteRange {
        /// The part of the memory.
        namespace: Namespace,
        /// The keys.
        range: KeyRange,
    },
}

impl AuditedChange {
    /// What stands for a value: SHA-256 by [`DigestBuilder`] under the domain `moai/audited-value/1` of its bytes.
    #[must_use]
    pub fn digest_of(value: &Bytes) -> Digest {
        DigestBuilder::new("moai/audited-value/1").bytes(value).finish()
    }
}

impl From<&Change> for AuditedChange {
    fn from(change: &Change) -> Self {
        match change {
            Change::Put { namespace, key, value } => Self::Put {
                namespace: namespace.clone(),
                key: key.clone(),
                bytes: value.len() as u64,
                digest: Self::digest_of(value),
            },
            Change::Delete { namespace, key } => Self::Delete { namespace: namespace.clone(), key: key.clone() },
            Change::DeleteRange { namespace, range } => {
                Self::DeleteRange { namespace: namespace.clone(), range: range.clone() }
            }
        }
    }
}
