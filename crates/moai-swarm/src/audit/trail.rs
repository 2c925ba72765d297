//! Verifying the trail of a swarm, record by record.

use std::fmt;

use moai_consensus::Entry;
use moai_consensus::audit::Audit;
use moai_core::{MemoryProvider, Record, RecordKind, record_kind};

use super::commits::Commits;
use super::{CommitRecord, Flaw, Flawed, Report, VerifyError};
use crate::tasks::is_task;

const TASK: RecordKind = record_kind!("task");

/// Verifies the trail of a swarm, record by record. It reads no journal itself: [`verify`](super::verify) does.
#[derive(Debug)]
#[must_use]
pub struct Trail {
    votes: Audit,
    commits: Commits,
    report: Report,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// Something of a vote.
    Vote(Entry),
    /// Something of a commit.
    Commit(CommitRecord),
    /// Something of a task.
    Task,
    /// Something that is not verified, but for its place in the chain.
    Other(RecordKind),
}

impl Trail {
    /// With what is known of votes, and the heads that the journal must go through.
    pub fn new(votes: Audit) -> Self {
        Self { votes, commits: Commits::default(), report: Report::default() }
    }

    /// Takes the next record, and gives what it says.
    ///
    /// # Errors
    ///
    /// The first record that does not hold. Nothing more is to be put in then.
    pub fn take(&mut self, record: &Record) -> Result<Step, Flawed> {
        if let Some(entry) = self.votes.take(record)? {
            return Ok(Step::Vote(entry));
        }
        let bad = |flaw| Flawed { seq: record.seq, kind: Some(record.kind.clone()), flaw: Box::new(flaw) };
        let read =
            CommitRecord::from_payload(&record.kind, &record.payload).map_err(|why| bad(Flaw::Unreadable(why)))?;
        if let Some(commit) = read {
            self.commits.take(record.seq, &commit, &mut self.report).map_err(bad)?;
            return Ok(Step::Commit(commit));
        }
        if record.kind == TASK {
            self.report.tasks += 1;
            return if is_task(&record.payload) { Ok(Step::Task) } else { Err(bad(Flaw::Task)) };
        }
        Ok(Step::Other(record.kind.clone()))
    }

    /// Where the records so far end.
    pub fn head(&self) -> moai_core::Head {
        self.votes.head()
    }

    /// Holds the store against the record: to be called behind the last record, while nobody commits.
    ///
    /// # Errors
    ///
    /// The record that the store does not agree with; or what the store itself says.
    pub async fn against(&mut self, memory: &dyn MemoryProvider) -> Result<(), VerifyError> {
        let compared = self.commits.against(memory, &mut self.report).await;
        compared.map_err(|why| match why {
            Ok((seq, flaw)) => VerifyError::Flawed(Flawed { seq, kind: None, flaw: Box::new(flaw) }),
            Err(store) => VerifyError::Store(store),
        })
    }

    /// Says that there are no more records, and tells what was found.
    ///
    /// # Errors
    ///
    /// When the journal was cut.
    pub fn finish(self) -> Result<Report, Flawed> {
        let Self { votes, commits, mut report } = self;
        report.votes = votes.finish()?;
        commits.finish(&mut report);
        Ok(report)
    }
}

/// In words, for people.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vote(entry) => entry.told().fmt(f),
            Self::Commit(commit) => commit.fmt(f),
            Self::Task => f.write_str("of a task"),
            Self::Other(kind) => write!(f, "{kind}, which is not verified"),
        }
    }
}
