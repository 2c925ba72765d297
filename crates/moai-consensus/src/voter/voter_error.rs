//! Why an agent gives no ballot.

use std::time::Duration;

use moai_core::{Aftermath, Coded, InvalidInput, JournalError, ProposalId, Timestamp};

/// Why an agent gives no ballot. Its text is the cause that whoever asked is told.
///
/// ```
/// use moai_consensus::VoterError;
///
/// let error = VoterError::failed("the model does not answer");
/// assert_eq!(error.to_string(), "the voter failed: the model does not answer; nothing changed");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VoterError {
    /// The voter said that it has no answer.
    #[error("the voter failed: {why}; nothing changed")]
    Failed {
        /// Why.
        why: String,
    },
    /// The voter panicked.
    #[error("the voter panicked: {why}; nothing changed")]
    Panicked {
        /// What it said.
        why: String,
    },
    /// The voter's answer is over a limit.
    #[error("the voter's answer does not stand: {0}")]
    Rubbish(InvalidInput),
    /// The deadline came, or had come before the voter was asked.
    #[error("no answer by the deadline {deadline}; nothing changed")]
    Deadline {
        /// Until when answers count.
        deadline: Timestamp,
    },
    /// The voter thought longer than this agent lets anybody think.
    #[error("no answer within {} ms, the most that this agent thinks; nothing changed", longest.as_millis())]
    TooLong {
        /// The most it thinks.
        longest: Duration,
    },
    /// The agent has too much to think about already. A question that is put again is looked at again.
    #[error("the agent thinks about {limit} questions already; nothing changed")]
    Busy {
        /// How many it thinks about at once.
        limit: usize,
    },
    /// The agent is about to leave its swarm, and begins to think about nothing new.
    #[error("the agent is leaving the swarm; nothing changed")]
    Leaving,
    /// Too many rounds of one question wait for the voter.
    #[error("{limit} rounds of {proposal} wait for its voter already; nothing changed")]
    TooManyRounds {
        /// Which proposal.
        proposal: ProposalId,
        /// How many rounds may wait.
        limit: usize,
    },
    /// The question was answered and signed for so long ago that the word is not in memory any more, and there is no journal to
    /// read it from, or the word is gone from there. Whoever signed another one could contradict itself.
    #[error(
        "{proposal} was answered before, and what was said is not kept: another word is not signed; nothing changed"
    )]
    Forgotten {
        /// Which proposal.
        proposal: ProposalId,
    },
    /// The word that was given before could not be read again: it is given as it was, or not at all.
    #[error("the ballot that was given before is not read: {0}")]
    Recall(JournalError),
    /// The voter answered, and its ballot could not be written down: it is not given before it is.
    #[error("the ballot is not recorded: {0}")]
    Journal(JournalError),
}

impl VoterError {
    /// The voter has no answer.
    pub fn failed(why: impl std::fmt::Display) -> Self {
        Self::Failed { why: why.to_string() }
    }

    /// Every code of this error's own; bad input and the journal have their own.
    pub const CODES: &'static [&'static str] = &[
        "consensus.voter_failed",
        "consensus.voter_panicked",
        "consensus.voter_at_deadline",
        "consensus.voter_too_long",
        "consensus.voter_busy",
        "consensus.voter_leaving",
        "consensus.too_many_rounds",
        "consensus.word_forgotten",
    ];
}

impl Coded for VoterError {
    fn code(&self) -> &'static str {
        match self {
            Self::Failed { .. } => "consensus.voter_failed",
            Self::Panicked { .. } => "consensus.voter_panicked",
            Self::Rubbish(inner) => inner.code(),
            Self::Deadline { .. } => "consensus.voter_at_deadline",
            Self::TooLong { .. } => "consensus.voter_too_long",
            Self::Busy { .. } => "consensus.voter_busy",
            Self::Leaving => "consensus.voter_leaving",
            Self::TooManyRounds { .. } => "consensus.too_many_rounds",
            Self::Forgotten { .. } => "consensus.word_forgotten",
            Self::Journal(inner) | Self::Recall(inner) => inner.code(),
        }
    }

    fn aftermath(&self) -> Aftermath {
        match self {
            Self::Journal(inner) | Self::Recall(inner) => inner.aftermath(),
            _ => Aftermath::NothingChanged,
        }
    }
}
