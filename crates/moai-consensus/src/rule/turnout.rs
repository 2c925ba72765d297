//! Enough must take part.

use moai_core::InvalidInput;

use super::{Extremes, Measure, Rule, Why};
use crate::{FinalTally, Ratio, Standing};

/// At least a share of the members must vote, whatever they say.
///
/// ```
/// use moai_consensus::{All, Ratio, Rule, Threshold, Turnout};
///
/// let quorate = All::of([Turnout::at_least(Ratio::HALF)?.shared(), Threshold::more_than(Ratio::HALF)?.of_cast().shared()])?;
/// assert_eq!(quorate.words(), "(at least 1/2 of members vote) and (more than 1/2 of votes cast)");
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Turnout {
    share: Ratio,
    measure: Measure,
}

impl Turnout {
    /// At least this share of all members, by heads.
    ///
    /// # Errors
    ///
    /// `OutOfRange` for 0, which asks for nothing, and above 1.
    pub fn at_least(share: Ratio) -> Result<Self, InvalidInput> {
        if share == Ratio::ZERO || !share.is_share() {
            let (low, high) = ("more than 0".into(), "1".into());
            return Err(InvalidInput::OutOfRange { field: "turnout", low, high, got: share.to_string() });
        }
        Ok(Self { share, measure: Measure::Heads })
    }

    /// The same share by weight.
    #[must_use]
    pub fn by_weight(mut self) -> Self {
        self.measure = Measure::Weight;
        self
    }
}

impl Rule for Turnout {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        let (got, whole) = (self.measure.of(tally.cast()), self.measure.of(tally.members()));
        match whole {
            0 => Err(Why::Nobody),
            _ if self.share.is_reached_by(got, whole) => Ok(()),
            _ => {
                Err(Why::TooFew { who: Why::VOTES, got, whole, share: self.share, more: false, measure: self.measure })
            }
        }
    }

    fn words(&self) -> String {
        match self.measure {
            Measure::Heads => format!("at least {} of members vote", self.share),
            Measure::Weight => format!("at least {} of the weight of members votes", self.share),
        }
    }

    fn measure(&self) -> Measure {
        self.measure
    }

    fn extremes(&self) -> Extremes {
        Extremes::new(&[Standing::For, Standing::Against, Standing::Abstain], &[Standing::Silent])
    }
}
