//! What a voter can do best and worst for a rule.

use crate::Standing;

/// What a voter can do best and worst for a rule, where that is always the same, whatever the others did.
///
/// A voter who changes from anything to one of the best never makes a vote fail that passed; a change to one of the
/// worst never makes one pass that failed. With both known an early decision takes two looks at the rule, however many
/// voters are outstanding.
///
/// ```
/// use moai_consensus::{Extremes, Standing};
///
/// // FOR votes help, everything else does not: true of a share of all members.
/// let claimed = Extremes::new(&[Standing::For], &[Standing::Against, Standing::Abstain, Standing::Silent]);
/// assert_eq!(claimed, Extremes::FOR_HELPS);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extremes {
    best: Set,
    worst: Set,
}

/// Some of for, against, abstain and silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Set(u8);

/// What a voter can do, likeliest first.
const COMPLETIONS: [Standing; 4] = [Standing::For, Standing::Against, Standing::Abstain, Standing::Silent];

impl Set {
    const fn of(standings: &[Standing]) -> Self {
        let (mut set, mut rest) = (0, standings);
        while let Some((first, others)) = rest.split_first() {
            set |= 1 << *first as u8;
            rest = others;
        }
        Self(set)
    }

    const fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    fn any(self) -> Option<Standing> {
        COMPLETIONS.into_iter().find(|standing| self.0 & (1 << *standing as u8) != 0)
    }
}

impl Extremes {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { best: Set(0), worst: Set(0) };

    /// A vote for it helps, and all else is alike.
    pub const FOR_HELPS: Self = Self::new(&[Standing::For], &[Standing::Against, Standing::Abstain, Standing::Silent]);

    /// Each of `best` helps most, each of `worst` harms most: of for, against, abstain and silent. Nothing means that it
    /// is not known.
    #[must_use]
    pub const fn new(best: &[Standing], worst: &[Standing]) -> Self {
        Self { best: Set::of(best), worst: Set::of(worst) }
    }

    /// What is best and worst for both of two rules.
    #[must_use]
    pub const fn both(self, other: Self) -> Self {
        Self { best: self.best.both(other.best), worst: self.worst.both(other.worst) }
    }

    /// The best becomes the worst.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self { best: self.worst, worst: self.best }
    }

    /// One of the best.
    #[must_use]
    pub fn best(self) -> Option<Standing> {
        self.best.any()
    }

    /// One of the worst.
    #[must_use]
    pub fn worst(self) -> Option<Standing> {
        self.worst.any()
    }

    /// Of several rules.
    pub(super) fn shared(rules: &[super::SharedRule]) -> Self {
        let all = rules.iter().map(|rule| rule.extremes());
        all.reduce(Self::both).unwrap_or(Self::UNKNOWN)
    }
}
