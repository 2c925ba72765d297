//! How a gate ends without its command.

use crate::exit::Exit;
use crate::failure::Failure;

/// Why a gate ends without its command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    pub(super) kind: Kind,
    pub(super) why: String,
}

/// The kinds of ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Rejected,
    Vetoed,
    TimedOut,
    OutOfReach,
    Fraud,
    Interrupted(u8),
    /// What went wrong, with its name, and what to do.
    Failed(Box<Failure>),
}

/// The word for what went wrong.
pub(super) const FAILED: &str = "failed";

impl End {
    pub(super) fn new(kind: Kind, why: impl Into<String>) -> Self {
        Self { kind, why: why.into() }
    }

    /// The word for it.
    pub(super) const fn word(&self) -> &'static str {
        match self.kind {
            Kind::Rejected => "rejected",
            Kind::Vetoed => "vetoed",
            Kind::TimedOut => "timed_out",
            Kind::OutOfReach => "out_of_reach",
            Kind::Fraud => "fraud",
            Kind::Interrupted(_) => "interrupted",
            Kind::Failed(_) => FAILED,
        }
    }

    pub(super) fn exit(&self) -> Exit {
        match &self.kind {
            Kind::Rejected => Exit::Rejected,
            Kind::Vetoed => Exit::Vetoed,
            Kind::TimedOut => Exit::TimedOut,
            Kind::OutOfReach => Exit::OutOfReach,
            Kind::Fraud => Exit::Fraud,
            Kind::Interrupted(signal) => Exit::Interrupted(*signal),
            Kind::Failed(failure) => failure.exit,
        }
    }
}

impl From<Failure> for End {
    fn from(failure: Failure) -> Self {
        let why = failure.what.clone();
        let kind = if failure.exit == Exit::Fraud { Kind::Fraud } else { Kind::Failed(Box::new(failure)) };
        Self { kind, why }
    }
}
