//! Why an agent is not there, or did not go as it should.

use moai_core::{Aftermath, AgentId, Coded, CoordinatorError};

/// Why an agent is not there, or did not go as it should.
///
/// ```
/// use moai_core::{Coded, agent_id};
/// use moai_swarm::AgentError;
///
/// let error = AgentError::OtherAgent { agent: agent_id!("agent-1"), replica: agent_id!("agent-2") };
/// assert_eq!(error.code(), "agent.other_agent");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AgentError {
    /// The coordinator did not do it.
    #[error(transparent)]
    Coordinator(#[from] CoordinatorError),
    /// The replica is another agent's: what it tells would go under another name.
    #[error("{agent} cannot share the replica of {replica}; nothing changed")]
    OtherAgent {
        /// Who was to join.
        agent: AgentId,
        /// Whose replica it is.
        replica: AgentId,
    },
    /// It was called outside of a tokio runtime, or that ended.
    #[error("there is no runtime: {why}; nothing changed")]
    Runtime {
        /// What the runtime says.
        why: String,
    },
    /// One of the agent's handlers panicked, and took it out of the swarm.
    #[error("a handler of {agent} panicked: {why}; the agent has left, what it had begun may be half done")]
    Panicked {
        /// Whose handler.
        agent: AgentId,
        /// What it said.
        why: String,
    },
    /// One of the agent's handlers holds up its thread. The agent goes when that lets it.
    #[error(
        "{agent} does not end, one of its handlers blocks; it leaves as soon as that returns; what it has begun may be half done"
    )]
    Stuck {
        /// Who.
        agent: AgentId,
    },
}

impl AgentError {
    /// Every code of this error's own.
    pub const CODES: &'static [&'static str] = &["agent.other_agent", "agent.runtime", "agent.panicked", "agent.stuck"];
}

impl Coded for AgentError {
    fn code(&self) -> &'static str {
        match self {
            Self::Coordinator(error) => error.code(),
            Self::OtherAgent { .. } => "agent.other_agent",
            Self::Runtime { .. } => "agent.runtime",
            Self::Panicked { .. } => "agent.panicked",
            Self::Stuck { .. } => "agent.stuck",
        }
    }

    fn aftermath(&self) -> Aftermath {
        match self {
            Self::Coordinator(error) => error.aftermath(),
            Self::OtherAgent { .. } | Self::Runtime { .. } => Aftermath::NothingChanged,
            Self::Panicked { .. } | Self::Stuck { .. } => Aftermath::MayBeHalfDone,
        }
    }
}
