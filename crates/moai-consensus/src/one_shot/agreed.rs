//! An outcome that was agreed on, and what proves it.

use moai_core::InvalidInput;
use serde::{Deserialize, Serialize};

use super::setting::{bounded, limits};
use super::{Certificate, Flaw, Kind, Part, Record, Setting};
use crate::Verifier;
use crate::codec::{Reader, Writer};

/// An outcome that was agreed on, and the finalization that proves it to anyone who knows the setting.
///
/// It is kept as [bytes](Self::to_bytes), or in serde's formats.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Agreed {
    /// The outcome.
    pub record: Record,
    /// A quorum that saw it notarized.
    pub finalization: Certificate,
}

impl Agreed {
    /// Puts both together. Whether they prove anything, [`verify`](Self::verify) says.
    #[must_use]
    pub const fn new(record: Record, finalization: Certificate) -> Self {
        Self { record, finalization }
    }

    /// Whether it is an outcome that no honest agent will ever contradict.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn verify(&self, setting: &Setting, verifier: &dyn Verifier) -> Result<(), Flaw> {
        if self.finalization.kind != Kind::Finalize {
            return Err(Flaw::OtherVote);
        }
        if self.finalization.record != self.record.digest() {
            return Err(Flaw::OtherRecord);
        }
        self.finalization.verify(setting, verifier)?;
        self.record.verify(setting, verifier)
    }

    /// The bytes to keep, or to show to others.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.finalization.write(self.record.write(Writer::new(256))).finish()
    }

    /// Reads the bytes of an outcome. Nothing in it is checked by that: see [`verify`](Self::verify).
    ///
    /// # Errors
    ///
    /// What cannot be read.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidInput> {
        let mut from = Reader::new("agreed outcome", bounded("agreed outcome", bytes)?, limits())?;
        let read = Self { record: Record::read_from(&mut from)?, finalization: Certificate::read_from(&mut from)? };
        from.end()?;
        Ok(read)
    }

    /// What others are told.
    pub(super) fn parts(&self) -> Vec<Part> {
        vec![Part::Certificate(self.finalization.clone()), Part::Record(self.record.clone())]
    }
}
