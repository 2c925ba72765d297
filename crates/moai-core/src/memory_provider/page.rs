//! What is read: entries, changes and snapshots, in pages.

use bytes::Bytes;

use crate::{Cursor, Expected, KeyRange, Namespace, StateKey, Version};

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The part of the memory.
    pub namespace: Namespace,
    /// The key.
    pub key: StateKey,
    /// The value.
    pub value: Bytes,
    /// The number of the change that wrote it.
    pub version: Version,
}

impl Entry {
    /// A key with its value.
    #[must_use]
    pub fn new(namespace: Namespace, key: StateKey, value: Bytes, version: Version) -> Self {
        Self { namespace, key, value, version }
    }

    /// How many bytes of a page it takes: its key and its value.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.key.as_str().len() + self.value.len()
    }
}

/// What there is under a key: a value, the trace of a deletion, or nothing.
///
/// A key without a value that lies in a deleted range is deleted, also when it never had one: the deletion of a range is
/// about every key in it, and a store need not remember which of them were there.
///
/// ```
/// use moai_core::{Entry, Expected, Held, StateKey, Version, namespace};
///
/// let version = Version::new(3)?;
/// let entry = Entry::new(namespace!("synchronized_state"), StateKey::new("task_count")?, "80".into(), version);
/// let held = Held::Value(entry);
/// assert_eq!(held.entry().map(|entry| &entry.value[..]), Some(&b"80"[..]));
/// assert_eq!(held.expected(), Expected::Version(version));
/// assert_eq!(Held::Deleted(version).expected(), Expected::Deleted(version));
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// It has a value.
    Value(Entry),
    /// It has no value, and this is the greatest version that deleted it, by itself or with a range: known until the
    /// horizon has passed it.
    Deleted(Version),
    /// It has no value and no known deletion: it was never written or deleted, or the horizon has passed that.
    Nothing,
}

impl Held {
    /// The entry, if there is a value.
    #[must_use]
    pub fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Value(entry) => Some(entry),
            Self::Deleted(_) | Self::Nothing => None,
        }
    }

    /// The entry, if there is a value.
    #[must_use]
    pub fn into_entry(self) -> Option<Entry> {
        match self {
            Self::Value(entry) => Some(entry),
            Self::Deleted(_) | Self::Nothing => None,
        }
    }

    /// What to [require](crate::Batch::require), so that a commit goes through only if nothing has happened to the key
    /// since.
    ///
    /// **One gap remains**: what was put and deleted since, with the horizon moved beyond it, is `Nothing` as before. Keep
    /// the horizon farther back than anybody's reading lasts. And a deletion that the horizon has passed since is a
    /// conflict, though nothing has happened: look again.
    #[must_use]
    pub fn expected(&self) -> Expected {
        match self {
            Self::Value(entry) => Expected::Version(entry.version),
            Self::Deleted(version) => Expected::Deleted(*version),
            Self::Nothing => Expected::Nothing,
        }
    }
}

/// Entries of one namespace, in the order of their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Read on after this key; `None` on the page that holds the last entry: no empty page comes after it.
    pub next: Option<StateKey>,
}

impl Listing {
    /// Entries, and the key to read on after.
    #[must_use]
    pub fn new(entries: Vec<Entry>, next: Option<StateKey>) -> Self {
        Self { entries, next }
    }
}

/// Something that happened, as a reader of changes sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Happened {
    /// A key has this value.
    Put(Entry),
    /// A key is gone.
    Deleted {
        /// The part of the memory.
        namespace: Namespace,
        /// The key.
        key: StateKey,
        /// The number of the change that deleted it.
        version: Version,
    },
    /// Every key of a range that was written before this version is gone.
    RangeDeleted {
        /// The part of the memory.
        namespace: Namespace,
        /// The keys.
        range: KeyRange,
        /// The number of the change that deleted them.
        version: Version,
    },
}

impl Happened {
    /// The number of the change.
    #[must_use]
    pub fn version(&self) -> Version {
        match self {
            Self::Put(entry) => entry.version,
            Self::Deleted { version, .. } | Self::RangeDeleted { version, .. } => *version,
        }
    }

    /// How many bytes of a page it takes: its key and value, or the keys that bound its range.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Put(entry) => entry.bytes(),
            Self::Deleted { key, .. } => key.as_str().len(),
            Self::RangeDeleted { range, .. } => range.bytes(),
        }
    }
}

/// What happened after a cursor, in the order of versions.
///
/// Of several changes to one key only the last one is told, and a value that went with a range is not told at all: a
/// reader that applies a page, and the pages after it, ends with what the store held at the last page's `next`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Changes {
    /// What happened.
    pub happened: Vec<Happened>,
    /// Where the reader stands once it has applied them: hand it back for what comes next.
    pub next: Cursor,
    /// Whether there was more to read when this page was made. If so, `next` is ahead of where the reader stood.
    pub more: bool,
}

impl Changes {
    /// What happened, where the reader stands then, and whether there is more.
    #[must_use]
    pub fn new(happened: Vec<Happened>, next: Cursor, more: bool) -> Self {
        Self { happened, next, more }
    }
}

/// Where a reader stands in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SnapshotPlace {
    /// The cursor of the snapshot's first page: the place to read changes from, once the last page is applied.
    pub start: Cursor,
    /// The last key that was read.
    pub after: (Namespace, StateKey),
}

impl SnapshotPlace {
    /// Behind this key, in the snapshot that began there.
    #[must_use]
    pub fn new(start: Cursor, after: (Namespace, StateKey)) -> Self {
        Self { start, after }
    }
}

/// A stretch of everything that a swarm holds, with replace semantics.
///
/// The stretch begins behind `after`, where the page before it ended, and ends with `through`; an open side has no end.
/// The first page is open at its beginning and the last at its end. **Whoever applies it drops every
/// key in the stretch that is not in `entries`**, unless it was written after `as_of`: else what was deleted comes back.
/// After the last page, read changes from `start`: they carry what happened while the pages were read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SnapshotPage {
    /// The stretch begins behind this key.
    pub after: Option<(Namespace, StateKey)>,
    /// The stretch ends with this key.
    pub through: Option<(Namespace, StateKey)>,
    /// The entries of the stretch, in the order of namespace and key.
    pub entries: Vec<Entry>,
    /// The moment at which this page was read: nothing in it is newer.
    pub as_of: Cursor,
    /// The moment at which the snapshot's first page was read.
    pub start: Cursor,
    /// Read on from here; `None` on the page that holds the last entry: no empty page comes after it.
    pub next: Option<SnapshotPlace>,
}

impl SnapshotPage {
    /// The stretch behind `after`, which holds these entries as of a moment, in the snapshot that began at `start`. With
    /// `more` behind it, the stretch ends with its last entry, and the next page begins there; else it has no end.
    #[must_use]
    pub fn new(
        after: Option<(Namespace, StateKey)>,
        entries: Vec<Entry>,
        as_of: Cursor,
        start: Cursor,
        more: bool,
    ) -> Self {
        let last = entries.last().filter(|_| more);
        let through = last.map(|entry| (entry.namespace.clone(), entry.key.clone()));
        let next = through.clone().map(|after| SnapshotPlace { start, after });
        Self { after, through, entries, as_of, start, next }
    }
}

/// Where a swarm's memory stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Standing {
    /// Behind the last change.
    pub last: Cursor,
    /// The oldest cursor from which changes can be read.
    pub oldest: Cursor,
}

impl Standing {
    /// Behind the last change, and at the horizon.
    #[must_use]
    pub fn new(last: Cursor, oldest: Cursor) -> Self {
        Self { last, oldest }
    }
}
