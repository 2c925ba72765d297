//! Why evidence proves nothing.

use crate::BallotFlaw;

/// Why evidence proves nothing. It depends on its bytes and what the vote was about, so everybody finds the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceFlaw {
    /// The ballots can both stand, or they are not what they are said to be.
    #[error("the ballots do not contradict each other as it says")]
    NoContradiction,
    /// The ballots are of another vote.
    #[error("the ballots are of another vote")]
    OtherVote,
    /// The voter may not vote, or has no key by which anything could be proven.
    #[error("the voter has no key in this vote")]
    NoKey,
    /// A ballot is not proven to be the voter's.
    #[error("a ballot in it proves nothing: {0}")]
    Ballot(BallotFlaw),
}
