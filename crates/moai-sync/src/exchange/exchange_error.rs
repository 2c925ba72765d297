//! Why an exchange does not begin.

use moai_core::{Aftermath, AgentId, ChanceError, Coded};

/// Why an exchange does not begin. What goes wrong later is told to the log, and the next one makes up for it.
///
/// ```
/// use moai_core::{Coded, agent_id, swarm_id};
/// use moai_sync::{ConflictResolver, Exchange, Replica};
///
/// let mut alone = Exchange::new(swarm_id!("s"), Replica::new(agent_id!("agent-1")), ConflictResolver::crdt());
/// let refused = alone.begin(&agent_id!("agent-2")).unwrap_err();
/// assert_eq!(refused.code(), "exchange.not_a_peer");
/// assert_eq!(refused.to_string(), "agent-2 is not named as a peer; nothing changed");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// Nobody has named it as a peer.
    #[error("{peer} is not named as a peer; nothing changed")]
    NotAPeer {
        /// Who.
        peer: AgentId,
    },
    /// There is no chance to draw a key from.
    #[error(transparent)]
    Chance(#[from] ChanceError),
}

impl ExchangeError {
    /// Every code of this error's own; chance has the codes of [`ChanceError`].
    pub const CODES: &'static [&'static str] = &["exchange.not_a_peer"];
}

impl Coded for ExchangeError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotAPeer { .. } => "exchange.not_a_peer",
            Self::Chance(why) => why.code(),
        }
    }

    fn aftermath(&self) -> Aftermath {
        Aftermath::NothingChanged
    }
}
