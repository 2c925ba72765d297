//! A signature with the bytes that it is over.

#[cfg(feature = "manager")]
use moai_core::{CorrelationId, DigestBuilder};
use moai_core::{Digest, InvalidInput};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Claim, Domain, Signature, Signer, Verifier, VoterKey};

/// The kinds of what a voter signs.
const BALLOT: &str = "moai/vote/ballot/1";
#[cfg(feature = "manager")]
const FAILURE: &str = "moai/vote/failure/1";

/// The domain of the ballots of one vote.
pub(crate) const fn of_ballots(instance: Digest) -> Domain {
    Domain::new(BALLOT, instance)
}

/// The domain of the failures at one asking of a question: a failure stands for that one alone, so it is bound to what
/// the question was sent with.
#[cfg(feature = "manager")]
pub(crate) fn of_failures(instance: Digest, asked: CorrelationId) -> Domain {
    Domain::new(FAILURE, DigestBuilder::new(FAILURE).digest(&instance).bytes(&asked.to_bytes()).finish())
}

/// A signature with the bytes that it is over, as they were sent. The bytes never change.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Seal {
    bytes: Bytes,
    signature: Signature,
    /// By which key it has been found to be made, in this process.
    #[serde(skip)]
    checked: Option<VoterKey>,
}

/// As text, two lower-case hexadecimal digits for each.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Bytes(Box<[u8]>);

impl Seal {
    /// What was sent as signed; whether it is, is to be checked.
    pub(crate) fn new(bytes: &[u8], signature: Signature) -> Self {
        Self { bytes: Bytes(bytes.into()), signature, checked: None }
    }

    /// Signs bytes.
    pub(crate) fn by(signer: &dyn Signer, domain: &Domain, bytes: Vec<u8>) -> Self {
        let signature = signer.sign(domain, &bytes);
        Self { bytes: Bytes(bytes.into()), signature, checked: None }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes.0
    }

    pub(crate) const fn signature(&self) -> &Signature {
        &self.signature
    }

    /// What is to be checked about it.
    pub(crate) fn claim<'a>(&'a self, key: &'a VoterKey, domain: Domain) -> Claim<'a> {
        Claim { key, domain, bytes: self.bytes(), signature: &self.signature }
    }

    pub(crate) fn verifies(&self, key: &VoterKey, domain: &Domain, verifier: &dyn Verifier) -> bool {
        verifier.verifies(key, domain, self.bytes(), &self.signature)
    }

    /// Remembers that this key has made it, under the domain of what its bytes say.
    pub(crate) const fn check(&mut self, key: VoterKey) {
        self.checked = Some(key);
    }

    /// Whether it has been found to be made by this key.
    pub(crate) fn is_checked(&self, key: &VoterKey) -> bool {
        self.checked.as_ref() == Some(key)
    }
}

/// What is known about it in this process is no part of it.
impl PartialEq for Seal {
    fn eq(&self, other: &Self) -> bool {
        (&self.bytes, &self.signature) == (&other.bytes, &other.signature)
    }
}

impl Eq for Seal {}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digit = |value: u8| char::from(if value < 10 { b'0' + value } else { b'a' + value - 10 });
        let text: String = self.0.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        read(&text).map(Self).map_err(serde::de::Error::custom)
    }
}

fn read(text: &str) -> Result<Box<[u8]>, InvalidInput> {
    let malformed = || {
        let why = "two lower-case hexadecimal digits are due for each byte".into();
        InvalidInput::Malformed { field: "signed bytes", why }
    };
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(malformed()),
    };
    let pairs = text.as_bytes().chunks(2).map(|pair| match *pair {
        [high, low] => Ok(value(high)? << 4 | value(low)?),
        _ => Err(malformed()),
    });
    pairs.collect()
}
