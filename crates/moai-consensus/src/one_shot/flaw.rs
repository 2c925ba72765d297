//! What is wrong with something that was signed, for everybody alike.

/// What is wrong with a record, a certificate or a proposal. It depends on its bytes and the setting alone: not on the time,
/// nor on what else is known. So whoever signed it can be shown to have lied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// It cannot be read.
    #[error("it cannot be read")]
    Unreadable,
    /// Somebody stands in it twice, or in another order than that of names.
    #[error("it is not sorted, or somebody stands in it twice")]
    Unsorted,
    /// Something in it is no statement of an agent that takes part.
    #[error("what stands in it is no statement of a voter")]
    NoStatement,
    /// A vote in it says something else.
    #[error("a vote in it says something else")]
    OtherVote,
    /// A signature in it does not verify.
    #[error("a signature in it does not verify")]
    Unsigned,
    /// The verdict does not follow from the ballots.
    #[error("the verdict does not follow from the ballots")]
    Verdict,
    /// The weight in it is too little.
    #[error("the weight in it is too little")]
    TooFew,
    /// Another agent leads that view.
    #[error("another agent leads that view")]
    NotLeader,
    /// The views before it are not all accounted for.
    #[error("the views before it are not all accounted for")]
    Gap,
    /// Another outcome was notarized in the view that it goes on from.
    #[error("another outcome was notarized in the view that it goes on from")]
    OtherRecord,
    /// An honest agent could have signed it.
    #[error("it proves no lie")]
    NoLie,
}
