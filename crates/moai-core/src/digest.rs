//! Digests: 32 bytes that stand for data.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::canonical::encode;
use crate::raw::{self, Raw};
use crate::{InvalidInput, Value};

const FIELD: &str = "digest";

/// A SHA-256 digest. As text, and in serde's readable formats, it is 64 lower-case hexadecimal digits; in binary formats
/// it is its 32 bytes.
///
/// ```
/// use moai_core::{Digest, value};
///
/// let digest = value!({"a": 1}).digest();
/// assert_eq!(digest.to_string().parse::<Digest>()?, digest);
/// assert_ne!(digest, value!({"a": 1.0}).digest());
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// A digest that was kept as bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Value {
    /// The digest of the value alone: that of the domain `moai/value/1` with the value as its one field.
    ///
    /// ```
    /// use moai_core::{DigestBuilder, value};
    ///
    /// let value = value!([1, "yes"]);
    /// assert_eq!(value.digest(), DigestBuilder::new("moai/value/1").value(&value).finish());
    /// ```
    #[must_use]
    pub fn digest(&self) -> Digest {
        DigestBuilder::new("moai/value/1").value(self).finish()
    }
}

/// Digests fields under a domain, so that no two lists of fields, and no two domains, give the same bytes to hash.
///
/// The domain says what the fields are and in which version; it never serves another list. Domain and fields are hashed
/// in order, each as its length (`u64`, 8 bytes, big-endian) and then its bytes:
///
/// | field | bytes |
/// | --- | --- |
/// | [`bytes`](Self::bytes) | as they are |
/// | [`text`](Self::text), and the domain | UTF-8 |
/// | [`u64`](Self::u64) | 8, big-endian |
/// | [`digest`](Self::digest) | its 32 |
/// | [`value`](Self::value) | its [canonical bytes](Value::to_canonical) |
///
/// ```
/// use moai_core::DigestBuilder;
///
/// let one = DigestBuilder::new("example/pair/1").text("ab").text("c").finish();
/// let other = DigestBuilder::new("example/pair/1").text("a").text("bc").finish();
/// assert_ne!(one, other);
/// ```
#[derive(Clone)]
#[must_use = "a digest comes out of `finish`"]
pub struct DigestBuilder(Sha256);

impl DigestBuilder {
    /// A digest of no fields yet, under a domain such as `moai/record/1`.
    pub fn new(domain: &str) -> Self {
        Self(Sha256::new()).text(domain)
    }

    /// Adds bytes.
    pub fn bytes(self, bytes: &[u8]) -> Self {
        let mut field = self.length(bytes.len());
        field.0.update(bytes);
        field
    }

    /// Adds a text.
    pub fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// Adds a number.
    pub fn u64(self, number: u64) -> Self {
        self.bytes(&number.to_be_bytes())
    }

    /// Adds a digest.
    pub fn digest(self, digest: &Digest) -> Self {
        self.bytes(digest.as_bytes())
    }

    /// Adds a value, without taking memory for its canonical bytes.
    pub fn value(self, value: &Value) -> Self {
        let mut field = self.length(value.canonical_len());
        encode(value, |part| field.0.update(part));
        field
    }

    /// The digest of the fields so far.
    #[must_use]
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }

    fn length(mut self, length: usize) -> Self {
        self.0.update((length as u64).to_be_bytes());
        self
    }
}

impl fmt::Debug for DigestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestBuilder").finish_non_exhaustive()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// Takes the one form that [`Display`](fmt::Display) writes: no upper case, no sign, no space.
impl FromStr for Digest {
    type Err = InvalidInput;

    fn from_str(text: &str) -> Result<Self, InvalidInput> {
        crate::hex::parse(FIELD, text).map(Self)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        raw::serialize(serializer, self, &Raw(self.0))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        raw::deserialize(deserializer, FIELD, str::parse, |Raw(bytes)| Ok(Self(bytes)))
    }
}
