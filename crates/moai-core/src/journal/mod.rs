//! The port to the record: what was said and decided, in order, and never changed.

mod chain;
mod record;

use async_trait::async_trait;

use crate::{Aftermath, Coded, InvalidInput, Persistence};

pub use chain::{BadRecord, Chain, Flaw, verify_journal};
pub use record::{Head, NewRecord, Record};

/// Keeps records, each tied to the one before it by its digest. Nothing is ever changed or taken out.
///
/// # What an implementation promises
///
/// Each sentence is a check in [`conformance::journal`](crate::conformance::journal()) (feature `conformance`).
///
/// - **Records are numbered from 1 without gaps**, in the order in which they were appended.
/// - **An append is atomic**: all of its records are there, next to each other, or none.
/// - **When an append returns, its records are as durable as [`persistence`](Journal::persistence) says**: an agent
///   remembers its word before it gives it.
/// - **What is read is what was appended, to the byte**, and the chain of digests holds.
/// - **After an append whose outcome is not known, every call is refused with [`Poisoned`](JournalError::Poisoned)** until
///   the journal is opened again, reads too: they could show what a restart takes back. No exam can see that from
///   outside; whoever writes a journal on a disk tests it with a disk that fails.
///
/// Methods may be called from many tasks at once. Dropping a future of [`append`](Journal::append) leaves all of its
/// records in the journal or none, and what is appended after it stands behind them.
#[async_trait]
pub trait Journal: Send + Sync {
    /// What an append survives.
    fn persistence(&self) -> Persistence;

    /// Appends records, all or none, and gives the head behind them. Nothing to append gives the head as it is.
    ///
    /// It is not idempotent: records that are appended twice stand there twice.
    ///
    /// # Errors
    ///
    /// [`Input`](JournalError::Input) for a payload or a number of records over the limit,
    /// [`Full`](JournalError::Full), [`Unavailable`](JournalError::Unavailable): nothing changed.
    /// [`Failed`](JournalError::Failed): they may be there or not; every call after it is refused with
    /// [`Poisoned`](JournalError::Poisoned), reads too.
    async fn append(&self, records: Vec<NewRecord>) -> Result<Head, JournalError>;

    /// Up to `limit` records from number `from` on; none behind the end. The first record is number 1, and 0 means the
    /// same.
    ///
    /// `limit` is at least 1 and is cut to the provider's own limit, and an answer takes no further record once its
    /// payloads have reached [`page_bytes`](crate::Limits::page_bytes); only an empty answer means the end.
    ///
    /// # Errors
    ///
    /// [`Input`](JournalError::Input) for a limit of 0; [`Corrupted`](JournalError::Corrupted),
    /// [`Unavailable`](JournalError::Unavailable). After [`Failed`](JournalError::Failed) every call is refused with
    /// [`Poisoned`](JournalError::Poisoned), reads too.
    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Record>, JournalError>;

    /// The end of the journal.
    ///
    /// # Errors
    ///
    /// [`Corrupted`](JournalError::Corrupted), [`Unavailable`](JournalError::Unavailable). After
    /// [`Failed`](JournalError::Failed) every call is refused with [`Poisoned`](JournalError::Poisoned), reads too.
    async fn head(&self) -> Result<Head, JournalError>;
}

/// Why a journal did not do as it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The input itself does not fit.
    #[error(transparent)]
    Input(#[from] InvalidInput),
    /// A record does not hold.
    #[error(transparent)]
    Bad(#[from] BadRecord),
    /// There is no room: reads go on, and writes again once there is room.
    #[error("no room to record {what}; nothing changed")]
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
    /// [`Poisoned`](JournalError::Poisoned), reads too, until the journal is opened again.
    #[error("the record failed: {why}; may be half done")]
    Failed {
        /// What the engine said.
        why: String,
    },
    /// An earlier write [`Failed`](JournalError::Failed), and what is stored is not known: open the journal again.
    #[error("an earlier record failed ({why}), open the journal again; stop this agent")]
    Poisoned {
        /// How the earlier write failed.
        why: String,
    },
    /// The engine did not answer; nothing was written.
    #[error("the journal is unavailable: {why}; nothing changed")]
    Unavailable {
        /// What the engine said.
        why: String,
    },
}

impl JournalError {
    /// Every code of this error's own; bad input has the codes of [`InvalidInput`], bad records those of [`BadRecord`].
    pub const CODES: &'static [&'static str] =
        &["journal.full", "journal.corrupted", "journal.failed", "journal.poisoned", "journal.unavailable"];
}

impl Coded for JournalError {
    fn code(&self) -> &'static str {
        match self {
            Self::Input(input) => input.code(),
            Self::Bad(bad) => bad.code(),
            Self::Full { .. } => "journal.full",
            Self::Corrupted { .. } => "journal.corrupted",
            Self::Failed { .. } => "journal.failed",
            Self::Poisoned { .. } => "journal.poisoned",
            Self::Unavailable { .. } => "journal.unavailable",
        }
    }

    fn aftermath(&self) -> Aftermath {
        match self {
            Self::Failed { .. } => Aftermath::MayBeHalfDone,
            Self::Poisoned { .. } => Aftermath::StopThisAgent,
            Self::Input(_) | Self::Bad(_) | Self::Full { .. } | Self::Corrupted { .. } | Self::Unavailable { .. } => {
                Aftermath::NothingChanged
            }
        }
    }
}
