//! When something was written, by a hybrid clock.

use moai_core::InvalidInput;
use serde::{Deserialize, Serialize};

/// When something was written: 48 bits of milliseconds since 1970, and 16 bits that count within one.
///
/// A stamp orders writes that did not know of each other. It is made by a clock that never goes back, and says nothing
/// about who was really first.
///
/// ```
/// use moai_crdt::Stamp;
///
/// let stamp = Stamp::from_parts(1_700_000_000_000, 7)?;
/// assert_eq!((stamp.millis(), stamp.count()), (1_700_000_000_000, 7));
/// assert!(stamp < Stamp::from_parts(1_700_000_000_001, 0)?);
/// assert_eq!(Stamp::from_u64(stamp.get()), stamp);
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Stamp(u64);

impl Stamp {
    /// The greatest number of milliseconds: 2^48 − 1, in the year 10,889.
    pub const MAX_MILLIS: u64 = (1 << 48) - 1;

    /// From milliseconds since 1970 and a count within one.
    ///
    /// # Errors
    ///
    /// `OutOfRange` above [`Stamp::MAX_MILLIS`].
    pub fn from_parts(millis: u64, count: u16) -> Result<Self, InvalidInput> {
        if millis <= Self::MAX_MILLIS {
            return Ok(Self(millis << 16 | u64::from(count)));
        }
        let (low, high) = (0.to_string(), Self::MAX_MILLIS.to_string());
        Err(InvalidInput::OutOfRange { field: "stamp", low, high, got: millis.to_string() })
    }

    /// From both parts as one number. Every number is a stamp.
    #[must_use]
    pub const fn from_u64(number: u64) -> Self {
        Self(number)
    }

    /// Both parts as one number, in the same order.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0 >> 16
    }

    /// Which one within the millisecond.
    #[must_use]
    pub fn count(self) -> u16 {
        u16::try_from(self.0 & u64::from(u16::MAX)).unwrap_or(u16::MAX)
    }
}

impl std::fmt::Display for Stamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}+{}", self.millis(), self.count())
    }
}

impl std::fmt::Debug for Stamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}
