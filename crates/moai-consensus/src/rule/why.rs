//! Why a rule does not hold.

use std::borrow::Cow;
use std::fmt;

use super::Measure;
use crate::Ratio;

/// Why a rule does not hold. It is cheap to make, for a rule is asked at every vote.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// Too few of them.
    TooFew {
        /// Who is counted: "for" or "votes".
        who: &'static str,
        /// How many there are.
        got: u64,
        /// Of how many.
        whole: u64,
        /// Which share of the whole is needed.
        share: Ratio,
        /// Whether more than that share is needed.
        more: bool,
        /// Whether heads are counted, or their weight.
        measure: Measure,
    },
    /// Too few groups, or too few voters from them.
    TooAlike {
        /// How many voted for it.
        got: u64,
        /// How many are needed.
        need: u64,
        /// From how many groups they came.
        groups: u64,
        /// From how many they must come.
        need_groups: u64,
    },
    /// Somebody with a veto voted against it.
    Vetoed {
        /// How many did.
        by: u64,
    },
    /// There is nobody of whom a share could be taken: nobody may vote, or nobody has.
    Nobody,
    /// What must not hold does.
    Holds,
    /// In other words.
    Other(&'static str),
}

impl Why {
    /// Whether too few took part, whatever they said.
    #[must_use]
    pub fn is_turnout(&self) -> bool {
        matches!(self, Self::TooFew { who, .. } if *who == Self::VOTES)
    }

    /// Who is counted when it is about taking part.
    pub(super) const VOTES: &'static str = "votes";

    /// Why, in words.
    #[must_use]
    pub fn words(&self) -> Cow<'static, str> {
        self.words_in(1)
    }

    /// The same, with weights as they were written: so many of them are a weight of 1.
    pub(crate) fn words_in(&self, unit: u64) -> Cow<'static, str> {
        match self {
            Self::TooFew { who, got, whole, share, more, measure } => {
                let need = if *more { share.least_above(*whole) } else { share.least_reaching(*whole) };
                // It may be one more than the largest whole.
                let need = u64::try_from(need).map_or_else(|_| need.to_string(), |need| measure.words(need, unit));
                let [got, whole] = [*got, *whole].map(|count| measure.words(count, unit));
                format!("{got} of {whole} {who}, {need} needed").into()
            }
            Self::TooAlike { got, need, groups, need_groups } => {
                format!("{got} for from {groups} groups, {need} from {need_groups} needed").into()
            }
            Self::Vetoed { by } => format!("vetoed by {by}").into(),
            Self::Nobody => "nobody to count".into(),
            Self::Holds => "what must not hold does".into(),
            Self::Other(words) => (*words).into(),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words())
    }
}
