//! Versions: the one sequence of a swarm.

use crate::InvalidInput;

const FIELD: &str = "version";

/// A number in a swarm's one sequence of changes: greater means later.
///
/// Zero stands before the first change. The greatest is 2^53 − 1, so that every language's JSON reads it exactly; the
/// sequence never wraps.
///
/// ```
/// use moai_core::Version;
///
/// let seven = Version::new(7)?;
/// assert_eq!(seven.next()?.get(), 8);
/// assert!(Version::MAX.next().is_err());
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize)]
#[serde(transparent)]
pub struct Version(u64);

impl Version {
    /// Before the first change.
    pub const ZERO: Self = Self(0);

    /// The last version there can be: 2^53 − 1.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// The version `number`.
    ///
    /// # Errors
    ///
    /// `OutOfRange` above [`Version::MAX`].
    pub fn new(number: u64) -> Result<Self, InvalidInput> {
        if number > Self::MAX.0 {
            return Err(InvalidInput::OutOfRange {
                field: FIELD,
                low: Self::ZERO.0.to_string(),
                high: Self::MAX.0.to_string(),
                got: number.to_string(),
            });
        }
        Ok(Self(number))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The version after this one.
    ///
    /// # Errors
    ///
    /// `OutOfRange` after [`Version::MAX`].
    pub fn next(self) -> Result<Self, InvalidInput> {
        self.plus(1)
    }

    /// The version `steps` after this one.
    ///
    /// # Errors
    ///
    /// `OutOfRange` beyond [`Version::MAX`].
    pub fn plus(self, steps: u64) -> Result<Self, InvalidInput> {
        Self::new(self.0.saturating_add(steps))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::fmt::Debug for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "v{}", self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Version {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(u64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
