//! When: wall time in microseconds, read and written as people and Python read and write it.

use chrono::{DateTime, Datelike, Timelike, Utc};

use crate::InvalidInput;

const FIELD: &str = "timestamp";

/// A moment of wall time: UTC, whole microseconds, years 1 to 9999.
///
/// That is what RFC 3339 can write and what the documents' `datetime.isoformat()` prints. Parts of a microsecond are cut
/// off, and a leap second counts as the last microsecond before it, so that equal texts are equal moments.
/// In serde's readable formats it is its text, in binary formats its microseconds.
///
/// ```
/// use moai_core::Timestamp;
///
/// let noon: Timestamp = "2025-01-01T12:00:00+00:00".parse()?;
/// let later: Timestamp = "2025-01-01T13:00:00.5+00:00".parse()?;
/// assert!(noon < later);
/// assert_eq!(later.to_string(), "2025-01-01T13:00:00.500000+00:00");
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1 January 1970, 00:00:00 UTC.
    pub const UNIX_EPOCH: Self = Self(0);

    /// The first moment of the year 1.
    pub const MIN: Self = Self(-62_135_596_800_000_000);

    /// The last microsecond of the year 9999.
    pub const MAX: Self = Self(253_402_300_799_999_999);

    /// The moment `micros` microseconds after 1970 began (before it, when negative).
    ///
    /// # Errors
    ///
    /// `OutOfRange` outside of the years 1 to 9999.
    pub fn from_unix_micros(micros: i64) -> Result<Self, InvalidInput> {
        if (Self::MIN.0..=Self::MAX.0).contains(&micros) {
            Ok(Self(micros))
        } else {
            Err(out_of_range(format!("{micros} microseconds after 1970")))
        }
    }

    /// Microseconds since 1970 began.
    #[must_use]
    pub const fn unix_micros(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since 1970 began, rounded down.
    #[must_use]
    pub const fn unix_millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// The nearest moment there is a timestamp for: times outside of the years 1 to 9999 become the first or last one.
    #[must_use]
    pub fn nearest(time: DateTime<Utc>) -> Self {
        Self::try_from(time).unwrap_or(if time.year() < 1 { Self::MIN } else { Self::MAX })
    }

    /// This moment as chrono's type.
    #[must_use]
    pub fn to_utc(self) -> DateTime<Utc> {
        // Every timestamp lies within chrono's range; the fallback is never taken.
        DateTime::from_timestamp_micros(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }
}

fn out_of_range(got: String) -> InvalidInput {
    InvalidInput::OutOfRange { field: FIELD, low: Timestamp::MIN.to_string(), high: Timestamp::MAX.to_string(), got }
}

impl TryFrom<DateTime<Utc>> for Timestamp {
    type Error = InvalidInput;

    fn try_from(time: DateTime<Utc>) -> Result<Self, InvalidInput> {
        if !(1..=9999).contains(&time.year()) {
            return Err(out_of_range(time.to_string()));
        }
        // chrono holds a leap second as more than a billion nanoseconds in the second before it.
        let micros_of_second = i64::from((time.nanosecond() / 1_000).min(999_999));
        Self::from_unix_micros(time.timestamp() * 1_000_000 + micros_of_second)
    }
}

impl From<Timestamp> for DateTime<Utc> {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.to_utc()
    }
}

impl std::str::FromStr for Timestamp {
    type Err = InvalidInput;

    /// Reads RFC 3339 in one shape: `YYYY-MM-DDTHH:MM:SS`, a fraction of any length or none, then `Z` or an offset
    /// `±HH:MM`; `T` and `Z` in upper case. A second 60 stands only where leap seconds are, at 23:59 UTC.
    fn from_str(text: &str) -> Result<Self, InvalidInput> {
        if !has_shape(text) {
            return Err(InvalidInput::malformed(
                FIELD,
                "it is written YYYY-MM-DDTHH:MM:SS, a fraction, and Z or ±HH:MM",
            ));
        }
        let time = DateTime::parse_from_rfc3339(text).map_err(|error| InvalidInput::malformed(FIELD, error))?.to_utc();
        if time.nanosecond() >= 1_000_000_000 && (time.hour(), time.minute()) != (23, 59) {
            return Err(InvalidInput::malformed(FIELD, "a leap second stands at 23:59:60 UTC only"));
        }
        Self::try_from(time)
    }
}

/// chrono alone also takes a space for the `T`, lower case, and other characters for the minus.
fn has_shape(text: &str) -> bool {
    let Some((moment, rest)) = text.split_at_checked("YYYY-MM-DDTHH:MM:SS".len()) else {
        return false;
    };
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())),
        None => ("0", rest),
    };
    let offset = zone.strip_prefix(['+', '-']);
    is_like(moment, "0000-00-00T00:00:00")
        && !fraction.is_empty()
        && offset.map_or(zone == "Z", |offset| is_like(offset, "00:00"))
}

/// Whether `text` has a digit where `pattern` has a zero, and the same elsewhere.
fn is_like(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text
            .bytes()
            .zip(pattern.bytes())
            .all(|(got, due)| if due == b'0' { got.is_ascii_digit() } else { got == due })
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // No fraction or six digits, as Python prints it.
        let format = if self.0 % 1_000_000 == 0 { "%Y-%m-%dT%H:%M:%S+00:00" } else { "%Y-%m-%dT%H:%M:%S%.6f+00:00" };
        write!(f, "{}", self.to_utc().format(format))
    }
}

impl std::fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::raw::serialize(serializer, self, &self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::raw::deserialize(deserializer, FIELD, str::parse, Self::from_unix_micros)
    }
}
