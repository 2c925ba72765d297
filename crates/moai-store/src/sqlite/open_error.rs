//! Why a file was not opened.

use std::path::PathBuf;

use moai_core::{Aftermath, ChanceError, Coded};

/// Why a file was not opened. The file is as it was.
///
/// ```
/// use moai_store::{OpenError, SqliteStore};
///
/// # let folder = std::env::temp_dir().join(format!("moai-doc-refused-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let path = folder.join("notes.txt");
/// std::fs::write(&path, "nobody's store")?;
/// match SqliteStore::open(&path) {
///     Err(OpenError::Foreign { why, .. }) => assert_eq!(why, "it does not begin as a SQLite file does"),
///     other => panic!("{other:?}"),
/// }
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// No chance to draw the epoch of a new store from.
    #[error(transparent)]
    Chance(#[from] ChanceError),
    /// Another process, or another handle of this one, has it open.
    #[error("{} is in use: another process, or another handle in this one, holds {}; close that first; nothing changed",
        .path.display(), .lock.display())]
    Locked {
        /// The file.
        path: PathBuf,
        /// The file beside it that is locked.
        lock: PathBuf,
    },
    /// The folder is not there.
    #[error("the folder of {} is not there: make it first; nothing changed", .path.display())]
    NoFolder {
        /// The file that was to be opened.
        path: PathBuf,
    },
    /// The file or its folder may not be written.
    #[error("{} may not be written: give this user the right to write the file and its folder; nothing changed",
        .path.display())]
    Permission {
        /// The file or folder.
        path: PathBuf,
    },
    /// It is no file of ours.
    #[error("{} is no moai store: {why}; choose another path, or restore it if it was one; nothing changed",
        .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        why: String,
    },
    /// A later program wrote it.
    #[error("{} has format {found}, this program knows up to {known}: use the newer program; nothing changed",
        .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format that it has.
        found: u32,
        /// The newest format that this program knows.
        known: u32,
    },
    /// It says that it is ours, in a format that never was.
    #[error("{} has format {found}, which no program ever wrote: restore it from a backup; nothing changed",
        .path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// The format that it has.
        found: u32,
    },
    /// Something lies beside it that would be taken for a part of it, and is none.
    #[error("{} lies beside {} and does not belong to it: put its own file back, or move it away; nothing changed",
        .stray.display(), .path.display())]
    Stray {
        /// The file that was to be opened.
        path: PathBuf,
        /// What lies beside it.
        stray: PathBuf,
    },
    /// It is ours and damaged.
    #[error("{} is corrupted: {why}; nothing changed", .path.display())]
    Corrupted {
        /// The file.
        path: PathBuf,
        /// How it shows, and what to do.
        why: String,
    },
    /// The system did not do as it was asked.
    #[error("{} cannot be opened: {why}; nothing changed", .path.display())]
    Unavailable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
}

impl OpenError {
    /// Every code of this error's own; chance has those of [`ChanceError`].
    ///
    /// ```
    /// use moai_core::Coded;
    /// use moai_store::{OpenError, SqliteStore};
    ///
    /// let refused = SqliteStore::open("/no/such/folder/swarm.db").unwrap_err();
    /// assert_eq!(refused.code(), "open.no_folder");
    /// assert!(OpenError::CODES.contains(&refused.code()));
    /// ```
    pub const CODES: &'static [&'static str] = &[
        "open.locked",
        "open.no_folder",
        "open.permission",
        "open.foreign",
        "open.newer",
        "open.unknown_format",
        "open.stray",
        "open.corrupted",
        "open.unavailable",
    ];
}

impl Coded for OpenError {
    fn code(&self) -> &'static str {
        match self {
            Self::Chance(chance) => chance.code(),
            Self::Locked { .. } => "open.locked",
            Self::NoFolder { .. } => "open.no_folder",
            Self::Permission { .. } => "open.permission",
            Self::Foreign { .. } => "open.foreign",
            Self::Newer { .. } => "open.newer",
            Self::UnknownFormat { .. } => "open.unknown_format",
            Self::Stray { .. } => "open.stray",
            Self::Corrupted { .. } => "open.corrupted",
            Self::Unavailable { .. } => "open.unavailable",
        }
    }

    fn aftermath(&self) -> Aftermath {
        Aftermath::NothingChanged
    }
}
