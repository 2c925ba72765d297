//! 64 bytes that only the owner of a key can make.

use std::fmt;
use std::str::FromStr;

use moai_core::InvalidInput;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const FIELD: &str = "signature";

/// A signature: 64 bytes. As text, and in JSON, it is 128 lower-case hexadecimal digits.
///
/// ```
/// use moai_consensus::Signature;
///
/// let signature = Signature::from_bytes([171; 64]);
/// assert_eq!(signature.to_string().parse::<Signature>()?, signature);
/// assert!("AB".parse::<Signature>().is_err());
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature([u8; 64]);

impl Signature {
    /// A signature that was kept as bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({self})")
    }
}

/// Takes the one form that [`Display`](fmt::Display) writes.
impl FromStr for Signature {
    type Err = InvalidInput;

    fn from_str(text: &str) -> Result<Self, InvalidInput> {
        read_hex(FIELD, text).map(Self)
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Reads exactly `N` bytes, two lower-case digits each. What was read is not repeated in errors: it may be secret.
pub(super) fn read_hex<const N: usize>(field: &'static str, text: &str) -> Result<[u8; N], InvalidInput> {
    let malformed =
        || InvalidInput::Malformed { field, why: format!("{} lower-case hexadecimal digits are due", 2 * N) };
    if text.len() != 2 * N {
        return Err(malformed());
    }
    let mut bytes = [0; N];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        for digit in digits {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return Err(malformed()),
            };
            *byte = *byte << 4 | value;
        }
    }
    Ok(bytes)
}
