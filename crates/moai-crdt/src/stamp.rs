//! When something happened, by a clock that never goes back.

use moai_core::InvalidInput;
use serde::{Deserialize, Serialize};

/// A moment on a [`HybridClock`](crate::HybridClock): milliseconds since 1970 began, and a counter that tells the moments
/// of one millisecond apart. Greater is later.
///
/// As text, and in serde, it is 16 hexadecimal digits: every reader of JSON keeps them exactly, and sorted as text they
/// are sorted in time. The last four are the counter.
///
/// ```
/// use moai_crdt::Stamp;
///
/// let stamp = Stamp::new(1_735_732_800_000, 7)?;
/// assert!(stamp < Stamp::new(1_735_732_800_001, 0)?);
/// assert_eq!(stamp.to_string(), "019421bcaa000007");
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Stamp(u64);

impl Stamp {
    /// Before every other one.
    pub const ZERO: Self = Self(0);

    /// After every other one, in the year 10889.
    pub const MAX: Self = Self(u64::MAX);

    /// The greatest number of milliseconds there is room for: 2^48 − 1.
    pub const MAX_MILLIS: u64 = (1 << 48) - 1;

    /// The moment `counter` within the millisecond `millis`.
    ///
    /// # Errors
    ///
    /// `OutOfRange` above [`Stamp::MAX_MILLIS`].
    pub fn new(millis: u64, counter: u16) -> Result<Self, InvalidInput> {
        if millis > Self::MAX_MILLIS {
            let (low, high) = (0.to_string(), Self::MAX_MILLIS.to_string());
            return Err(InvalidInput::OutOfRange { field: "stamp", low, high, got: millis.to_string() });
        }
        Ok(Self(millis << 16 | u64::from(counter)))
    }

    /// The moment that [`Stamp::to_bits`] made these of.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The milliseconds in the upper 48 bits, the counter in the lower 16: greater is later.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        self.0
    }

    /// Milliseconds since 1970 began.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0 >> 16
    }

    /// Which moment of its millisecond it is.
    #[must_use]
    pub const fn counter(self) -> u16 {
        let [.., high, low] = self.0.to_be_bytes();
        u16::from_be_bytes([high, low])
    }

    /// The first moment of a millisecond; of the last there is room for, when it is beyond.
    pub(crate) fn first_of(millis: u64) -> Self {
        Self(millis.min(Self::MAX_MILLIS) << 16)
    }

    /// The next moment, with the next millisecond after 65,536 of them. After the last there is none.
    pub(crate) fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl std::fmt::Display for Stamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl std::fmt::Debug for Stamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}ms+{}", self.millis(), self.counter())
    }
}

impl Serialize for Stamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::readable::hexadecimal(deserializer, "a stamp").map(Self)
    }
}
