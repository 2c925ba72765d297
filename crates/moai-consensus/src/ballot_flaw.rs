//! Why a ballot is not its voter's word.

/// Why a ballot is not proven to be its voter's word. It depends on the ballot and the voter's key alone, so everybody
/// finds the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum BallotFlaw {
    /// It is not signed.
    #[error("it is not signed")]
    Unsigned,
    /// The bytes that were signed say something else.
    #[error("what was signed says something else")]
    OtherBytes,
    /// The signature is not by the voter's key over these bytes in this vote.
    #[error("the signature does not verify by the voter's key")]
    BadSignature,
}
