//! What a rule says, part by part.

use std::ops::Range;

use moai_flow::consensus::Ratio;

/// A part of a rule, and where it stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expression {
    pub(super) says: Says,
    pub(super) place: Range<usize>,
}

/// What a part says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Says {
    /// Everybody.
    All,
    /// At least one.
    Any,
    /// More than half.
    Majority,
    /// So many of all, who are so many.
    Count {
        need: u64,
        of: u64,
    },
    /// So many of these.
    Named {
        need: u64,
        of: Vec<String>,
    },
    /// At least this share of all.
    Share(Ratio),
    /// A weight: this much, or this share of the whole.
    Weight {
        more: bool,
        amount: Ratio,
        is_share: bool,
    },
    /// From so many groups.
    Groups(u64),
    /// Nobody with a veto against it.
    NoVeto,
    Both(Box<[Expression]>),
    Either(Box<[Expression]>),
    Not(Box<Expression>),
}
