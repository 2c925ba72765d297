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
    /// What is stored is not what was written: a record, or what all of them lie in.
    #[error("{}{why}", .seq.map_or_else(String::new, |seq| format!("record {seq} does not hold: ")))]
    Damaged {
        /// The number of the record; none where it is not in one.
        seq: Option<u64>,
        /// Where, and how it shows.
        why: String,
    },
    /// The journal could not be read.
    #[error(transparent)]
    Journal(JournalError),
    /// A line of an export is no record.
    #[error("record {line} does not hold: line {line} of {file} is no record: {why}")]
    Line {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        why: String,
    },
    /// An export does not begin at the beginning.
    #[error("{file} begins with record {seq}: what is before it is not there, and nothing can be said of what follows")]
    Later {
        /// The file.
        file: String,
        /// Its first record.
        seq: u64,
    },
    /// What is in a file was never written by this program.
    #[error("{file} holds no records: {why}")]
    NoRecords {
        /// The file.
        file: String,
        /// What it is instead.
        why: &'static str,
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
    /// What a journal says when this record is read, or when it is opened.
    pub(super) fn of(seq: Option<u64>, error: JournalError) -> Self {
        match error {
            JournalError::Bad(bad) => Self::Damaged { seq, why: bad.to_string() },
            // What it says behind that is to be done with it is for those who serve it.
            JournalError::Corrupted { what, why } => {
                let how = why.split(';').next().unwrap_or_default();
                Self::Damaged { seq, why: format!("{what} is damaged: {how}") }
            }
            error => Self::Journal(error),
        }
    }

    /// A stable name.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Record(flawed) => flawed.code(),
            Self::Gate { code, .. } => code,
            Self::Unreadable { .. } => "gate.unreadable",
            Self::Damaged { .. } => "journal.corrupted",
            Self::Journal(error) => error.code(),
            Self::Line { .. } => "records.line",
            Self::Later { .. } => "records.later",
            Self::NoRecords { .. } => "records.none",
            Self::File { .. } => "records.file",
        }
    }

    /// The first record that does not hold, where there is one.
    pub(crate) const fn seq(&self) -> Option<u64> {
        match self {
            Self::Record(flawed) => Some(flawed.seq),
            Self::Gate { seq, .. } | Self::Unreadable { seq, .. } => Some(*seq),
            Self::Damaged { seq, .. } => *seq,
            // An export has a line for each record from the first on.
            Self::Line { line, .. } => Some(*line),
            Self::Later { seq, .. } => Some(*seq),
            Self::Journal(_) | Self::NoRecords { .. } | Self::File { .. } => None,
        }
    }

    /// What it is, for people. Looking changes nothing, so that needs not be said.
    pub(crate) fn said(&self) -> String {
        let said = self.to_string();
        said.strip_suffix("; nothing changed").map_or_else(|| said.clone(), str::to_owned)
    }

    /// Whether what was read does not hold; else it could not be read.
    pub(crate) const fn is_found(&self) -> bool {
        !matches!(self, Self::Journal(_) | Self::File { .. })
    }
}

impl From<Flaw> for Failure {
    fn from(flaw: Flaw) -> Self {
        let exit = if flaw.is_found() { Exit::DoesNotHold } else { Exit::Failed };
        let failure = Self::failed(flaw.code(), flaw.said()).with(exit);
        if let Flaw::Later { .. } = flaw {
            return failure.and_then("what was exported with --after is verified behind what was exported before: cat FIRST REST | moai verify -");
        }
        match (flaw.is_found(), flaw.seq()) {
            (true, Some(_)) => failure.and_then("nothing from that record on can be trusted; keep the file as it is, and compare it with a backup or an export"),
            (true, None) => failure.and_then("keep the file as it is, and compare it with a backup or an export"),
            (false, _) => failure,
        }
    }
}
