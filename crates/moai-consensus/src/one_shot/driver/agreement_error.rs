//! Why there is no outcome here.

use std::sync::Arc;

use moai_core::{Aftermath, AgentId, Coded, Digest, JournalError, ProposalId};

use super::super::Breach;
use crate::RecoverError;

/// Why an agent does not take part in an agreement, or has no outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AgreementError {
    /// The agent may not vote.
    #[error("{agent} does not stand in the electorate; nothing changed")]
    NotEligible {
        /// Which agent.
        agent: AgentId,
    },
    /// Another key stands in the electorate than the agent signs with.
    #[error("{agent} signs with another key than stands in the electorate; nothing changed")]
    OtherKey {
        /// Which agent.
        agent: AgentId,
    },
    /// The setting is about another proposal than was shown.
    #[error("the setting is not about {proposal} with this content; nothing changed")]
    OtherProposal {
        /// Which proposal was shown.
        proposal: ProposalId,
    },
    /// The agent takes part already.
    #[error("the agent takes part in {instance} already; nothing changed")]
    AlreadyOpen {
        /// What the agreement is bound to.
        instance: Digest,
    },
    /// The agent stopped while something was being written, and nobody knows whether it stands in the journal now. Whoever
    /// reads the journal anew, with new [`Agreements`](super::Agreements), knows.
    #[error("what the agent said in {instance} may or may not be in the journal, read it anew; nothing changed")]
    Unsettled {
        /// What the agreement is bound to.
        instance: Digest,
    },
    /// The agent takes part in too many that are not decided.
    #[error("{limit} agreements are open already; nothing changed")]
    TooMany {
        /// How many may be.
        limit: usize,
    },
    /// What an earlier life has said cannot be read: without it the agent could contradict itself.
    #[error(transparent)]
    Recover(#[from] RecoverError),
    /// What the agent was about to say could not be made durable. It was not said, and this agent says nothing more.
    #[error("{0}")]
    Journal(JournalError),
    /// A rule, a signer or a verifier panicked. The agent says nothing more; what it has said stands.
    #[error("the agreement panicked here: {why}; may be half done")]
    Panicked {
        /// What it said.
        why: String,
    },
    /// More lie than may: no outcome can be relied on, not even one that was given before.
    #[error("more lie than may, and no outcome can be relied on; stop this agent")]
    FaultBoundExceeded(Arc<Breach>),
    /// The agent has stopped taking part. What it has said stands, and others may go on.
    #[error("the agent has stopped taking part; may be half done")]
    Ended,
}

impl AgreementError {
    /// Every code of this error's own; what the journal says has its own codes.
    pub const CODES: &'static [&'static str] = &[
        "one_shot.not_eligible",
        "one_shot.other_key",
        "one_shot.other_proposal",
        "one_shot.already_open",
        "one_shot.unsettled",
        "one_shot.too_many",
        "one_shot.panicked",
        "one_shot.fault_bound_exceeded",
        "one_shot.ended",
    ];
}

impl Coded for AgreementError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotEligible { .. } => "one_shot.not_eligible",
            Self::OtherKey { .. } => "one_shot.other_key",
            Self::OtherProposal { .. } => "one_shot.other_proposal",
            Self::AlreadyOpen { .. } => "one_shot.already_open",
            Self::Unsettled { .. } => "one_shot.unsettled",
            Self::TooMany { .. } => "one_shot.too_many",
            Self::Recover(inner) => inner.code(),
            Self::Journal(inner) => inner.code(),
            Self::Panicked { .. } => "one_shot.panicked",
            Self::FaultBoundExceeded(_) => "one_shot.fault_bound_exceeded",
            Self::Ended => "one_shot.ended",
        }
    }

    fn aftermath(&self) -> Aftermath {
        match self {
            Self::Recover(inner) => inner.aftermath(),
            Self::Journal(inner) => inner.aftermath(),
            Self::FaultBoundExceeded(_) => Aftermath::StopThisAgent,
            Self::Panicked { .. } | Self::Ended => Aftermath::MayBeHalfDone,
            Self::NotEligible { .. }
            | Self::OtherKey { .. }
            | Self::OtherProposal { .. }
            | Self::AlreadyOpen { .. }
            | Self::Unsettled { .. }
            | Self::TooMany { .. } => Aftermath::NothingChanged,
        }
    }
}
