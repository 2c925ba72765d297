//! By what a voter's signature is checked.

use std::fmt;
use std::str::FromStr;

use moai_core::{Digest, InvalidInput};
use serde::{Deserialize, Serialize};

/// The public key by which a voter's signature is checked: 32 bytes. As text, and in JSON, it is 64 lower-case hexadecimal
/// digits.
///
/// ```
/// use moai_consensus::VoterKey;
///
/// let key = VoterKey::from_bytes([171; 32]);
/// assert_eq!(key.to_string().parse::<VoterKey>()?, key);
/// assert!("AB".parse::<VoterKey>().is_err());
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
// It is written as a digest is, and is none.
pub struct VoterKey(Digest);

impl VoterKey {
    /// A key that was kept as bytes. Whether it is a key of any scheme is not looked at.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Digest::from_bytes(bytes))
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl fmt::Display for VoterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for VoterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VoterKey({self})")
    }
}

/// Takes the one form that [`Display`](fmt::Display) writes.
impl FromStr for VoterKey {
    type Err = InvalidInput;

    fn from_str(text: &str) -> Result<Self, InvalidInput> {
        let why = "64 lower-case hexadecimal digits are due";
        let malformed = |_| InvalidInput::Malformed { field: "voter key", why: why.into() };
        text.parse().map(Self).map_err(malformed)
    }
}
