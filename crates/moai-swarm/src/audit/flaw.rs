//! What can be wrong with a record of a swarm.

use moai_core::{Aftermath, Coded, InvalidInput, RecordKind, SwarmId};

/// The first record that does not hold. Nothing behind it can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("record {seq}{} {flaw}; nothing changed", self.kind.as_ref().map(|kind| format!(" ({kind})")).unwrap_or_default())]
#[non_exhaustive]
pub struct Flawed {
    /// The number of the record.
    pub seq: u64,
    /// Its kind; none where a record is missing, or where the store does not agree with the record.
    pub kind: Option<RecordKind>,
    /// What is wrong with it.
    pub flaw: Box<Flaw>,
}

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// A record of a vote does not hold, or the chain does not.
    #[error(transparent)]
    Vote(moai_consensus::audit::Flaw),
    /// A record of a commit is none.
    #[error("does not read: {0}")]
    Unreadable(InvalidInput),
    /// A record of a task is none.
    #[error("does not read as a record of a task")]
    Task,
    /// It tells the outcome of what was not intended, or has an outcome already.
    #[error("tells what became of record {intended}, which intends nothing that is open")]
    NotIntended {
        /// The number that it names.
        intended: u64,
    },
    /// The numbers do not fit the changes that were intended.
    #[error("gives {changes} changes in {swarm} the numbers {first} to {last}")]
    Numbers {
        /// Of which swarm.
        swarm: SwarmId,
        /// How many changes were intended.
        changes: u64,
        /// The first number.
        first: u64,
        /// The last number.
        last: u64,
    },
    /// Something was committed past the record, or numbers went back.
    #[error("begins at version {got} of {swarm}, and {due} is due: something was committed past the record")]
    Version {
        /// Of which swarm.
        swarm: SwarmId,
        /// The number that is due.
        due: u64,
        /// The number that stands there.
        got: u64,
    },
    /// The store was made anew since.
    #[error("is the last commit to {swarm}, and the store was rebuilt since")]
    Rebuilt {
        /// Of which swarm.
        swarm: SwarmId,
    },
    /// The store stands elsewhere than the record ends.
    #[error("is the last commit to {swarm}, to version {recorded}, and the store stands at {stands}")]
    Standing {
        /// Of which swarm.
        swarm: SwarmId,
        /// Where the record ends.
        recorded: u64,
        /// Where the store stands.
        stands: u64,
    },
    /// The store does not hold what was committed.
    #[error("committed {key:?} of {swarm}, and the store holds something else")]
    Value {
        /// Of which swarm.
        swarm: SwarmId,
        /// Which key, behind its namespace.
        key: String,
    },
    /// The store holds what nobody committed.
    #[error("is the last commit to {swarm}, and the store holds {key:?}, which is not on record")]
    Unrecorded {
        /// Of which swarm.
        swarm: SwarmId,
        /// Which key, behind its namespace.
        key: String,
    },
}

impl Flawed {
    /// Every code of this error's own; votes have the codes of
    /// [`moai_consensus::audit::Flawed`], the chain those of [`BadRecord`](moai_core::BadRecord).
    pub const CODES: &'static [&'static str] = &[
        "audit.bad_commit",
        "audit.bad_task",
        "audit.not_intended",
        "audit.numbers",
        "audit.version",
        "audit.rebuilt",
        "audit.standing",
        "audit.value",
        "audit.unrecorded",
    ];
}

impl From<moai_consensus::audit::Flawed> for Flawed {
    fn from(moai_consensus::audit::Flawed { seq, kind, flaw, .. }: moai_consensus::audit::Flawed) -> Self {
        Self { seq, kind, flaw: Box::new(Flaw::Vote(*flaw)) }
    }
}

impl Coded for Flawed {
    fn code(&self) -> &'static str {
        match self.flaw.as_ref() {
            Flaw::Vote(flaw) => moai_consensus::audit::Flawed::new(self.seq, self.kind.clone(), flaw.clone()).code(),
            Flaw::Unreadable(_) => "audit.bad_commit",
            Flaw::Task => "audit.bad_task",
            Flaw::NotIntended { .. } => "audit.not_intended",
            Flaw::Numbers { .. } => "audit.numbers",
            Flaw::Version { .. } => "audit.version",
            Flaw::Rebuilt { .. } => "audit.rebuilt",
            Flaw::Standing { .. } => "audit.standing",
            Flaw::Value { .. } => "audit.value",
            Flaw::Unrecorded { .. } => "audit.unrecorded",
        }
    }

    fn aftermath(&self) -> Aftermath {
        Aftermath::NothingChanged
    }
}
