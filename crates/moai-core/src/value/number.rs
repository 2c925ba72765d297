//! A number: an integer or a finite float.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use super::FIELD;
use crate::InvalidInput;

/// An integer from −2^63 to 2^64 − 1, or a finite float.
///
/// Integers are one domain, whichever type they came from. A float never equals an integer, also where their
/// mathematical values do; there the integer comes first. `-0.0` becomes `0.0`.
///
/// As text a number reads as in JSON, and a float always shows a fraction or an exponent, so that it stays a float.
///
/// ```
/// use moai_core::Number;
///
/// assert_eq!(Number::from(1_i64), Number::from(1_u64));
/// assert!(Number::from(1_u64) < Number::float(1.0)?);
/// assert_eq!(Number::float(1.0)?.to_string(), "1.0");
/// assert_eq!("1.0".parse::<Number>()?, Number::float(1.0)?);
/// assert!(Number::float(f64::NAN).is_err());
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Clone, Copy, PartialEq)]
pub struct Number(Kind);

/// The one form of each number: `Negative` is below zero, `Float` is finite and not `-0.0`.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Natural(u64),
    Negative(i64),
    Float(f64),
}

impl Number {
    /// A float.
    ///
    /// # Errors
    ///
    /// [`InvalidInput::NotFinite`] for NaN and the infinities.
    pub fn float(float: f64) -> Result<Self, InvalidInput> {
        if float.is_finite() {
            // A sum with 0.0 turns -0.0 into 0.0 and leaves all others as they are.
            Ok(Self(Kind::Float(float + 0.0)))
        } else {
            Err(InvalidInput::NotFinite { field: FIELD })
        }
    }

    /// Whether this is an integer; `1.0` is none.
    #[must_use]
    pub fn is_integer(self) -> bool {
        !matches!(self.0, Kind::Float(_))
    }

    /// The integer, if this is one that fits.
    #[must_use]
    pub fn as_i64(self) -> Option<i64> {
        match self.0 {
            Kind::Natural(natural) => i64::try_from(natural).ok(),
            Kind::Negative(negative) => Some(negative),
            Kind::Float(_) => None,
        }
    }

    /// The integer, if this is one that fits.
    #[must_use]
    pub fn as_u64(self) -> Option<u64> {
        if let Kind::Natural(natural) = self.0 { Some(natural) } else { None }
    }

    /// The number as a float, unless it would have to be rounded: the integer 2^53 + 1 has none.
    #[must_use]
    pub fn as_f64(self) -> Option<f64> {
        let (integer, float) = match self.0 {
            Kind::Natural(natural) => (i128::from(natural), natural as f64),
            Kind::Negative(negative) => (i128::from(negative), negative as f64),
            Kind::Float(float) => return Some(float),
        };
        compare(integer, float).is_eq().then_some(float)
    }

    pub(crate) fn kind(self) -> Kind {
        self.0
    }
}

/// An integer against a finite float, by their exact mathematical values.
fn compare(integer: i128, float: f64) -> Ordering {
    // Beyond 2^100 the float alone decides; within, its whole part fits an i128 without loss.
    const FAR: f64 = (1_u128 << 100) as f64;
    if float >= FAR {
        return Ordering::Less;
    }
    if float <= -FAR {
        return Ordering::Greater;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number of at most 100 bits")]
    let whole = float.trunc() as i128;
    integer.cmp(&whole).then_with(|| 0.0_f64.total_cmp(&(float.fract() + 0.0)))
}

impl Eq for Number {}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.0, other.0) {
            (Kind::Natural(a), Kind::Natural(b)) => a.cmp(&b),
            (Kind::Negative(a), Kind::Negative(b)) => a.cmp(&b),
            (Kind::Negative(_), Kind::Natural(_)) => Ordering::Less,
            (Kind::Natural(_), Kind::Negative(_)) => Ordering::Greater,
            (Kind::Float(a), Kind::Float(b)) => a.total_cmp(&b),
            (Kind::Natural(a), Kind::Float(b)) => compare(a.into(), b).then(Ordering::Less),
            (Kind::Negative(a), Kind::Float(b)) => compare(a.into(), b).then(Ordering::Less),
            (Kind::Float(_), _) => other.cmp(self).reverse(),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.0 {
            Kind::Natural(natural) => (0_u8, natural).hash(state),
            Kind::Negative(negative) => (1_u8, negative).hash(state),
            Kind::Float(float) => (2_u8, float.to_bits()).hash(state),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Natural(natural) => fmt::Display::fmt(&natural, f),
            Kind::Negative(negative) => fmt::Display::fmt(&negative, f),
            // The Debug form is the shortest that reads back as the same float, and keeps the ".0".
            Kind::Float(float) => fmt::Debug::fmt(&float, f),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Reads a number as it stands in JSON: with a fraction or an exponent it is a float, otherwise an integer. The one
/// exception is `-0`, which is the float `0.0`, as other readers of JSON have it.
impl FromStr for Number {
    type Err = InvalidInput;

    fn from_str(text: &str) -> Result<Self, InvalidInput> {
        if !is_json(text) {
            return Err(InvalidInput::malformed(FIELD, "not a number"));
        }
        if text == "-0" || text.contains(['.', 'e', 'E']) {
            return Self::float(text.parse().map_err(|why| InvalidInput::malformed(FIELD, why))?);
        }
        // The grammar holds, so that only the size can be wrong.
        text.parse::<u64>()
            .map(Self::from)
            .or_else(|_| text.parse::<i64>().map(Self::from))
            .map_err(|_| out_of_range(text))
    }
}

/// The grammar of RFC 8259, section 6.
fn is_json(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) =
        unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(before, after)| (before, Some(after)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(before, after)| (before, Some(after)));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|part| digits(part.strip_prefix(['+', '-']).unwrap_or(part)))
}

fn out_of_range(got: impl ToString) -> InvalidInput {
    InvalidInput::OutOfRange {
        field: FIELD,
        low: i64::MIN.to_string(),
        high: u64::MAX.to_string(),
        got: got.to_string().chars().take(64).collect(),
    }
}

impl From<u64> for Number {
    fn from(natural: u64) -> Self {
        Self(Kind::Natural(natural))
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self(u64::try_from(integer).map_or(Kind::Negative(integer), Kind::Natural))
    }
}

impl TryFrom<i128> for Number {
    type Error = InvalidInput;

    fn try_from(integer: i128) -> Result<Self, InvalidInput> {
        u64::try_from(integer)
            .map(Self::from)
            .or_else(|_| i64::try_from(integer).map(Self::from))
            .map_err(|_| out_of_range(integer))
    }
}

impl TryFrom<u128> for Number {
    type Error = InvalidInput;

    fn try_from(integer: u128) -> Result<Self, InvalidInput> {
        u64::try_from(integer).map(Self::from).map_err(|_| out_of_range(integer))
    }
}

impl TryFrom<f64> for Number {
    type Error = InvalidInput;

    fn try_from(float: f64) -> Result<Self, InvalidInput> {
        Self::float(float)
    }
}
