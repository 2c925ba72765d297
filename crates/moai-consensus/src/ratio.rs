//! Parts of a whole, exactly.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use moai_core::InvalidInput;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const FIELD: &str = "ratio";

/// A number that is not negative, as a fraction in lowest terms: **no float decides anything**.
///
/// Decimals come in exactly: `0.6` is `3/5` and `0.66` is `33/50`, as they are written.
///
/// ```
/// use moai_consensus::Ratio;
///
/// let three_fifths = Ratio::new(3, 5)?;
/// assert_eq!("0.6".parse(), Ok(three_fifths));
/// assert_eq!(Ratio::try_from(0.6), Ok(three_fifths));
/// assert!(three_fifths.is_exceeded_by(5, 8) && !three_fifths.is_exceeded_by(6, 10));
/// assert!(three_fifths.is_reached_by(6, 10));
/// assert_eq!(three_fifths.to_string(), "3/5");
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ratio {
    numerator: u64,
    denominator: u64,
}

impl Ratio {
    /// Nothing.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };
    /// One third.
    pub const THIRD: Self = Self { numerator: 1, denominator: 3 };
    /// One half.
    pub const HALF: Self = Self { numerator: 1, denominator: 2 };
    /// Three fifths.
    pub const THREE_FIFTHS: Self = Self { numerator: 3, denominator: 5 };
    /// Two thirds.
    pub const TWO_THIRDS: Self = Self { numerator: 2, denominator: 3 };
    /// The whole.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// `numerator / denominator`.
    ///
    /// # Errors
    ///
    /// `OutOfRange` for a denominator of 0.
    pub fn new(numerator: u64, denominator: u64) -> Result<Self, InvalidInput> {
        if denominator == 0 {
            let (low, high) = (1.to_string(), u64::MAX.to_string());
            return Err(InvalidInput::OutOfRange { field: "denominator", low, high, got: 0.to_string() });
        }
        let divisor = common_divisor(numerator, denominator);
        Ok(Self { numerator: numerator / divisor, denominator: denominator / divisor })
    }

    /// The upper part of the fraction in lowest terms.
    #[must_use]
    pub const fn numerator(self) -> u64 {
        self.numerator
    }

    /// The lower part of the fraction in lowest terms; never 0.
    #[must_use]
    pub const fn denominator(self) -> u64 {
        self.denominator
    }

    /// Whether `part` is more than this share of `whole`.
    #[inline]
    #[must_use]
    pub fn is_exceeded_by(self, part: u64, whole: u64) -> bool {
        u128::from(part) * u128::from(self.denominator) > u128::from(self.numerator) * u128::from(whole)
    }

    /// Whether `part` is at least this share of `whole`.
    #[inline]
    #[must_use]
    pub fn is_reached_by(self, part: u64, whole: u64) -> bool {
        u128::from(part) * u128::from(self.denominator) >= u128::from(self.numerator) * u128::from(whole)
    }

    /// The least part that is more than this share of `whole`; it can be more than the whole.
    #[must_use]
    pub fn least_above(self, whole: u64) -> u128 {
        u128::from(self.numerator) * u128::from(whole) / u128::from(self.denominator) + 1
    }

    /// The least part that is at least this share of `whole`.
    #[must_use]
    pub fn least_reaching(self, whole: u64) -> u128 {
        (u128::from(self.numerator) * u128::from(whole)).div_ceil(u128::from(self.denominator))
    }

    /// The nearest float: for people to look at, nothing is decided by it.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a float that is only shown")]
    pub fn to_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// As a decimal where that is exact: 15/2 is 7.5.
    pub(crate) fn decimal(self) -> String {
        let decimal = self.to_f64().to_string();
        if decimal.parse() == Ok(self) { decimal } else { self.to_string() }
    }

    /// Whether it is at most the whole.
    #[must_use]
    pub const fn is_share(self) -> bool {
        self.numerator <= self.denominator
    }
}

/// What a share or a weight may be written as: a [`Ratio`], a decimal, a whole number, or a text such as `3/5`.
pub trait IntoRatio {
    /// The ratio that it stands for.
    ///
    /// # Errors
    ///
    /// What does not fit about it.
    fn into_ratio(self) -> Result<Ratio, InvalidInput>;
}

impl IntoRatio for Ratio {
    fn into_ratio(self) -> Result<Ratio, InvalidInput> {
        Ok(self)
    }
}

impl IntoRatio for f64 {
    fn into_ratio(self) -> Result<Ratio, InvalidInput> {
        self.try_into()
    }
}

impl IntoRatio for u64 {
    fn into_ratio(self) -> Result<Ratio, InvalidInput> {
        Ok(self.into())
    }
}

impl IntoRatio for &str {
    fn into_ratio(self) -> Result<Ratio, InvalidInput> {
        self.parse()
    }
}

/// The greatest number that divides both; `right` is not 0.
pub(crate) fn common_divisor(left: u64, right: u64) -> u64 {
    let (mut left, mut right) = (left, right);
    while left != 0 {
        (left, right) = (right % left, left);
    }
    right
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = u128::from(self.numerator) * u128::from(other.denominator);
        left.cmp(&(u128::from(other.numerator) * u128::from(self.denominator)))
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<u64> for Ratio {
    fn from(number: u64) -> Self {
        Self { numerator: number, denominator: 1 }
    }
}

impl TryFrom<f64> for Ratio {
    type Error = InvalidInput;

    /// The decimal that the float is written as: the shortest one that reads back as it.
    fn try_from(float: f64) -> Result<Self, InvalidInput> {
        if !float.is_finite() {
            return Err(InvalidInput::NotFinite { field: FIELD });
        }
        float.to_string().parse()
    }
}

impl FromStr for Ratio {
    type Err = InvalidInput;

    /// Reads `3/5`, `0.6` or `2`.
    fn from_str(text: &str) -> Result<Self, InvalidInput> {
        let malformed = |why: &str| InvalidInput::Malformed { field: FIELD, why: why.into() };
        let form = || malformed("it is written as 3/5, 0.6 or 2, with at most 19 digits");
        let digits = |part: &str| {
            let fits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            let number = if fits { part.parse::<u64>().ok() } else { None };
            number.ok_or_else(form)
        };
        if let Some((numerator, denominator)) = text.split_once('/') {
            return Self::new(digits(numerator)?, digits(denominator)?);
        }
        let Some((whole, fraction)) = text.split_once('.') else { return digits(text).map(Self::from) };
        // A point has digits on both sides.
        if fraction.is_empty() {
            return Err(form());
        }
        let fraction = fraction.trim_end_matches('0');
        let places = u32::try_from(fraction.len()).ok().and_then(|places| 10_u64.checked_pow(places));
        let places = places.ok_or_else(|| malformed("it has more than 19 digits behind the point"))?;
        let parts = if fraction.is_empty() { 0 } else { digits(fraction)? };
        let numerator = digits(whole)?.checked_mul(places).and_then(|whole| whole.checked_add(parts));
        Self::new(numerator.ok_or_else(|| malformed("it has more than 19 digits"))?, places)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(f, "{}", self.numerator),
            denominator => write!(f, "{}/{denominator}", self.numerator),
        }
    }
}

impl fmt::Debug for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Ratio {
    /// As text, `3/5`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
