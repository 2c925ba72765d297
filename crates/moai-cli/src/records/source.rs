//! Where records are read from.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use moai_flow::{Head, Journal, JournalError, Record};
use tokio::runtime::Handle;

use super::Flaw;
use super::journal_copy::JournalCopy;
use crate::home::Home;
use crate::private_folder::PrivateFolder;
use crate::shared_journal::{SharedJournal, WITNESS, beside};

/// How many records are read at once.
const PAGE: usize = 1_000;

/// The longest line of an export that is read: a record is shorter.
const LONGEST: u64 = 64 << 20;

/// How every journal begins.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Where records are read from: a journal, or an export of one.
pub(crate) enum Source {
    /// A journal, and where it ended when it was opened: what is written meanwhile is for the next reader. One that was
    /// named is a copy.
    Journal { journal: Arc<dyn Journal>, end: Head, copy: Option<JournalCopy> },
    /// Lines of JSON, one a record; what came in is a copy.
    Export { path: PathBuf, copy: Option<PrivateFolder> },
}

impl Source {
    /// The records of this folder; nothing where nothing was ever recorded.
    ///
    /// # Errors
    ///
    /// When the journal cannot be opened.
    pub(crate) async fn of(home: &Home) -> Result<Option<Self>, Flaw> {
        let path = home.journal();
        let is_there = |path: &Path| path.try_exists().map_err(|why| unread(path, &why));
        // One that is gone, and of which something says that it was there, is no folder in which nothing was ever recorded.
        if !is_there(&path)? && !is_there(&beside(&path, WITNESS))? {
            return Ok(None);
        }
        // Who may only read reads a copy: taking turns, and reading a journal where it lies, writes beside it.
        if !may_write(home.folder()) || (path.exists() && !may_write(&path)) {
            return Self::copied(&path).await.map(Some);
        }
        let journal = SharedJournal::of(home);
        let end = journal.head().await.map_err(|why| Flaw::of(None, why))?;
        Ok(Some(Self::Journal { journal: Arc::new(journal), end, copy: None }))
    }

    /// The records in this file, or else of this folder.
    ///
    /// # Errors
    ///
    /// As [`of`](Self::of) and [`file`](Self::file).
    pub(crate) async fn named(file: Option<&Path>, home: &Home) -> Result<Option<Self>, Flaw> {
        match file {
            Some(file) => Self::file(file).await.map(Some),
            None => Self::of(home).await,
        }
    }

    /// The records in a file, a journal or an export of one; it is left as it is, and nothing is left beside it.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is neither.
    pub(crate) async fn file(path: &Path) -> Result<Self, Flaw> {
        let unread =
            |why: &dyn std::fmt::Display| Flaw::File { file: path.display().to_string(), why: why.to_string() };
        if path.as_os_str() == "-" {
            return Self::incoming().await;
        }
        // It is read twice: a pipe gives it once.
        if !fs::metadata(path).map_err(|why| unread(&why))?.is_file() {
            return Err(unread(&"it is no regular file"));
        }
        let mut begins = Vec::new();
        let read = File::open(path).and_then(|file| file.take(MAGIC.len() as u64).read_to_end(&mut begins));
        read.map_err(|why| unread(&why))?;
        let none = |why| Flaw::NoRecords { file: path.display().to_string(), why };
        match begins.first() {
            _ if begins == MAGIC => Self::copied(path).await,
            Some(b'{') => Ok(Self::Export { path: path.to_path_buf(), copy: None }),
            Some(_) => Err(none("it begins neither as a journal does nor as an export")),
            None => Err(none("it is empty")),
        }
    }

    /// An export that comes in.
    async fn incoming() -> Result<Self, Flaw> {
        let unread = |why: &dyn std::fmt::Display| Flaw::File { file: "-".into(), why: why.to_string() };
        let copy = PrivateFolder::new("verify").map_err(|why| unread(&why.what))?;
        let path = copy.file("export.jsonl");
        let to = path.clone();
        let copied = Handle::current().spawn_blocking(move || {
            File::create_new(to).and_then(|mut file| std::io::copy(&mut std::io::stdin().lock(), &mut file))
        });
        match copied.await.map_err(|why| unread(&why))?.map_err(|why| unread(&why))? {
            0 => Err(Flaw::NoRecords { file: "-".into(), why: "nothing came in" }),
            _ => Ok(Self::Export { path, copy: Some(copy) }),
        }
    }

    async fn copied(path: &Path) -> Result<Self, Flaw> {
        let (copy, opened) = JournalCopy::take(path).await?;
        let journal = opened.map_err(|why| said(Some(&copy), None, why))?;
        let end = journal.head().await.map_err(|why| said(Some(&copy), None, why))?;
        Ok(Self::Journal { journal: Arc::new(journal), end, copy: Some(copy) })
    }

    /// What the source itself says of its end: it must hold that.
    pub(crate) const fn promised(&self) -> Option<Head> {
        match self {
            Self::Journal { end, .. } => Some(*end),
            Self::Export { .. } => None,
        }
    }

    /// Reads from the first record on.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub(crate) fn walk(&self) -> Result<Walk<'_>, Flaw> {
        self.walk_behind(0)
    }

    /// The same from behind a record of the journal on. An export begins where it begins.
    ///
    /// # Errors
    ///
    /// As [`walk`](Self::walk).
    pub(crate) fn walk_behind(&self, seq: u64) -> Result<Walk<'_>, Flaw> {
        let next = seq.saturating_add(1);
        let lines = match self {
            Self::Journal { .. } => None,
            Self::Export { path, .. } => Some(BufReader::new(File::open(path).map_err(|why| unread(path, &why))?)),
        };
        Ok(Walk { source: self, page: VecDeque::new(), next, at_once: PAGE, lines })
    }
}

/// What a journal says when this record is read, of the file that was named.
fn said(copy: Option<&JournalCopy>, seq: Option<u64>, error: JournalError) -> Flaw {
    let Some(copy) = copy else { return Flaw::of(seq, error) };
    let of = |text: String| copy.of_original(&text);
    Flaw::of(
        seq,
        match error {
            JournalError::Corrupted { what, why } => JournalError::Corrupted { what: of(what), why: of(why) },
            JournalError::Unavailable { why } => JournalError::Unavailable { why: of(why) },
            other => other,
        },
    )
}

/// Whether this process may write a file, or in a folder.
fn may_write(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

fn unread(path: &Path, why: &std::io::Error) -> Flaw {
    Flaw::File { file: path.display().to_string(), why: why.to_string() }
}

/// A walk over all records.
pub(crate) struct Walk<'a> {
    source: &'a Source,
    page: VecDeque<Record>,
    /// The number of the record, or the line, that comes next.
    next: u64,
    /// How many records are read at once: fewer where one of them cannot be read.
    at_once: usize,
    lines: Option<BufReader<File>>,
}

impl Walk<'_> {
    /// The next record; nothing at the end.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub(crate) async fn next(&mut self) -> Result<Option<Record>, Flaw> {
        match (self.source, &mut self.lines) {
            (Source::Journal { journal, end, copy }, _) => {
                // All before the first that is damaged is read, and that one named.
                while self.page.is_empty() && self.next <= end.seq {
                    match journal.read(self.next, self.at_once).await {
                        Ok(page) if page.is_empty() => break,
                        Ok(page) => self.page = page.into(),
                        Err(JournalError::Corrupted { .. }) if self.at_once > 1 => self.at_once /= 2,
                        Err(why) => return Err(said(copy.as_ref(), Some(self.next), why)),
                    }
                }
                let record = self.page.pop_front().filter(|record| record.seq <= end.seq);
                self.next = record.as_ref().map_or(u64::MAX, |record| record.seq.saturating_add(1));
                Ok(record)
            }
            (Source::Export { path, copy }, Some(lines)) => {
                let named = if copy.is_some() { "-".into() } else { path.display().to_string() };
                let mut line = Vec::new();
                let read = lines.by_ref().take(LONGEST).read_until(b'\n', &mut line);
                let read = read.map_err(|why| unread(path, &why))?;
                let number = self.next;
                self.next = number.saturating_add(1);
                if read == 0 {
                    return Ok(None);
                }
                let bad =
                    |why: serde_json::Error| Flaw::Line { file: named.clone(), line: number, why: why.to_string() };
                let record: Record = serde_json::from_slice(&line).map_err(bad)?;
                if number == 1 && record.seq > 1 {
                    return Err(Flaw::Later { file: named, seq: record.seq });
                }
                Ok(Some(record))
            }
            (Source::Export { .. }, None) => Ok(None),
        }
    }
}
