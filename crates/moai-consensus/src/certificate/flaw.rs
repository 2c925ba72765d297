//! Why a certificate proves nothing.

use moai_core::{Aftermath, AgentId, Coded};

use crate::{BallotFlaw, Decision, EvidenceFlaw};

/// Why a certificate proves nothing: the first flaw, which everybody finds alike.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateFlaw {
    /// It is about another proposal.
    #[error("it is about another proposal; nothing changed")]
    OtherProposal,
    /// Others could vote, they weighed something else, or had other keys.
    #[error("it is of another electorate; nothing changed")]
    OtherElectorate,
    /// The ballots are bound to another rule.
    #[error("it is under another rule; nothing changed")]
    OtherRule,
    /// What stands in it is not sorted, or somebody stands in it twice.
    #[error("it is not sorted, or somebody stands in it twice; nothing changed")]
    Unsorted,
    /// Somebody in it may not vote, or has no key of its own by which anything could be proven.
    #[error("{0} has no key of its own in this vote; nothing changed")]
    NoKey(AgentId),
    /// A ballot is bound to another vote, or is of a round that there was not.
    #[error("the ballot of {0} is of another vote; nothing changed")]
    OtherVote(AgentId),
    /// A ballot is not proven to be its voter's.
    #[error("the ballot of {voter} proves nothing: {flaw}; nothing changed")]
    Ballot {
        /// Whose.
        voter: AgentId,
        /// Why not.
        flaw: BallotFlaw,
    },
    /// What is held against a voter proves nothing.
    #[error("the evidence against {voter} proves nothing: {flaw}; nothing changed")]
    Evidence {
        /// Against whom.
        voter: AgentId,
        /// Why not.
        flaw: EvidenceFlaw,
    },
    /// Ballots of a voter contradict each other, or stand beside the proof against it: they count for no side.
    #[error("the ballots of {0} do not count: it said two things; nothing changed")]
    TwoThings(AgentId),
    /// It says that the proposal is approved, and that does not follow from the ballots.
    #[error("the approval does not follow from the ballots; nothing changed")]
    NotApproved,
    /// Something else follows from the ballots.
    #[error("by the ballots it is {0}; nothing changed")]
    OtherDecision(Decision),
}

impl CertificateFlaw {
    /// Every code that this error can carry.
    pub const CODES: &'static [&'static str] = &[
        "certificate.other_proposal",
        "certificate.other_electorate",
        "certificate.other_rule",
        "certificate.unsorted",
        "certificate.no_key",
        "certificate.other_vote",
        "certificate.ballot",
        "certificate.evidence",
        "certificate.two_things",
        "certificate.not_approved",
        "certificate.other_decision",
    ];
}

impl Coded for CertificateFlaw {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherProposal => "certificate.other_proposal",
            Self::OtherElectorate => "certificate.other_electorate",
            Self::OtherRule => "certificate.other_rule",
            Self::Unsorted => "certificate.unsorted",
            Self::NoKey(_) => "certificate.no_key",
            Self::OtherVote(_) => "certificate.other_vote",
            Self::Ballot { .. } => "certificate.ballot",
            Self::Evidence { .. } => "certificate.evidence",
            Self::TwoThings(_) => "certificate.two_things",
            Self::NotApproved => "certificate.not_approved",
            Self::OtherDecision(_) => "certificate.other_decision",
        }
    }

    fn aftermath(&self) -> Aftermath {
        Aftermath::NothingChanged
    }
}
