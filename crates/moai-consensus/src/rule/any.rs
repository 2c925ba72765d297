//! One of several rules.

use moai_core::InvalidInput;

use super::{Extremes, Parts, Rule, SharedRule, Why, joined};
use crate::{Electorate, FinalTally};

/// At least one of several rules must hold.
///
/// ```
/// use moai_consensus::{Any, Ratio, Rule, Threshold, Veto};
///
/// let both = Any::of([Threshold::more_than(Ratio::HALF)?.shared(), Veto.shared()])?;
/// assert_eq!(both.words(), "(more than 1/2 of members) or (nobody with a veto is against it)");
/// assert!(Any::of([]).is_err());
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone)]
pub struct Any(Vec<SharedRule>);

impl Any {
    /// Any of these.
    ///
    /// # Errors
    ///
    /// `Empty` without a rule.
    pub fn of(parts: impl IntoIterator<Item = SharedRule>) -> Result<Self, InvalidInput> {
        let parts: Vec<_> = parts.into_iter().collect();
        if parts.is_empty() { Err(InvalidInput::Empty { field: "rules" }) } else { Ok(Self(parts)) }
    }
}

impl Rule for Any {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        let mut first = None;
        for part in &self.0 {
            match part.holds(tally) {
                Ok(()) => return Ok(()),
                Err(why) => first = first.or(Some(why)),
            }
        }
        Err(first.unwrap_or(Why::Nobody))
    }

    fn words(&self) -> String {
        joined(&self.0, " or ", |part| part.words())
    }

    fn words_for(&self, electorate: &Electorate) -> String {
        joined(&self.0, " or ", |part| part.words_for(electorate))
    }

    fn extremes(&self) -> Extremes {
        Extremes::shared(&self.0)
    }

    fn parts(&self) -> Parts<'_> {
        Parts::Any(&self.0)
    }
}
