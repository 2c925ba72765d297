//! Why a synchronization did not come about.

use std::time::Duration;

use moai_core::{Aftermath, AgentId, ChanceError, Coded, CoordinatorError, InvalidInput, StateKey, StoreError};

use super::Refused;
use crate::ResolveError;

/// Why a synchronization did not come about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// The input itself does not fit.
    #[error(transparent)]
    Input(#[from] InvalidInput),
    /// There are agents, and none of them answered.
    #[error("none of {} agents answered: {}; nothing changed", .missing.len() + .refused.len(), first(.missing, .refused))]
    NobodyAnswered {
        /// Who did not in time, sorted.
        missing: Vec<AgentId>,
        /// Who could not be asked, or gave an answer that cannot be read, and why, sorted.
        refused: Vec<Refused>,
    },
    /// There was no room for one more round.
    #[error("so many rounds are under way that none could begin within {waited:?}; nothing changed")]
    Busy {
        /// How long it waited.
        waited: Duration,
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
    #[error("{why}; nothing changed")]
    Runtime {
        /// What the matter is.
        why: String,
    },
}

fn first(missing: &[AgentId], refused: &[Refused]) -> String {
    let refused = || refused.first().map(|refused| format!("{}: {}", refused.agent_id, refused.why));
    let missing = || missing.first().map(|agent| format!("{agent} did not in time"));
    refused().or_else(missing).unwrap_or_default()
}

impl SyncError {
    /// Every code of this error's own; what stands inside it has its own codes.
    pub const CODES: &'static [&'static str] =
        &["sync.nobody_answered", "sync.busy", "sync.contended", "sync.stopped", "sync.runtime"];
}

impl Coded for SyncError {
    fn code(&self) -> &'static str {
        match self {
            Self::Input(inner) => inner.code(),
            Self::NobodyAnswered { .. } => "sync.nobody_answered",
            Self::Busy { .. } => "sync.busy",
            Self::Resolve(inner) => inner.code(),
            Self::Store(inner) => inner.code(),
            Self::Contended { .. } => "sync.contended",
            Self::Coordinator(inner) => inner.code(),
            Self::Chance(inner) => inner.code(),
            Self::Stopped => "sync.stopped",
            Self::Runtime { .. } => "sync.runtime",
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
