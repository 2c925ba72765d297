//! Why there is no key.

use std::path::{Path, PathBuf};

use moai_core::{Aftermath, ChanceError, Coded};

/// Why there is no key, or why it is in no file. It says nothing of the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// There is no chance to draw a key from.
    #[error("no key is drawn: {0}")]
    NoChance(ChanceError),
    /// A file of that name is there: a key is never overwritten.
    #[error("{} is there already, and a key is never overwritten; nothing changed", .0.display())]
    Exists(PathBuf),
    /// Others than its owner can read or change the file.
    #[error("others can read or change {}: its mode is {mode:o}, 600 is due; nothing changed", path.display())]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// What stands in the file is no key.
    #[error("{} holds no key: {why}; nothing changed", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is due.
        why: String,
    },
    /// The file cannot be read, or could not be written.
    #[error("the key file {} cannot be used: {why}; nothing changed", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The key is in its place, and the system did not confirm that it stays there after a loss of power.
    #[error("the key file {} may not be durable: {why}; may be half done", path.display())]
    NotDurable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
}

impl From<ChanceError> for KeyError {
    fn from(none: ChanceError) -> Self {
        Self::NoChance(none)
    }
}

impl KeyError {
    /// Every code that this error can carry.
    pub const CODES: &'static [&'static str] =
        &["key.no_chance", "key.exists", "key.exposed", "key.malformed", "key.io", "key.not_durable"];

    pub(super) fn io(path: &Path, error: &std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), why: error.to_string() }
    }
}

impl Coded for KeyError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoChance(_) => "key.no_chance",
            Self::Exists(_) => "key.exists",
            Self::Exposed { .. } => "key.exposed",
            Self::Malformed { .. } => "key.malformed",
            Self::Io { .. } => "key.io",
            Self::NotDurable { .. } => "key.not_durable",
        }
    }

    fn aftermath(&self) -> Aftermath {
        match self {
            Self::NotDurable { .. } => Aftermath::MayBeHalfDone,
            _ => Aftermath::NothingChanged,
        }
    }
}
