//! Where records are read from.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use moai_flow::{Head, Journal as _, Record};

use super::Flaw;
use crate::failure::Failure;
use crate::home::Home;
use crate::shared_journal::SharedJournal;

/// How many records are read at once.
const PAGE: usize = 1_000;

/// The longest line of an export that is read: a record is shorter.
const LONGEST: u64 = 64 << 20;

/// Where records are read from: a journal, or an export of one.
#[derive(Debug)]
pub(crate) enum Source {
    /// A journal, and where it ended when it was opened: what is written meanwhile is for the next reader.
    Journal { journal: SharedJournal, end: Head },
    /// Lines of JSON, one a record.
    Export { path: PathBuf },
}

impl Source {
    /// The records of this folder; nothing where nothing was ever recorded.
    ///
    /// # Errors
    ///
    /// When the journal cannot be opened.
    pub(crate) async fn of(home: &Home) -> Result<Option<Self>, Failure> {
        if !home.journal().exists() {
            return Ok(None);
        }
        Self::journal(SharedJournal::of(home)).await.map(Some)
    }

    /// The records in a file: a journal, or an export of one.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub(crate) async fn file(path: &Path) -> Result<Self, Failure> {
        let mut first = [0];
        let read = File::open(path).and_then(|mut file| file.read(&mut first));
        match read {
            Ok(1) if first == *b"{" => Ok(Self::Export { path: path.to_path_buf() }),
            Ok(_) => Self::journal(SharedJournal::at(path)).await,
            Err(why) => Err(Failure::failed("records.file", format!("{} cannot be read: {why}", path.display()))),
        }
    }

    async fn journal(journal: SharedJournal) -> Result<Self, Failure> {
        let end = journal.head().await.map_err(|why| Failure::of(&why))?;
        Ok(Self::Journal { journal, end })
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
            Self::Export { path } => Some(BufReader::new(File::open(path).map_err(|why| unread(path, &why))?)),
        };
        Ok(Walk { source: self, page: VecDeque::new(), next, lines })
    }
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
            (Source::Journal { journal, end }, _) => {
                if self.page.is_empty() && self.next <= end.seq {
                    self.page = journal.read(self.next, PAGE).await?.into();
                }
                let record = self.page.pop_front().filter(|record| record.seq <= end.seq);
                self.next = record.as_ref().map_or(u64::MAX, |record| record.seq.saturating_add(1));
                Ok(record)
            }
            (Source::Export { path }, Some(lines)) => {
                let mut line = String::new();
                let read = lines.by_ref().take(LONGEST).read_line(&mut line).map_err(|why| unread(path, &why))?;
                let number = self.next;
                self.next = number.saturating_add(1);
                if read == 0 {
                    return Ok(None);
                }
                let bad = |why: serde_json::Error| Flaw::Line {
                    file: path.display().to_string(),
                    line: number,
                    why: why.to_string(),
                };
                serde_json::from_str(&line).map(Some).map_err(bad)
            }
            (Source::Export { .. }, None) => Ok(None),
        }
    }
}
