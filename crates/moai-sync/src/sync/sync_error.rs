//! Why a synchronization did not come about.

use moai_core::{Aftermath, AgentId, ChanceError, Coded, CoordinatorError, InvalidInput, StateKey, StoreError};

use crate::ResolveError;

/// Why a synchronization did not come about.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// The input itself does not fit.
    #[error(transparent)]
    Input(#[from] InvalidInput),
    /// There are agents, and none of them answered.
    #[error("none of {} agents answered, {} among them; nothing changed", missing.len(), .missing.first().map_or("nobody", AgentId::as_str))]
    NobodyAnswered {
        /// Who did not, sorted.
        missing: Vec<AgentId>,
    },
    /// What the agents hold does not go together.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The memory did not do as it was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Others changed the key again and again meanwhile.
    #[error("{state_key} was changed by others {tries} times meanwhile; nothing changed")]
    Contended {
        /// Which key.
        state_key: StateKey,
        /// How often it was tried.
        tries: u32,
    },
    /// The coordinator did not do as it was asked.
    #[error(transparent)]
    Coordinator(#[from] CoordinatorError),
    /// There was no chance to draw from.
    #[error(transparent)]
    Chance(#[from] ChanceError),
    /// The synchronizer has stopped.
    #[error("the synchronizer has stopped; nothing changed")]
    Stopped,
    /// There is no runtime to run on.
    #[error("{0}; nothing changed")]
    Runtime(String),
}

impl SyncError {
    /// Every code of this error's own; what stands inside it has its own codes.
    pub const CODES: &'static [&'static str] =
        &["sync.nobody_answered", "sync.contended", "sync.stopped", "sync.runtime"];
}

impl Coded for SyncError {
    fn code(&self) -> &'static str {
        match self {
            Self::Input(inner) => inner.code(),
            Self::NobodyAnswered { .. } => "sync.nobody_answered",
            Self::Resolve(inner) => inner.code(),
            Self::Store(inner) => inner.code(),
            Self::Contended { .. } => "sync.contended",
            Self::Coordinator(inner) => inner.code(),
            Self::Chance(inner) => inner.code(),
            Self::Stopped => "sync.stopped",
            Self::Runtime(_) => "sync.runtime",
        }
    }

    fn aftermath(&self) -> Aftermath {
        match self {
            Self::Store(inner) => inner.aftermath(),
            Self::Coordinator(inner) => inner.aftermath(),
            _ => Aftermath::NothingChanged,
        }
    }
}
