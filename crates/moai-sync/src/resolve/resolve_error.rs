//! Why versions of a state could not be resolved.

use std::time::Duration;

use moai_core::{Aftermath, AgentId, Coded, StateKey};

use crate::CrdtType;

/// Why versions of a state could not be resolved. It names the key, and whose version does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// There is no version.
    #[error("there is no version of {state_key} to resolve; nothing changed")]
    Empty {
        /// Of which key.
        state_key: StateKey,
    },
    /// A version is of another key.
    #[error("the version of {agent_id} is of {got}, and not of {state_key}; nothing changed")]
    OtherKey {
        /// The key that is to be resolved.
        state_key: StateKey,
        /// Whose version.
        agent_id: AgentId,
        /// The key it is of.
        got: StateKey,
    },
    /// A version is from too far in the future: it would win for ever.
    #[error(
        "the version of {state_key} by {agent_id} is {ahead:?} ahead of the clock, the limit is {limit:?}; nothing changed"
    )]
    ClockAhead {
        /// Of which key.
        state_key: StateKey,
        /// Whose version.
        agent_id: AgentId,
        /// How far ahead.
        ahead: Duration,
        /// How far it may be.
        limit: Duration,
    },
    /// Two versions merge in different ways.
    #[error("{state_key} is a {kind} by {agent_id} and a {other_kind} by {other}; nothing changed")]
    MixedTypes {
        /// Of which key.
        state_key: StateKey,
        /// Whose version.
        agent_id: AgentId,
        /// How it merges.
        kind: CrdtType,
        /// Whose other version.
        other: AgentId,
        /// How that merges.
        other_kind: CrdtType,
    },
    /// A value cannot be merged in the way that it says.
    #[error("{state_key} by {agent_id} is {got}, which is no {kind}; nothing changed")]
    WrongValue {
        /// Of which key.
        state_key: StateKey,
        /// Whose version.
        agent_id: AgentId,
        /// How it says that it merges.
        kind: CrdtType,
        /// What it is.
        got: &'static str,
    },
    /// What comes out is too large to be a number.
    #[error("the sum of {state_key} does not fit into 64 bits; nothing changed")]
    Overflow {
        /// Of which key.
        state_key: StateKey,
    },
    /// A strategy of your own says why.
    #[error("{state_key} is not resolved: {why}; nothing changed")]
    Refused {
        /// Of which key.
        state_key: StateKey,
        /// What it says.
        why: String,
    },
}

impl ResolveError {
    /// Every code that this error can carry.
    pub const CODES: &'static [&'static str] = &[
        "resolve.empty",
        "resolve.other_key",
        "resolve.clock_ahead",
        "resolve.mixed_types",
        "resolve.wrong_value",
        "resolve.overflow",
        "resolve.refused",
    ];
}

impl Coded for ResolveError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "resolve.empty",
            Self::OtherKey { .. } => "resolve.other_key",
            Self::ClockAhead { .. } => "resolve.clock_ahead",
            Self::MixedTypes { .. } => "resolve.mixed_types",
            Self::WrongValue { .. } => "resolve.wrong_value",
            Self::Overflow { .. } => "resolve.overflow",
            Self::Refused { .. } => "resolve.refused",
        }
    }

    fn aftermath(&self) -> Aftermath {
        Aftermath::NothingChanged
    }
}
