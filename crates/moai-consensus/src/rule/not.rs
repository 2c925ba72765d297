//! A rule must not hold.

use super::{Extremes, Parts, Rule, SharedRule, Why};
use crate::{Electorate, FinalTally};

/// A rule must not hold.
///
/// ```
/// use moai_consensus::{Not, Rule, Unanimous};
/// assert_eq!(Not::new(Unanimous.shared()).words(), "not (every member is for it)");
/// ```
#[derive(Debug, Clone)]
pub struct Not(SharedRule);

impl Not {
    /// This must not hold.
    #[must_use]
    pub fn new(rule: SharedRule) -> Self {
        Self(rule)
    }
}

impl Rule for Not {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        match self.0.holds(tally) {
            Ok(()) => Err(Why::Holds),
            Err(_) => Ok(()),
        }
    }

    fn words(&self) -> String {
        format!("not ({})", self.0.words())
    }

    fn words_for(&self, electorate: &Electorate) -> String {
        format!("not ({})", self.0.words_for(electorate))
    }

    fn extremes(&self) -> Extremes {
        self.0.extremes().reversed()
    }

    fn parts(&self) -> Parts<'_> {
        Parts::Not(self.0.as_ref())
    }
}
