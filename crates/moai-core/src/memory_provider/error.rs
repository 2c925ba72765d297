//! Why a memory provider did not do as it was asked.

use crate::{Aftermath, ChanceError, Coded, Cursor, Expected, InvalidInput, Namespace, StateKey, Version};

/// Why a memory provider did not do as it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The input itself does not fit.
    #[error(transparent)]
    Input(#[from] InvalidInput),
    /// No chance to draw an epoch from.
    #[error(transparent)]
    Chance(#[from] ChanceError),
    /// A precondition does not hold: somebody else was faster.
    #[error("{namespace}/{key} was expected {}, it is {}; nothing changed", say(Some(expected)), say(found.as_ref()))]
    Conflict {
        /// The part of the memory.
        namespace: Namespace,
        /// The key.
        key: StateKey,
        /// What the batch expected.
        expected: Expected,
        /// What the key is, as [`Held::expected`](crate::Held::expected) says it. `None` when the provider cannot tell.
        found: Option<Expected>,
    },
    /// The changes after this cursor are no longer known one by one: deletions among them are forgotten, or the store
    /// was rebuilt. Read a snapshot.
    #[error(
        "changes since {since} are no longer kept, the oldest cursor is {oldest}: read a snapshot; nothing changed"
    )]
    TooOld {
        /// Where the reader stands.
        since: Cursor,
        /// The oldest cursor from which changes can be read.
        oldest: Cursor,
    },
    /// The cursor is ahead of the store: it is not from this swarm, or the store lost what it had acknowledged.
    #[error("the cursor {since} is ahead of the store, which is at {last}; nothing changed")]
    CursorAhead {
        /// Where the reader stands.
        since: Cursor,
        /// Where the store stands.
        last: Cursor,
    },
    /// The sequence has no number left for the change.
    #[error("the sequence ends at {}, {last} and {more} more do not fit; nothing changed", Version::MAX)]
    SequenceExhausted {
        /// The number that the first change would come after.
        last: Version,
        /// How many changes were to come.
        more: u64,
    },
    /// There is no room: reads go on, and writes again once there is room.
    #[error("no room to store {what}; nothing changed")]
    Full {
        /// What did not fit.
        what: String,
    },
    /// What is stored does not hold against its checksum: it is not served.
    #[error("{what} is corrupted: {why}; nothing changed")]
    Corrupted {
        /// What is corrupted, and where it lies.
        what: String,
        /// How it shows, and what to do.
        why: String,
    },
    /// The outcome of a write is not known: it may be stored or not. From then on every call is refused with
    /// [`Poisoned`](StoreError::Poisoned), reads too, until the store is opened again.
    #[error("the write failed: {why}; may be half done")]
    Failed {
        /// What the engine said.
        why: String,
    },
    /// An earlier write [`Failed`](StoreError::Failed), and what is stored is not known: open the store again.
    #[error("an earlier write failed ({why}), open the store again; stop this agent")]
    Poisoned {
        /// How the earlier write failed.
        why: String,
    },
    /// The engine did not answer; nothing was written.
    #[error("the store is unavailable: {why}; nothing changed")]
    Unavailable {
        /// What the engine said.
        why: String,
    },
}

/// What a key is, in words.
fn say(expected: Option<&Expected>) -> String {
    match expected {
        Some(Expected::Absent) => "absent".to_owned(),
        Some(Expected::Version(version)) => format!("at version {version}"),
        Some(Expected::Deleted(version)) => format!("deleted at version {version}"),
        Some(Expected::Nothing) => "without a trace".to_owned(),
        None => "something else".to_owned(),
    }
}

impl StoreError {
    /// Every code of this error's own; bad input has the codes of [`InvalidInput`], chance those of [`ChanceError`].
    pub const CODES: &'static [&'static str] = &[
        "store.conflict",
        "store.too_old",
        "store.cursor_ahead",
        "store.sequence_exhausted",
        "store.full",
        "store.corrupted",
        "store.failed",
        "store.poisoned",
        "store.unavailable",
    ];
}

impl Coded for StoreError {
    fn code(&self) -> &'static str {
        match self {
            Self::Input(input) => input.code(),
            Self::Chance(chance) => chance.code(),
            Self::Conflict { .. } => "store.conflict",
            Self::TooOld { .. } => "store.too_old",
            Self::CursorAhead { .. } => "store.cursor_ahead",
            Self::SequenceExhausted { .. } => "store.sequence_exhausted",
            Self::Full { .. } => "store.full",
            Self::Corrupted { .. } => "store.corrupted",
            Self::Failed { .. } => "store.failed",
            Self::Poisoned { .. } => "store.poisoned",
            Self::Unavailable { .. } => "store.unavailable",
        }
    }

    fn aftermath(&self) -> Aftermath {
        match self {
            Self::Failed { .. } => Aftermath::MayBeHalfDone,
            Self::Poisoned { .. } => Aftermath::StopThisAgent,
            Self::Input(_)
            | Self::Chance(_)
            | Self::Conflict { .. }
            | Self::TooOld { .. }
            | Self::CursorAhead { .. }
            | Self::SequenceExhausted { .. }
            | Self::Full { .. }
            | Self::Corrupted { .. }
            | Self::Unavailable { .. } => Aftermath::NothingChanged,
        }
    }
}
