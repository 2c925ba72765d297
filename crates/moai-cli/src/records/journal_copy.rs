//! A journal that somebody names, read without leaving anything beside it.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use moai_flow::JournalError;
use moai_flow::store::SqliteJournal;

use super::Flaw;
use crate::private_folder::PrivateFolder;
use crate::shared_journal::{turn_of, unopened};

/// A copy of a journal, in a folder of this user's alone that goes with it. Reading a journal where it lies would leave a lock
/// beside it, bring its log into it, and fail where nothing may be written.
#[derive(Debug)]
pub(crate) struct JournalCopy {
    folder: PrivateFolder,
    original: PathBuf,
}

/// What belongs to a journal: itself, its log, the witness of what was acknowledged, and a stray that opening it would refuse.
const PARTS: [&str; 4] = ["", "-wal", "-lock", "-journal"];
/// What the copy is called.
const NAME: &str = "journal.db";

impl JournalCopy {
    /// Copies it, while nobody writes.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is in use.
    pub(super) fn take(path: &Path) -> Result<Self, Flaw> {
        let unread = |why: io::Error| Flaw::File { file: path.display().to_string(), why: why.to_string() };
        let original = path.canonicalize().map_err(unread)?;
        let _turn = held(&turn_of(&original), File::lock_shared).map_err(unread)?;
        let _unused = held(&beside(&original, "-lock"), |lock| {
            lock.try_lock_shared().map_err(|_| io::Error::other("it is in use by another process"))
        })
        .map_err(unread)?;
        let folder = PrivateFolder::new("verify")
            .map_err(|why| Flaw::File { file: path.display().to_string(), why: why.what })?;
        for part in PARTS {
            match copy(&beside(&original, part), &folder.file(&format!("{NAME}{part}"))) {
                Err(why) if why.kind() == ErrorKind::NotFound && !part.is_empty() => {}
                copied => copied.map_err(unread)?,
            }
        }
        Ok(Self { folder, original })
    }

    /// Opens the copy.
    ///
    /// # Errors
    ///
    /// When it is no journal, or damaged.
    pub(super) fn open(&self) -> Result<SqliteJournal, JournalError> {
        SqliteJournal::open(self.folder.file(NAME)).map_err(unopened)
    }

    /// What was said of the copy, said of what was copied.
    pub(super) fn of_original(&self, said: &str) -> String {
        let copy = self.folder.file(NAME);
        // The engine knows it by its name without links.
        let real = copy.canonicalize().unwrap_or_else(|_| copy.clone());
        let original = self.original.display().to_string();
        [real, copy].iter().fold(said.to_owned(), |said, copy| said.replace(&*copy.to_string_lossy(), &original))
    }
}

/// Takes a lock, if there is one.
fn held(lock: &Path, take: impl Fn(&File) -> io::Result<()>) -> io::Result<Option<File>> {
    match File::open(lock) {
        Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
        opened => opened.and_then(|lock| take(&lock).map(|()| Some(lock))),
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut from = File::open(from)?;
    let mut to = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    io::copy(&mut from, &mut to).map(drop)
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}
