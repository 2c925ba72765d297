//! Why a question could not be put.

use moai_core::{
    Aftermath, AlgorithmName, ChanceError, Coded, CoordinatorError, InvalidInput, JournalError, ProposalId, StoreError,
};

use crate::{OpenError, VoteError};

/// Why a question could not be put, or has no answer. What a swarm answers is never an error: see
/// [`Outcome`](crate::Outcome).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The input itself does not fit.
    #[error(transparent)]
    Input(#[from] InvalidInput),
    /// No algorithm is registered under that name.
    #[error("no algorithm is registered as {name}: there is {}; nothing changed", .known.join(", "))]
    UnknownAlgorithm {
        /// The name.
        name: AlgorithmName,
        /// The names that are known.
        known: Vec<String>,
    },
    /// A question of that name is open.
    #[error("{proposal} is open already; nothing changed")]
    AlreadyOpen {
        /// The name.
        proposal: ProposalId,
    },
    /// As many questions are open as may be.
    #[error("{limit} proposals are open, and no more may be; nothing changed")]
    TooManyOpen {
        /// How many may be.
        limit: usize,
    },
    /// The algorithm does not take this electorate.
    #[error("{0}")]
    Open(OpenError),
    /// The algorithm, or its rule, panicked: its vote ends undecided, and no other.
    #[error("the algorithm of {proposal} panicked, and its vote is not decided; nothing changed")]
    Panicked {
        /// Which proposal.
        proposal: ProposalId,
    },
    /// The algorithm did not decide at its deadline, as it must.
    #[error("the algorithm of {proposal} did not decide at its deadline; nothing changed")]
    Undecided {
        /// Which proposal.
        proposal: ProposalId,
    },
    /// An earlier life of the manager ended it without an outcome.
    #[error("{proposal} has ended without an outcome before: {why}; nothing changed")]
    Abandoned {
        /// Which proposal.
        proposal: ProposalId,
        /// What was the matter.
        why: String,
    },
    /// Its algorithm does not take what it had taken: it is registered with other settings now.
    #[error("the algorithm of {proposal} does not take the ballots that it had taken ({why}); nothing changed")]
    Changed {
        /// Which proposal.
        proposal: ProposalId,
        /// Of which ballot, and what it says.
        why: Box<VoteError>,
    },
    /// There was no chance to draw a name from.
    #[error(transparent)]
    Chance(#[from] ChanceError),
    /// The manager could not join the swarm.
    #[error("the manager cannot join: {0}")]
    Join(CoordinatorError),
    /// The memory did not tell what an earlier life has counted.
    #[error("the statistics cannot be looked up: {0}")]
    Memory(StoreError),
    /// What was decided, if anything was, could not be made durable: it is not told, and counts as not decided.
    #[error("what was decided, if anything was, is not recorded ({0}): recover from the journal; stop this agent")]
    Journal(JournalError),
    /// The manager has stopped; what was open is not decided.
    #[error("the manager has stopped, and what was open is not decided; may be half done")]
    Stopped,
    /// There is no runtime to run on, or one too many.
    #[error("{why}; nothing changed")]
    Runtime {
        /// What the matter is.
        why: String,
    },
}

impl RequestError {
    /// Every code of this error's own; what stands inside it has its own codes.
    pub const CODES: &'static [&'static str] = &[
        "consensus.unknown_algorithm",
        "consensus.already_open",
        "consensus.too_many_open",
        "consensus.panicked",
        "consensus.undecided",
        "consensus.abandoned",
        "consensus.changed",
        "consensus.stopped",
        "consensus.runtime",
    ];
}

impl From<OpenError> for RequestError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Input(input) => Self::Input(input),
            other => Self::Open(other),
        }
    }
}

impl Coded for RequestError {
    fn code(&self) -> &'static str {
        match self {
            Self::Input(inner) => inner.code(),
            Self::UnknownAlgorithm { .. } => "consensus.unknown_algorithm",
            Self::AlreadyOpen { .. } => "consensus.already_open",
            Self::TooManyOpen { .. } => "consensus.too_many_open",
            Self::Panicked { .. } => "consensus.panicked",
            Self::Undecided { .. } => "consensus.undecided",
            Self::Abandoned { .. } => "consensus.abandoned",
            Self::Changed { .. } => "consensus.changed",
            Self::Open(inner) => inner.code(),
            Self::Chance(inner) => inner.code(),
            Self::Join(inner) => inner.code(),
            Self::Memory(inner) => inner.code(),
            Self::Journal(inner) => inner.code(),
            Self::Stopped => "consensus.stopped",
            Self::Runtime { .. } => "consensus.runtime",
        }
    }

    fn aftermath(&self) -> Aftermath {
        match self {
            Self::Journal(_) => Aftermath::StopThisAgent,
            Self::Stopped => Aftermath::MayBeHalfDone,
            _ => Aftermath::NothingChanged,
        }
    }
}
