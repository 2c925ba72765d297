//! What an agent signed, with the bytes as they were sent.

use std::fmt;
use std::sync::Arc;

use moai_core::planted::planted;
use moai_core::{Digest, DigestBuilder, InvalidInput};
use serde::{Deserialize, Serialize};

use super::hex;
use super::setting::{MOST_BYTES, Setting};
use super::{Flaw, Message};
use crate::codec::{Reader, Writer};
use crate::{Claim, Domain, Signature, Signer, Verifier};

/// Which message it is. Each kind is signed under a domain of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
#[non_exhaustive]
pub enum Kind {
    /// A ballot, or that there will be none.
    Statement = 1,
    /// A leader proposes an outcome.
    Propose = 2,
    /// A proposal was found valid.
    Notarize = 3,
    /// A view took too long.
    Nullify = 4,
    /// A proposal was seen notarized, and its view was not nullified by the signer.
    Finalize = 5,
}

impl Kind {
    pub(super) const ALL: [Self; 5] = [Self::Statement, Self::Propose, Self::Notarize, Self::Nullify, Self::Finalize];

    const fn domain(self) -> &'static str {
        match self {
            Self::Statement => "moai/one-shot/statement/1",
            Self::Propose => "moai/one-shot/propose/1",
            Self::Notarize => "moai/one-shot/notarize/1",
            Self::Nullify => "moai/one-shot/nullify/1",
            Self::Finalize => "moai/one-shot/finalize/1",
        }
    }
}

/// What an agent signed. **The bytes are kept as they were sent**: signatures are over them, and so is evidence.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    by: u32,
    kind: Kind,
    #[serde(with = "hex")]
    bytes: Arc<[u8]>,
    signature: Signature,
}

impl Said {
    /// Signs a message, in the name of the agent at a place.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use moai_consensus::{Draft, Elector, Electorate, Rule, Unanimous};
    /// # use moai_core::{Limits, Timestamp, agent_id, value};
    /// # #[cfg(feature = "signing")] {
    /// use moai_consensus::one_shot::{Message, Said, Setting};
    /// use moai_consensus::{Ed25519, Signer, SigningKey};
    ///
    /// # let proposal = Draft::from(value!(1)).identify(agent_id!("lead"), [0; 16], &Limits::default())?;
    /// let key = SigningKey::from_bytes([7; 32]);
    /// let electorate = Electorate::new([Elector::new(agent_id!("a")).with_key(key.key())])?;
    /// # let (rule, end, delta) = (Unanimous.shared(), Timestamp::UNIX_EPOCH, Duration::from_millis(100));
    /// let setting = Setting::new(&proposal, electorate, rule, 0, end, delta)?;
    /// let said = Said::sign(&setting, 0, &key, &Message::Nullify { view: 3 });
    /// assert_eq!(said.verify(&setting, &Ed25519), Ok(()));
    /// assert_eq!(said.message()?, Message::Nullify { view: 3 });
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn sign(setting: &Setting, by: u32, signer: &dyn Signer, message: &Message) -> Self {
        let (kind, bytes) = (message.kind(), message.to_bytes());
        let signature = signer.sign(&Domain::new(kind.domain(), setting.instance()), &bytes);
        Self { by, kind, bytes: bytes.into(), signature }
    }

    /// Who signed it: the place in the electorate.
    #[must_use]
    pub const fn by(&self) -> u32 {
        self.by
    }

    /// Which message it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The bytes that were signed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What stands in the bytes.
    ///
    /// # Errors
    ///
    /// What cannot be read.
    pub fn message(&self) -> Result<Message, InvalidInput> {
        Message::read(self.kind, &self.bytes)
    }

    /// Whether the agent that it names has signed it, in this agreement.
    ///
    /// # Errors
    ///
    /// [`Flaw::Unsigned`] when it has not.
    pub fn verify(&self, setting: &Setting, verifier: &dyn Verifier) -> Result<(), Flaw> {
        if planted("votes_that_nobody_signed") && setting.key(self.by).is_some() {
            return Ok(());
        }
        let signed = |it: &Claim<'_>| verifier.verifies(it.key, &it.domain, it.bytes, it.signature);
        if self.claim(setting).as_ref().is_some_and(signed) { Ok(()) } else { Err(Flaw::Unsigned) }
    }

    /// What is to be checked about it; `None` when nobody has that place.
    fn claim<'a>(&'a self, setting: &'a Setting) -> Option<Claim<'a>> {
        let domain = Domain::new(self.kind.domain(), setting.instance());
        let key = setting.key(self.by)?;
        Some(Claim { key, domain, bytes: &self.bytes, signature: &self.signature })
    }

    /// Whether all of them verify.
    pub(super) fn all_verify(all: &[Self], setting: &Setting, verifier: &dyn Verifier) -> bool {
        let claims: Option<Vec<Claim<'_>>> = all.iter().map(|said| said.claim(setting)).collect();
        claims.is_some_and(|claims| verifier.all_verify(&claims))
    }

    /// What stands for it in a notarization: who signed it, and what.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let start = DigestBuilder::new("moai/one-shot/said/1").u64(self.kind as u64);
        start.u64(self.by.into()).bytes(&self.bytes).finish()
    }

    /// Whether somebody says the same again.
    pub(super) fn repeats(&self, other: &Self) -> bool {
        self.by == other.by && self.kind == other.kind && self.bytes == other.bytes
    }

    pub(super) fn write(&self, to: Writer) -> Writer {
        to.byte(self.kind as u8).u32(self.by).bytes(&self.bytes).array(self.signature.as_bytes())
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Result<Self, InvalidInput> {
        let byte = from.byte()?;
        let kind = Kind::ALL.into_iter().find(|kind| *kind as u8 == byte);
        let kind = kind.ok_or_else(|| from.malformed(format!("kind {byte} is not known")))?;
        let by = from.u32()?;
        let bytes = from.bytes("signed message", MOST_BYTES)?.into();
        Ok(Self { by, kind, bytes, signature: Signature::from_bytes(from.array()?) })
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = f.debug_struct("Said");
        parts.field("by", &self.by).field("kind", &self.kind).field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}
