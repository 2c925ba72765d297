//! Several rules at once.

use moai_core::InvalidInput;

use super::{Extremes, Parts, Rule, SharedRule, Why, joined};
use crate::{Electorate, FinalTally};

/// Every one of several rules must hold.
///
/// ```
/// use moai_consensus::{All, Ratio, Rule, Threshold, Veto};
///
/// let both = All::of([Threshold::more_than(Ratio::HALF)?.shared(), Veto.shared()])?;
/// assert_eq!(both.words(), "(more than 1/2 of members) and (nobody with a veto is against it)");
/// assert!(All::of([]).is_err());
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone)]
pub struct All(Vec<SharedRule>);

impl All {
    /// All of these.
    ///
    /// # Errors
    ///
    /// `Empty` without a rule.
    pub fn of(parts: impl IntoIterator<Item = SharedRule>) -> Result<Self, InvalidInput> {
        let parts: Vec<_> = parts.into_iter().collect();
        if parts.is_empty() { Err(InvalidInput::Empty { field: "rules" }) } else { Ok(Self(parts)) }
    }
}

impl Rule for All {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        self.0.iter().try_for_each(|part| part.holds(tally))
    }

    fn words(&self) -> String {
        joined(&self.0, " and ", |part| part.words())
    }

    fn words_for(&self, electorate: &Electorate) -> String {
        joined(&self.0, " and ", |part| part.words_for(electorate))
    }

    fn extremes(&self) -> Extremes {
        Extremes::shared(&self.0)
    }

    fn parts(&self) -> Parts<'_> {
        Parts::All(&self.0)
    }
}
