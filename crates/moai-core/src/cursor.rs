//! Where a reader stands in a swarm's sequence of changes.

use serde::{Deserialize, Serialize};

use crate::raw::{self, Raw};
use crate::{Chance, ChanceError, InvalidInput, Version};

const FIELD: &str = "epoch";

/// The life of a store: drawn when it is created, and drawn anew when it is rebuilt, because the same version then means
/// something else. In serde's readable formats it is its text, in binary formats its 8 bytes.
///
/// ```
/// use moai_core::{Epoch, SeededChance};
///
/// let epoch = Epoch::draw(&SeededChance::new(1))?;
/// assert_eq!(epoch.to_string().parse(), Ok(epoch));
/// # Ok::<(), moai_core::ChanceError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(u64);

impl Epoch {
    /// Draws a new one.
    ///
    /// # Errors
    ///
    /// What `chance` says when it has nothing to give.
    pub fn draw(chance: &dyn Chance) -> Result<Self, ChanceError> {
        Ok(Self(chance.draw()?))
    }

    /// The epoch that these bytes are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(bytes))
    }

    /// The bytes of this epoch.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}

impl std::fmt::Display for Epoch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl std::fmt::Debug for Epoch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Epoch({self})")
    }
}

impl std::str::FromStr for Epoch {
    type Err = InvalidInput;

    /// Reads 16 lower-case hexadecimal digits, the one way it is written.
    fn from_str(text: &str) -> Result<Self, InvalidInput> {
        crate::hex::parse(FIELD, text).map(Self::from_bytes)
    }
}

impl Serialize for Epoch {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        raw::serialize(serializer, self, &Raw(self.to_bytes()))
    }
}

impl<'de> Deserialize<'de> for Epoch {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        raw::deserialize(deserializer, FIELD, str::parse, |Raw(bytes)| Ok(Self::from_bytes(bytes)))
    }
}

/// A place in a swarm's sequence: everything up to and including `version`, in the life `epoch` of the store.
///
/// Keep it with what you have read, and hand it back to get what came since.
///
/// ```
/// use moai_core::{Cursor, Epoch, Version};
///
/// let here = Cursor { epoch: Epoch::from_bytes([1; 8]), version: Version::ZERO };
/// assert_eq!(here.to_string(), "0101010101010101:0");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    /// The life of the store.
    pub epoch: Epoch,
    /// The last version that is behind the reader.
    pub version: Version,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.epoch, self.version)
    }
}
