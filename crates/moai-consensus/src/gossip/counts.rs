//! How many agents say what.

use serde::{Deserialize, Serialize};

use crate::Choice;

/// How many agents say what.
///
/// ```
/// use moai_consensus::{Choice, GossipCounts};
///
/// let counts = GossipCounts::of(&[Some(Choice::For), Some(Choice::Abstain), None]);
/// assert_eq!((counts.in_favour, counts.abstained, counts.silent), (1, 1, 1));
/// assert_eq!((counts.members(), counts.heard()), (3, 2));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GossipCounts {
    /// For it.
    pub in_favour: u64,
    /// Against it.
    pub against: u64,
    /// Without a side.
    pub abstained: u64,
    /// Who said nothing.
    pub silent: u64,
}

impl GossipCounts {
    /// Counts ballots.
    #[must_use]
    pub fn of(ballots: &[Option<Choice>]) -> Self {
        let count = |ballot| ballots.iter().filter(|one| **one == ballot).count() as u64;
        let (in_favour, against) = (count(Some(Choice::For)), count(Some(Choice::Against)));
        Self { in_favour, against, abstained: count(Some(Choice::Abstain)), silent: count(None) }
    }

    /// All of them.
    #[must_use]
    pub const fn members(&self) -> u64 {
        self.heard() + self.silent
    }

    /// Who said something.
    #[must_use]
    pub const fn heard(&self) -> u64 {
        self.in_favour + self.against + self.abstained
    }

    /// How many say what most of those say who say something.
    #[must_use]
    pub fn largest(&self) -> u64 {
        self.in_favour.max(self.against).max(self.abstained)
    }

    /// The side with more agents; none when they are as many.
    #[must_use]
    pub fn leading(&self) -> Option<Choice> {
        match self.in_favour.cmp(&self.against) {
            std::cmp::Ordering::Greater => Some(Choice::For),
            std::cmp::Ordering::Less => Some(Choice::Against),
            std::cmp::Ordering::Equal => None,
        }
    }
}
