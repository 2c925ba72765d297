//! Everybody must be for it.

use super::{Extremes, Measure, Rule, Why};
use crate::{Electorate, FinalTally, Ratio};

/// Every member must be for it. An electorate of nobody is not unanimous.
///
/// ```
/// use moai_consensus::{Electorate, Rule, Standing, Tally, Unanimous};
/// use moai_core::agent_id;
///
/// let mut tally = Tally::new(Electorate::of([agent_id!("a"), agent_id!("b")])?);
/// tally.record(0, Standing::For);
/// assert_eq!(Unanimous.holds(&tally.as_it_is()).unwrap_err().to_string(), "1 of 2 for, 2 needed");
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Unanimous;

impl Rule for Unanimous {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        let (got, whole) = (tally.in_favour().heads, tally.members().heads);
        match whole {
            0 => Err(Why::Nobody),
            _ if got == whole => Ok(()),
            _ => Err(Why::TooFew { who: "for", got, whole, share: Ratio::ONE, more: false, measure: Measure::Heads }),
        }
    }

    fn words(&self) -> String {
        "every member is for it".into()
    }

    fn words_for(&self, electorate: &Electorate) -> String {
        format!("{}: {n} of {n}", self.words(), n = electorate.len())
    }

    fn threshold(&self) -> Option<Ratio> {
        Some(Ratio::ONE)
    }

    fn extremes(&self) -> Extremes {
        Extremes::FOR_HELPS
    }
}
