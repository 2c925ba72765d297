//! The rules that worlds decide by.

use moai_consensus::{Ratio, Rule, SharedRule, Threshold, Unanimous};
use moai_core::InvalidInput;

/// The rules that worlds decide by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// More than half of all.
    Half,
    /// More than half of those who are for or against it.
    HalfOfCast,
    /// Two thirds of the weight.
    TwoThirds,
    /// Everybody.
    Unanimous,
}

impl Ruling {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Half, Self::HalfOfCast, Self::TwoThirds, Self::Unanimous];

    /// The rule.
    ///
    /// # Errors
    ///
    /// None: the ratios fit.
    pub fn rule(self) -> Result<SharedRule, InvalidInput> {
        Ok(match self {
            Self::Half => Threshold::more_than(Ratio::HALF)?.shared(),
            Self::HalfOfCast => Threshold::more_than(Ratio::HALF)?.of_cast().shared(),
            Self::TwoThirds => Threshold::at_least(Ratio::new(2, 3)?)?.by_weight().shared(),
            Self::Unanimous => Unanimous.shared(),
        })
    }
}
