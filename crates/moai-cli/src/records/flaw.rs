//! Why the records do not hold.

use moai_flow::swarm::audit::Flawed;
use moai_flow::{Coded, InvalidInput, JournalError, ProposalId};

use crate::exit::Exit;
use crate::failure::Failure;

/// Why the records do not hold, or cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Flaw {
    /// A record does not hold by itself.
    #[error(transparent)]
    Record(#[from] Flawed),
    /// A gate did what it may not.
    #[error("record {seq} of gate {gate} does not hold: {what}")]
    Gate {
        /// The number of the record.
        seq: u64,
        /// The gate.
        gate: ProposalId,
        /// A stable name.
        code: &'static str,
        /// What is wrong.
        what: String,
    },
    /// A record of a gate is none.
    #[error("record {seq} does not read: {why}")]
    Unreadable {
        /// The number of the record.
        seq: u64,
        /// What is wrong.
        why: InvalidInput,
    },
    /// The journal could not be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A line of an export is no record.
    #[error("line {line} of {file} is no record: {why}")]
    Line {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        why: String,
    },
    /// A file cannot be read.
    #[error("{file} cannot be read: {why}")]
    File {
        /// The file.
        file: String,
        /// What is wrong.
        why: String,
    },
}

impl Flaw {
    /// A stable name.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Record(flawed) => flawed.code(),
            Self::Gate { code, .. } => code,
            Self::Unreadable { .. } => "gate.unreadable",
            Self::Journal(error) => error.code(),
            Self::Line { .. } => "records.line",
            Self::File { .. } => "records.file",
        }
    }

    /// The first record that does not hold, where there is one.
    pub(crate) const fn seq(&self) -> Option<u64> {
        match self {
            Self::Record(flawed) => Some(flawed.seq),
            Self::Gate { seq, .. } | Self::Unreadable { seq, .. } => Some(*seq),
            _ => None,
        }
    }
}

impl From<Flaw> for Failure {
    fn from(flaw: Flaw) -> Self {
        let exit = if flaw.seq().is_some() { Exit::DoesNotHold } else { Exit::Failed };
        let failure = Self::failed(flaw.code(), &flaw).with(exit);
        match flaw.seq() {
            Some(_) => failure.and_then("nothing behind that record can be trusted; keep the file as it is, and compare it with a backup or an export"),
            None => failure,
        }
    }
}
