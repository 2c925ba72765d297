//! What is written at once: changes, the conditions under which they hold, and how durable they must be.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{InvalidInput, KeyRange, Limits, Namespace, StateKey, Version};

/// Changes that are made together or not at all.
///
/// The changes take effect as if made one after another: a key that is put and then lies in a deleted range is deleted,
/// the other way round it is there.
///
/// ```
/// use moai_core::{Batch, Durability, Expected, StateKey, Version, namespace};
///
/// let batch = Batch::new()
///     .put(namespace!("synchronized_state"), StateKey::new("task_count")?, "80")
///     .require(namespace!("synchronized_state"), StateKey::new("task_count")?, Expected::Absent)
///     .floor(Version::new(1)?);
/// assert_eq!(batch.changes.len(), 1);
/// assert_eq!(batch.durability, Durability::Durable);
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Batch {
    /// What is changed, in this order.
    pub changes: Vec<Change>,
    /// What must hold before; all of them are looked at before anything is changed.
    pub preconditions: Vec<Precondition>,
    /// The first change gets a number above this one: the greatest version that went into what is written.
    pub floor: Version,
    /// How durable the changes must be when the commit returns.
    pub durability: Durability,
}

/// One change.
///
/// There are no others: a provider that met a change it does not know could only lose it or refuse the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A key gets a value, whether or not it had one.
    Put {
        /// The part of the memory.
        namespace: Namespace,
        /// The key.
        key: StateKey,
        /// The value.
        value: Bytes,
    },
    /// A key goes, and leaves a tombstone: also when it was not there.
    Delete {
        /// The part of the memory.
        namespace: Namespace,
        /// The key.
        key: StateKey,
    },
    /// Every key of a range goes, and the range leaves one tombstone.
    DeleteRange {
        /// The part of the memory.
        namespace: Namespace,
        /// The keys.
        range: KeyRange,
    },
}

/// What must hold for a key before a batch is committed: [`Batch::require`] makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Precondition {
    /// The part of the memory.
    pub namespace: Namespace,
    /// The key.
    pub key: StateKey,
    /// What it must be.
    pub expected: Expected,
}

/// What a key is expected to be.
///
/// Who has looked at a key and wants to write what follows from it requires [`Held::expected`](crate::Held::expected):
/// [`Absent`](Expected::Absent) alone would let a write through that has missed a value and its deletion.
///
/// ```
/// use moai_core::{Expected, Version};
///
/// let (two, three) = (Version::new(2)?, Version::new(3)?);
/// assert!(Expected::Absent.holds(Expected::Deleted(three)));
/// assert!(!Expected::Deleted(two).holds(Expected::Deleted(three)));
/// assert!(!Expected::Absent.holds(Expected::Version(two)));
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expected {
    /// It has no value, whatever the reason: it never had one, or was deleted, whenever that was.
    Absent,
    /// It has the value that was written with this version.
    Version(Version),
    /// It has no value, and this version was the last to delete it: by itself or with a range.
    Deleted(Version),
    /// It has no value and no known deletion: it was never written or deleted, or the horizon has passed that.
    Nothing,
}

/// How durable a commit is when it returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// As durable as the provider can: what [`MemoryProvider::persistence`](crate::MemoryProvider::persistence) says
    /// holds for it. The default.
    #[default]
    Durable,
    /// Visible to all readers; a crash may lose it. It never survives without what was committed before it.
    Eventual,
}

impl Expected {
    /// Whether this holds for a key that is `found`, as [`Held::expected`](crate::Held::expected) says it: providers
    /// judge preconditions with it.
    #[must_use]
    pub fn holds(self, found: Self) -> bool {
        self == found || self == Self::Absent && !matches!(found, Self::Version(_))
    }
}

impl Batch {
    /// A batch without changes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds: `key` gets `value`.
    #[must_use]
    pub fn put(mut self, namespace: Namespace, key: StateKey, value: impl Into<Bytes>) -> Self {
        self.changes.push(Change::Put { namespace, key, value: value.into() });
        self
    }

    /// Adds: `key` goes.
    #[must_use]
    pub fn delete(mut self, namespace: Namespace, key: StateKey) -> Self {
        self.changes.push(Change::Delete { namespace, key });
        self
    }

    /// Adds: every key of `range` goes.
    #[must_use]
    pub fn delete_range(mut self, namespace: Namespace, range: KeyRange) -> Self {
        self.changes.push(Change::DeleteRange { namespace, range });
        self
    }

    /// Adds a condition: without it nothing is changed.
    #[must_use]
    pub fn require(mut self, namespace: Namespace, key: StateKey, expected: Expected) -> Self {
        self.preconditions.push(Precondition { namespace, key, expected });
        self
    }

    /// Numbers the first change above `floor`.
    #[must_use]
    pub fn floor(mut self, floor: Version) -> Self {
        self.floor = floor;
        self
    }

    /// Chooses how durable the changes must be.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Holds the batch against the limits. Providers call it before anything else.
    ///
    /// # Errors
    ///
    /// `Empty` without changes, `TooMany` changes or preconditions, `TooLong` in bytes (of all keys and values, the keys of
    /// preconditions included), `Empty` for a range without keys.
    pub fn check(&self, limits: &Limits) -> Result<(), InvalidInput> {
        if self.changes.is_empty() {
            return Err(InvalidInput::Empty { field: "batch" });
        }
        InvalidInput::check_count("batch", self.changes.len(), limits.batch_changes)?;
        InvalidInput::check_count("preconditions", self.preconditions.len(), limits.batch_changes)?;
        let mut bytes: usize = self.preconditions.iter().map(|precondition| precondition.key.as_str().len()).sum();
        for change in &self.changes {
            bytes += match change {
                Change::Put { key, value, .. } => key.as_str().len() + value.len(),
                Change::Delete { key, .. } => key.as_str().len(),
                Change::DeleteRange { range, .. } if range.is_empty() => {
                    return Err(InvalidInput::Empty { field: "key range" });
                }
                Change::DeleteRange { range, .. } => range.bytes(),
            };
        }
        InvalidInput::check_length("batch", bytes, limits.batch_bytes)
    }
}
