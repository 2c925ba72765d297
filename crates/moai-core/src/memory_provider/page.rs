//! What is read: entries, changes and snapshots, in pages.

use bytes::Bytes;

use crate::{Cursor, KeyRange, Namespace, StateKey, Version};

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// Entries of one namespace, in the order of their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Read on after this key; `None` when there is no more.
    pub next: Option<StateKey>,
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
}

/// What happened after a cursor, in the order of versions.
///
/// Of several changes to one key only the last one is told, and a value that went with a range is not told at all: a
/// reader that applies a page, and the pages after it, ends with what the store held at the last page's `next`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// What happened.
    pub happened: Vec<Happened>,
    /// Where the reader stands once it has applied them: hand it back for what comes next.
    pub next: Cursor,
    /// Whether there was more to read when this page was made. If so, `next` is ahead of where the reader stood.
    pub more: bool,
}

/// Where a reader stands in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotPlace {
    /// The cursor of the snapshot's first page: the place to read changes from, once the last page is applied.
    pub start: Cursor,
    /// The last key that was read.
    pub after: (Namespace, StateKey),
}

/// A stretch of everything that a swarm holds, with replace semantics.
///
/// The stretch begins behind `after`, where the page before it ended, and ends with `through`; an open side has no end.
/// The first page is open at its beginning and the last at its end. **Whoever applies it drops every
/// key in the stretch that is not in `entries`**, unless it was written after `as_of`: else what was deleted comes back.
/// After the last page, read changes from `start`: they carry what happened while the pages were read.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Read on from here; `None` when this was the last page.
    pub next: Option<SnapshotPlace>,
}

/// Where a swarm's memory stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Behind the last change.
    pub last: Cursor,
    /// The oldest cursor from which changes can be read.
    pub oldest: Cursor,
}
