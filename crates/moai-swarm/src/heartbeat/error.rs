//! What a monitor refuses.

use moai_core::{Aftermath, AgentId, Coded, CoordinatorError, InvalidInput};

use super::LeaseEpoch;

/// Why a monitor did not do as it was asked.
///
/// ```
/// use moai_core::Coded;
/// use moai_swarm::heartbeat::HeartbeatError;
/// assert_eq!(HeartbeatError::Full { limit: 3 }.code(), "heartbeat.full");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeartbeatError {
    /// The input itself, or an option, does not fit.
    #[error(transparent)]
    Input(#[from] InvalidInput),
    /// The coordinator did not let the monitor in.
    #[error(transparent)]
    Coordinator(#[from] CoordinatorError),
    /// Nobody of that name is watched.
    #[error("{agent} is not watched; nothing changed")]
    Unknown {
        /// The name.
        agent: AgentId,
    },
    /// No class of that name has a lease.
    #[error("the class {class:?} has no lease; nothing changed")]
    UnknownClass {
        /// The name.
        class: String,
    },
    /// It speaks for a lease that has expired or was another's.
    #[error("{agent} speaks for epoch {got}, its lease has epoch {current}; nothing changed")]
    Fenced {
        /// Who speaks.
        agent: AgentId,
        /// For which epoch.
        got: LeaseEpoch,
        /// The epoch that counts.
        current: LeaseEpoch,
    },
    /// As many agents are watched as may be.
    #[error("{limit} agents are watched, that is the limit; nothing changed")]
    Full {
        /// The limit.
        limit: usize,
    },
    /// It was called outside of a tokio runtime.
    #[error("there is no runtime: {why}; nothing changed")]
    Runtime {
        /// What the runtime says.
        why: String,
    },
}

impl HeartbeatError {
    /// Every code of this error's own.
    pub const CODES: &'static [&'static str] =
        &["heartbeat.unknown", "heartbeat.unknown_class", "heartbeat.fenced", "heartbeat.full", "heartbeat.runtime"];
}

impl Coded for HeartbeatError {
    fn code(&self) -> &'static str {
        match self {
            Self::Input(input) => input.code(),
            Self::Coordinator(error) => error.code(),
            Self::Unknown { .. } => "heartbeat.unknown",
            Self::UnknownClass { .. } => "heartbeat.unknown_class",
            Self::Fenced { .. } => "heartbeat.fenced",
            Self::Full { .. } => "heartbeat.full",
            Self::Runtime { .. } => "heartbeat.runtime",
        }
    }

    fn aftermath(&self) -> Aftermath {
        match self {
            Self::Coordinator(error) => error.aftermath(),
            _ => Aftermath::NothingChanged,
        }
    }
}
