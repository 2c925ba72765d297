//! What stands in the way of reading and writing, before it has a port's words.

use std::path::Path;

use moai_core::{InvalidInput, JournalError, StoreError};
use rusqlite::ErrorCode;

/// What stood in the way.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The port's own answer.
    Refused(StoreError),
    /// What the engine said.
    Engine(rusqlite::Error),
    /// How it shows that what is stored is not what was written.
    Corrupted(String),
}

/// What kind of trouble the engine is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Full,
    Corrupted,
    Unavailable,
}

impl Trouble {
    /// What does not hold against its checksum, or is missing.
    pub(super) fn damaged(what: impl std::fmt::Display) -> Self {
        Self::Corrupted(format!("{what} is damaged"))
    }

    /// In words of the port, for the file at `path`.
    pub(super) fn told(self, path: &Path) -> StoreError {
        match self {
            Self::Refused(refused) => refused,
            Self::Corrupted(how) => corrupted(path, &how),
            Self::Engine(error) => match kind(&error) {
                Kind::Full => StoreError::Full { what: format!("a write to {}: {error}", path.display()) },
                Kind::Corrupted => corrupted(path, &error.to_string()),
                Kind::Unavailable => StoreError::Unavailable { why: format!("{}: {error}", path.display()) },
            },
        }
    }
}

/// The one answer to a damaged file: where it lies, how it shows, what to do.
pub(super) fn corrupted(path: &Path, how: &str) -> StoreError {
    let why = format!("{how}; restore the file from a backup, or move it away and let the swarm fill a new one");
    StoreError::Corrupted { what: path.display().to_string(), why }
}

/// What kind of trouble it is when the engine says this about a statement of ours.
pub(super) fn kind(error: &rusqlite::Error) -> Kind {
    let Some(code) = error.sqlite_error_code() else {
        // A column of another type, text that is no UTF-8, a row too many: nothing that we have written.
        return Kind::Corrupted;
    };
    match code {
        ErrorCode::DiskFull => Kind::Full,
        // `Unknown` is said of a statement that does not fit the schema, and constraints keep indexes in step.
        ErrorCode::DatabaseCorrupt
        | ErrorCode::NotADatabase
        | ErrorCode::ConstraintViolation
        | ErrorCode::TypeMismatch
        | ErrorCode::Unknown
        | ErrorCode::InternalMalfunction => Kind::Corrupted,
        _ => Kind::Unavailable,
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(error)
    }
}

impl From<StoreError> for Trouble {
    fn from(refused: StoreError) -> Self {
        Self::Refused(refused)
    }
}

impl From<InvalidInput> for Trouble {
    fn from(refused: InvalidInput) -> Self {
        Self::Refused(refused.into())
    }
}

/// What the store says, as a journal says it.
pub(super) fn as_journal(error: StoreError) -> JournalError {
    match error {
        StoreError::Input(input) => JournalError::Input(input),
        StoreError::Full { what } => JournalError::Full { what },
        StoreError::Corrupted { what, why } => JournalError::Corrupted { what, why },
        StoreError::Failed { why } => JournalError::Failed { why },
        StoreError::Poisoned { why } => JournalError::Poisoned { why },
        StoreError::Unavailable { why } => JournalError::Unavailable { why },
        other => JournalError::Unavailable { why: other.to_string() },
    }
}
