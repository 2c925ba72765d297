//! When something was written, by a hybrid clock.

use moai_core::InvalidInput;
use serde::{Deserialize, Serialize};

/// When something was written: 48 bits of milliseconds since 1970, and 16 bits that count within one.
///
/// ```
/// use moai_crdt::Stamp;
///
/// assert!(Stamp::from_parts(1_700_000_000_000, 7)? < Stamp::from_parts(1_700_000_000_001, 0)?);
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Stamp(u64);

impl Stamp {
    /// From milliseconds since 1970 and a count within one.
    ///
    /// # Errors
    ///
    /// `OutOfRange` for milliseconds of more than 48 bits.
    pub fn from_parts(millis: u64, count: u16) -> Result<Self, InvalidInput> {
        const LAST: u64 = (1 << 48) - 1;
        if millis <= LAST {
            return Ok(Self(millis << 16 | u64::from(count)));
        }
        let (low, high) = (0.to_string(), LAST.to_string());
        Err(InvalidInput::OutOfRange { field: "stamp", low, high, got: millis.to_string() })
    }

    /// Both parts as one number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}
