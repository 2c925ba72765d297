//! Which answer belongs to which question.

use crate::raw::{self, Raw};
use crate::{Chance, ChanceError, InvalidInput};

const FIELD: &str = "correlation id";

/// 128 bits from chance that tie answers to their question; an answer repeats the bits of what it answers.
/// In serde's readable formats it is its text, in binary formats its 16 bytes.
///
/// ```
/// use moai_core::{CorrelationId, SeededChance};
///
/// let id = CorrelationId::draw(&SeededChance::new(7))?;
/// assert_eq!(id.to_string().parse(), Ok(id));
/// # Ok::<(), moai_core::ChanceError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CorrelationId(u128);

impl CorrelationId {
    /// Draws a new one.
    ///
    /// # Errors
    ///
    /// What `chance` says when it has nothing to give.
    pub fn draw(chance: &dyn Chance) -> Result<Self, ChanceError> {
        let mut bytes = [0; 16];
        chance.fill(&mut bytes)?;
        Ok(Self::from_bytes(bytes))
    }

    /// The id that these bytes are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// The bytes of this id.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

impl std::fmt::Display for CorrelationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl std::fmt::Debug for CorrelationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CorrelationId({self})")
    }
}

impl std::str::FromStr for CorrelationId {
    type Err = InvalidInput;

    /// Reads 32 lower-case hexadecimal digits, the one way it is written.
    fn from_str(text: &str) -> Result<Self, InvalidInput> {
        crate::hex::parse(FIELD, text).map(Self::from_bytes)
    }
}

impl serde::Serialize for CorrelationId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        raw::serialize(serializer, self, &Raw(self.to_bytes()))
    }
}

impl<'de> serde::Deserialize<'de> for CorrelationId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        raw::deserialize(deserializer, FIELD, str::parse, |Raw(bytes)| Ok(Self::from_bytes(bytes)))
    }
}
