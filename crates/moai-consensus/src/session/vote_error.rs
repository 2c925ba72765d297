//! Why a ballot does not count.

use std::sync::Arc;
use std::time::Duration;

use moai_core::{Aftermath, AgentId, Coded, InvalidInput, JournalError, ProposalId};

use crate::{BallotFlaw, Evidence, EvidenceFlaw, Outcome};

/// Why a ballot does not count. It names who, on which proposal, and why; the vote stands as it stood.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VoteError {
    /// Nothing of that name is open, nor was lately.
    #[error("the vote of {voter} is on {proposal}, of which nothing is known; nothing changed")]
    UnknownProposal {
        /// Which proposal.
        proposal: ProposalId,
        /// Who.
        voter: AgentId,
    },
    /// The voter is not in the electorate.
    #[error("{voter} may not vote on {proposal}; nothing changed")]
    NotEligible {
        /// Which proposal.
        proposal: ProposalId,
        /// Who.
        voter: AgentId,
    },
    /// The voter has no veto.
    #[error("{voter} has no veto on {proposal}; nothing changed")]
    NoVeto {
        /// Which proposal.
        proposal: ProposalId,
        /// Who.
        voter: AgentId,
    },
    /// The ballot is bound to another proposal, electorate or rule under the same name.
    #[error("the ballot of {voter} is bound to something else than {proposal} as it is asked; nothing changed")]
    WrongElectorate {
        /// Which proposal.
        proposal: ProposalId,
        /// Who.
        voter: AgentId,
    },
    /// The voter has a key, and what came in its name is not signed.
    #[error("{voter} has a key, and what came in its name on {proposal} is not signed; nothing changed")]
    Unsigned {
        /// Which proposal.
        proposal: ProposalId,
        /// In whose name.
        voter: AgentId,
    },
    /// The voter has a key, and what came in its name is not signed by that.
    #[error("what came in the name of {voter} on {proposal} proves nothing: {flaw}; nothing changed")]
    BadSignature {
        /// Which proposal.
        proposal: ProposalId,
        /// In whose name.
        voter: AgentId,
        /// Why not.
        flaw: BallotFlaw,
    },
    /// Somebody answered in another's name.
    #[error("{from} answered {proposal} in the name of {voter}; nothing changed")]
    OtherName {
        /// Which proposal.
        proposal: ProposalId,
        /// In whose name.
        voter: AgentId,
        /// Who sent it.
        from: AgentId,
    },
    /// The evidence against a voter proves nothing.
    #[error("the evidence against {voter} on {proposal} proves nothing: {flaw}; nothing changed")]
    BadEvidence {
        /// Which proposal.
        proposal: ProposalId,
        /// Against whom.
        voter: AgentId,
        /// Why not.
        flaw: EvidenceFlaw,
    },
    /// The ballot is of another round.
    #[error("the ballot of {voter} on {proposal} is of round {got}, this is round {round}; nothing changed")]
    WrongRound {
        /// Which proposal.
        proposal: ProposalId,
        /// Who.
        voter: AgentId,
        /// Which round it is.
        round: u32,
        /// The ballot's round.
        got: u32,
    },
    /// The voter has said something else before, and that stands.
    #[error("{} has voted differently on {} before, and that stands; nothing changed", .0.voter(), .0.first.proposal)]
    Conflicting(Arc<Evidence>),
    /// The voter has answered with what is no ballot before.
    #[error("{voter} has answered {proposal} with what is no ballot before: {cause}; nothing changed")]
    Spent {
        /// Which proposal.
        proposal: ProposalId,
        /// Who.
        voter: AgentId,
        /// What was wrong then.
        cause: String,
    },
    /// It was decided before. The first ballot of a voter that comes behind the decision is kept for whoever looks at the
    /// record.
    #[error(
        "{voter} votes on {}, which is {} already; a ballot is kept in the record, and of the decision nothing changed",
        outcome.proposal,
        outcome.decision
    )]
    Closed {
        /// Who.
        voter: AgentId,
        /// What was decided.
        outcome: Arc<Outcome>,
    },
    /// The deadline had passed. The first such ballot of a voter is kept for whoever looks at the record.
    #[error(
        "the vote of {voter} on {proposal} is late by {by:?}; it is kept in the record, and of the decision nothing changed"
    )]
    Late {
        /// Which proposal.
        proposal: ProposalId,
        /// Who.
        voter: AgentId,
        /// By how much.
        by: Duration,
    },
    /// The ballot itself does not fit.
    #[error("the ballot of {voter} on {proposal} does not fit: {why}")]
    Malformed {
        /// Which proposal.
        proposal: ProposalId,
        /// Who.
        voter: AgentId,
        /// What does not fit.
        why: Box<InvalidInput>,
    },
    /// The voter has changed its mind as often as it may.
    #[error("{voter} has changed its mind on {proposal} {limit} times, its last ballot stands; nothing changed")]
    TooManyChanges {
        /// Which proposal.
        proposal: ProposalId,
        /// Who.
        voter: AgentId,
        /// How often it may.
        limit: u32,
    },
    /// It was not taken: the vote ended without an outcome, the manager has stopped, or it was handed in where that cannot
    /// be.
    #[cfg(feature = "manager")]
    #[error("the vote of {voter} on {proposal} is not taken: {why}")]
    NotTaken {
        /// Which proposal.
        proposal: ProposalId,
        /// Who.
        voter: AgentId,
        /// What is the matter.
        why: Box<crate::RequestError>,
    },
    /// The ballot could not be made durable: it may be counted or not.
    #[error("the ballot of {voter} on {proposal} is not recorded: {why}; may be half done")]
    NotRecorded {
        /// Which proposal.
        proposal: ProposalId,
        /// Who.
        voter: AgentId,
        /// What the journal said.
        why: Box<JournalError>,
    },
}

impl VoteError {
    /// That what came in a voter's name is not proven to be its word.
    pub(crate) fn flawed(proposal: ProposalId, voter: AgentId, flaw: BallotFlaw) -> Self {
        match flaw {
            BallotFlaw::Unsigned => Self::Unsigned { proposal, voter },
            flaw => Self::BadSignature { proposal, voter, flaw },
        }
    }

    /// Every code that this error can carry.
    pub const CODES: &'static [&'static str] = &[
        "vote.unknown_proposal",
        "vote.not_eligible",
        "vote.no_veto",
        "vote.wrong_electorate",
        "vote.unsigned",
        "vote.bad_signature",
        "vote.other_name",
        "vote.bad_evidence",
        "vote.wrong_round",
        "vote.conflicting",
        "vote.spent",
        "vote.closed",
        "vote.late",
        "vote.malformed",
        "vote.too_many_changes",
        #[cfg(feature = "manager")]
        "vote.not_taken",
        "vote.not_recorded",
    ];
}

impl Coded for VoteError {
    fn code(&self) -> &'static str {
        match self {
            Self::UnknownProposal { .. } => "vote.unknown_proposal",
            Self::NotEligible { .. } => "vote.not_eligible",
            Self::NoVeto { .. } => "vote.no_veto",
            Self::WrongElectorate { .. } => "vote.wrong_electorate",
            Self::Unsigned { .. } => "vote.unsigned",
            Self::BadSignature { .. } => "vote.bad_signature",
            Self::OtherName { .. } => "vote.other_name",
            Self::BadEvidence { .. } => "vote.bad_evidence",
            Self::WrongRound { .. } => "vote.wrong_round",
            Self::Conflicting(_) => "vote.conflicting",
            Self::Spent { .. } => "vote.spent",
            Self::Closed { .. } => "vote.closed",
            Self::Late { .. } => "vote.late",
            Self::Malformed { .. } => "vote.malformed",
            Self::TooManyChanges { .. } => "vote.too_many_changes",
            #[cfg(feature = "manager")]
            Self::NotTaken { .. } => "vote.not_taken",
            Self::NotRecorded { .. } => "vote.not_recorded",
        }
    }

    fn aftermath(&self) -> Aftermath {
        match self {
            Self::NotRecorded { .. } => Aftermath::MayBeHalfDone,
            #[cfg(feature = "manager")]
            Self::NotTaken { why, .. } => why.aftermath(),
            _ => Aftermath::NothingChanged,
        }
    }
}
