//! A journal that somebody names, read without leaving anything beside it.

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use moai_flow::JournalError;
use moai_flow::store::SqliteJournal;
use tokio::runtime::Handle;

use super::Flaw;
use crate::private_folder::PrivateFolder;
use crate::shared_journal::{WITNESS, beside, turn_of, unopened};

/// A copy of a journal, in a folder of this user's alone that goes with it. Reading a journal where it lies would leave a lock
/// beside it, bring its log into it, and fail where nothing may be written.
#[derive(Debug)]
pub(crate) struct JournalCopy {
    folder: PrivateFolder,
    original: PathBuf,
}

/// What belongs to a journal: itself, its log, the witness of what was acknowledged, and a stray that opening it would refuse.
const PARTS: [&str; 4] = ["", "-wal", WITNESS, "-journal"];
/// What the copy is called.
const NAME: &str = "journal.db";

impl JournalCopy {
    /// Copies it, while nobody writes, and opens the copy. May be dropped half way: then nothing is left of it.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is in use. That it is no journal, or damaged, is told beside the copy.
    pub(super) async fn take(path: &Path) -> Result<(Self, Result<SqliteJournal, JournalError>), Flaw> {
        let unread = |why: &dyn Display| Flaw::File { file: path.display().to_string(), why: why.to_string() };
        let original = path.canonicalize().map_err(|why| unread(&why))?;
        let folder = PrivateFolder::new("verify").map_err(|why| unread(&why.what))?;
        let (from, to) = (original.clone(), folder.file(NAME));
        let copied = Handle::current().spawn_blocking(move || {
            fill(&from, &to)?;
            Ok::<_, io::Error>(SqliteJournal::open(&to).map_err(unopened))
        });
        let opened = copied.await.map_err(|why| unread(&why))?.map_err(|why| unread(&why))?;
        Ok((Self { folder, original }, opened))
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

fn fill(original: &Path, to: &Path) -> io::Result<()> {
    let _turn = held(&turn_of(original), File::lock_shared)?;
    let _unused = held(&beside(original, WITNESS), |lock| {
        lock.try_lock_shared().map_err(|_| io::Error::other("it is in use by another process"))
    })?;
    for part in PARTS {
        match copy(&beside(original, part), &beside(to, part)) {
            Err(why) if why.kind() == ErrorKind::NotFound && !part.is_empty() => {}
            copied => copied?,
        }
    }
    Ok(())
}

/// Takes a lock, if there is one.
fn held(lock: &Path, take: impl Fn(&File) -> io::Result<()>) -> io::Result<Option<File>> {
    // At what is no file it does not wait.
    let at_once = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    match OpenOptions::new().read(true).custom_flags(at_once).open(lock) {
        Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
        opened => {
            let named = |why| io::Error::other(format!("{}: {why}", lock.display()));
            opened.and_then(|file| take(&file).map(|()| Some(file))).map_err(named)
        }
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = File::open(from)?;
    let copied = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to);
    let copied = copied.and_then(|mut copy| io::copy(&mut source, &mut copy));
    copied.map(drop).map_err(|why| {
        let what =
            format!("it is read from a copy, and {} cannot be made: {why}; TMPDIR names another place", to.display());
        io::Error::other(what)
    })
}
