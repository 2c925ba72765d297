//! The laws, by name.

/// A law of data that merges.
///
/// They stand in the order in which they are told: each leans on those before it, so the first that is broken is the one
/// to mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Law {
    /// An operation that is refused changes nothing.
    Refusal,
    /// Every operation changes something, in some history. A type whose operations do nothing keeps all other laws.
    NonTrivial,
    /// `a ⊔ a = a`
    Idempotent,
    /// `a ⊔ b = b ⊔ a`
    Commutative,
    /// `(a ⊔ b) ⊔ c = a ⊔ (b ⊔ c)`
    Associative,
    /// A fresh state learns all by merging, and teaches nothing: `⊥ ⊔ a = a = a ⊔ ⊥`.
    Neutral,
    /// Nothing that was known is lost: merging either side again leaves `a ⊔ b` as it is, and what an operation did is
    /// not undone by merging the state before it.
    Inflationary,
    /// `merge` and `apply` return true exactly when something changed.
    Reporting,
    /// An operation's delta gives what merging the whole state gives, wherever the state before it is known.
    DeltaIsState,
    /// The deltas of a history give its state in any order, as often as they like.
    DeltasInAnyOrder,
    /// Applying two deltas joined is applying both.
    JoinIsBoth,
    /// What a digest shows to be missing gives what merging the whole state gives.
    DigestIsMerge,
    /// Equal states have equal bytes, and other states other bytes.
    CanonicalBytes,
    /// Decoding what was encoded gives the state back.
    RoundTrip,
}

impl std::fmt::Display for Law {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Refusal => "a refused operation changes nothing",
            Self::NonTrivial => "every operation changes something",
            Self::Idempotent => "idempotent",
            Self::Commutative => "commutative",
            Self::Associative => "associative",
            Self::Neutral => "a fresh state learns all and teaches nothing",
            Self::Inflationary => "nothing that was known is lost",
            Self::Reporting => "merge and apply return whether something changed",
            Self::DeltaIsState => "a delta gives what the whole state gives",
            Self::DeltasInAnyOrder => "deltas may come in any order, and often",
            Self::JoinIsBoth => "joined deltas give what both give",
            Self::DigestIsMerge => "what a digest shows to be missing gives what the whole state gives",
            Self::CanonicalBytes => "equal bytes exactly for equal states",
            Self::RoundTrip => "decoding gives back what was encoded",
        })
    }
}
