//! The numbers with which the program ends. They are a promise: scripts read them.

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It is done.
    Done,
    /// What was looked at does not hold.
    DoesNotHold,
    /// What stands on the command line, or in `moai.toml`, cannot be meant.
    Usage,
    /// What the approved command ended with.
    Command(u8),
    /// The gate was rejected.
    Rejected,
    /// Somebody with a veto said no.
    Vetoed,
    /// Its time was up before it was decided.
    TimedOut,
    /// So many voters failed that approval could not be reached any more.
    OutOfReach,
    /// Somebody is proven to have lied, or what would run is not what was approved.
    Fraud,
    /// The program itself failed: nothing was run.
    Failed,
    /// The approved command was found, and could not be run.
    NotRunnable,
    /// The command is not there.
    NotFound,
    /// A signal ended it; nothing was run.
    Interrupted(u8),
}

impl Exit {
    /// The number.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::DoesNotHold => 1,
            Self::Usage => 2,
            Self::Command(code) => code,
            Self::Rejected => 120,
            Self::Vetoed => 121,
            Self::TimedOut => 122,
            Self::OutOfReach => 123,
            Self::Fraud => 124,
            Self::Failed => 125,
            Self::NotRunnable => 126,
            Self::NotFound => 127,
            Self::Interrupted(signal) => 128_u8.saturating_add(signal),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}
