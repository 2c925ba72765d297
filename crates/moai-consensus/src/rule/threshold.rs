//! A share must be for it.

use moai_core::InvalidInput;
use moai_core::planted::planted;

use super::{Extremes, Rule, Why};
use crate::{Count, Electorate, FinalTally, Ratio, Standing};

/// Of whom a share is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Base {
    /// Everybody who may vote: silence is not consent.
    Members,
    /// Everybody who voted, whatever they said.
    Cast,
    /// Everybody who took a side.
    Expressed,
}

/// How voters are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Each is one.
    Heads,
    /// Each is its weight.
    Weight,
}

impl Measure {
    /// The count in this measure.
    #[must_use]
    pub const fn of(self, count: Count) -> u64 {
        match self {
            Self::Heads => count.heads,
            Self::Weight => count.weight,
        }
    }

    /// A count as it was written: weights are whole numbers of a unit, so many of which are a weight of 1.
    pub(crate) fn words(self, count: u64, unit: u64) -> String {
        match (self, Ratio::new(count, unit)) {
            (Self::Weight, Ok(weight)) => weight.decimal(),
            _ => count.to_string(),
        }
    }
}

/// A share of the voters must be for it.
///
/// Where nobody is left of whom a share could be taken (nobody may vote, or all abstained and the share is of those who
/// took a side) it does not hold.
///
/// ```
/// use moai_consensus::{Electorate, Ratio, Rule, Threshold};
/// use moai_core::agent_id;
///
/// let majority = Threshold::more_than(Ratio::HALF)?;
/// let three = Electorate::of([agent_id!("a"), agent_id!("b"), agent_id!("c")])?;
/// assert_eq!(majority.words_for(&three), "more than 1/2 of members: 2 of 3");
/// assert_eq!(Threshold::at_least("0.66".parse()?)?.of_cast().by_weight().words(), "at least 33/50 of the weight cast");
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Threshold {
    share: Ratio,
    more: bool,
    base: Base,
    measure: Measure,
}

impl Threshold {
    /// More than half of all members, by heads.
    pub const MAJORITY: Self = Self { share: Ratio::HALF, more: true, base: Base::Members, measure: Measure::Heads };

    /// More than three fifths of all members, by heads.
    pub const THREE_FIFTHS: Self = Self { share: Ratio::THREE_FIFTHS, ..Self::MAJORITY };

    /// More than this share of all members, by heads; all of them for 1, of which nothing is more.
    ///
    /// # Errors
    ///
    /// `OutOfRange` above 1.
    pub fn above(share: Ratio) -> Result<Self, InvalidInput> {
        if share == Ratio::ONE { Self::at_least(share) } else { Self::more_than(share) }
    }

    /// More than this share of all members, by heads.
    ///
    /// # Errors
    ///
    /// `OutOfRange` for 1 and above: nothing is more than the whole.
    pub fn more_than(share: Ratio) -> Result<Self, InvalidInput> {
        if share >= Ratio::ONE {
            return Err(out_of_range("0", "less than 1", share));
        }
        Ok(Self { share, more: true, base: Base::Members, measure: Measure::Heads })
    }

    /// At least this share of all members, by heads.
    ///
    /// # Errors
    ///
    /// `OutOfRange` for 0, which would pass without a single vote, and above 1.
    pub fn at_least(share: Ratio) -> Result<Self, InvalidInput> {
        if share == Ratio::ZERO || !share.is_share() {
            return Err(out_of_range("more than 0", "1", share));
        }
        Ok(Self { share, more: false, base: Base::Members, measure: Measure::Heads })
    }

    /// The same share of those who voted.
    #[must_use]
    pub fn of_cast(mut self) -> Self {
        self.base = Base::Cast;
        self
    }

    /// The same share of those who took a side.
    #[must_use]
    pub fn of_expressed(mut self) -> Self {
        self.base = Base::Expressed;
        self
    }

    /// The same share by weight.
    #[must_use]
    pub fn by_weight(mut self) -> Self {
        self.measure = Measure::Weight;
        self
    }

    /// The share.
    #[must_use]
    pub const fn share(&self) -> Ratio {
        self.share
    }

    /// How many are needed of so many.
    fn least(&self, whole: u64) -> u128 {
        if self.more { self.share.least_above(whole) } else { self.share.least_reaching(whole).max(1) }
    }
}

fn out_of_range(low: &str, high: &str, got: Ratio) -> InvalidInput {
    InvalidInput::OutOfRange { field: "threshold", low: low.into(), high: high.into(), got: got.to_string() }
}

impl Rule for Threshold {
    #[inline]
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        let whole = self.measure.of(match self.base {
            Base::Members => tally.members(),
            Base::Cast => tally.cast(),
            Base::Expressed => tally.expressed(),
        });
        let got = self.measure.of(tally.in_favour());
        if whole == 0 {
            return Err(Why::Nobody);
        }
        let enough = if self.more && !planted("half_is_more_than_half") {
            self.share.is_exceeded_by(got, whole)
        } else {
            self.share.is_reached_by(got, whole)
        };
        let why = Why::TooFew { who: "for", got, whole, share: self.share, more: self.more, measure: self.measure };
        if enough { Ok(()) } else { Err(why) }
    }

    fn words(&self) -> String {
        let than = if self.more { "more than" } else { "at least" };
        let whom = match (self.base, self.measure) {
            (Base::Members, Measure::Heads) => "members",
            (Base::Members, Measure::Weight) => "the weight of members",
            (Base::Cast, Measure::Heads) => "votes cast",
            (Base::Cast, Measure::Weight) => "the weight cast",
            (Base::Expressed, Measure::Heads) => "votes for and against",
            (Base::Expressed, Measure::Weight) => "the weight for and against",
        };
        format!("{than} {} of {whom}", self.share)
    }

    fn words_for(&self, electorate: &Electorate) -> String {
        let whole = match self.measure {
            Measure::Heads => electorate.len() as u64,
            Measure::Weight => electorate.total_weight(),
        };
        match (self.base, whole) {
            (Base::Members, 1..) => format!("{}: {} of {whole}", self.words(), self.least(whole)),
            _ => self.words(),
        }
    }

    fn measure(&self) -> Measure {
        self.measure
    }

    fn threshold(&self) -> Option<Ratio> {
        Some(self.share)
    }

    // One more vote for it adds as much to the part as to the whole, and the share is at most 1.
    fn extremes(&self) -> Extremes {
        let worst: &[Standing] = match self.base {
            Base::Members => &[Standing::Against, Standing::Abstain, Standing::Silent],
            Base::Cast => &[Standing::Against, Standing::Abstain],
            Base::Expressed => &[Standing::Against],
        };
        Extremes::new(&[Standing::For], worst)
    }
}
