//! What one agent sends to another at once: several parts, each of which proves itself.

use moai_core::{Digest, InvalidInput};

use super::setting::{MOST_BYTES, bounded, limits};
use super::{Certificate, Kind, Proof, Record, Said};
use crate::codec::{Reader, Writer};

/// One part of a packet, and one record of an agent's journal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// Something that an agent signed.
    Said(Said),
    /// An outcome that votes in the packet speak of by its digest.
    Record(Record),
    /// A quorum of votes.
    Certificate(Certificate),
    /// A lie that is proven: once more lie than may, all are told.
    Proof(Box<Proof>),
}

const SAID: u8 = 1;
const RECORD: u8 = 2;
const CERTIFICATE: u8 = 3;
const PROOF: u8 = 4;

impl Part {
    /// The bytes of a packet with these parts.
    #[must_use]
    pub fn pack(parts: &[Self]) -> Vec<u8> {
        parts.iter().fold(Writer::new(256), |to, part| part.write(to)).finish()
    }

    /// Reads a packet. Nothing in it is checked by that.
    ///
    /// # Errors
    ///
    /// What cannot be read.
    pub fn unpack(bytes: &[u8]) -> Result<Vec<Self>, InvalidInput> {
        Raw::unpack(bytes)?.iter().map(Raw::read).collect()
    }

    fn write(&self, to: Writer) -> Writer {
        let inner = Writer::new(256);
        match self {
            Self::Said(said) => to.byte(SAID).bytes(&said.write(inner).finish()),
            // The digest stands before it, so that whoever has the record need not hash it again.
            Self::Record(record) => to.byte(RECORD).bytes(&record.write(inner.digest(&record.digest())).finish()),
            Self::Certificate(certificate) => to.byte(CERTIFICATE).bytes(&certificate.write(inner).finish()),
            Self::Proof(proof) => to.byte(PROOF).bytes(&proof.to_bytes()),
        }
    }
}

/// A part that is not read yet: most of what is relayed is known already.
pub(super) struct Raw<'a> {
    tag: u8,
    bytes: &'a [u8],
}

impl<'a> Raw<'a> {
    pub(super) fn unpack(bytes: &'a [u8]) -> Result<Vec<Self>, InvalidInput> {
        let mut from = Reader::new("one-shot packet", bounded("one-shot packet", bytes)?, limits())?;
        let mut parts = Vec::new();
        while !from.is_empty() {
            parts.push(Self { tag: from.byte()?, bytes: from.bytes("part of a packet", MOST_BYTES)? });
        }
        Ok(parts)
    }

    /// Whether a lie is said to be proven.
    pub(super) const fn is_proof(&self) -> bool {
        self.tag == PROOF
    }

    fn read(&self) -> Result<Part, InvalidInput> {
        let part = self.read_if(|_| true, |_, _, _| true)?;
        part.ok_or_else(|| InvalidInput::Malformed { field: "part of a packet", why: "it was left".into() })
    }

    /// Reads it; a record or a certificate only when it is wanted.
    pub(super) fn read_if(
        &self,
        record: impl FnOnce(Digest) -> bool,
        certificate: impl FnOnce(Kind, u64, Digest) -> bool,
    ) -> Result<Option<Part>, InvalidInput> {
        if self.tag == PROOF {
            return Ok(Some(Part::Proof(Box::new(Proof::from_bytes(self.bytes)?))));
        }
        let mut from = Reader::new("part of a packet", self.bytes, limits())?;
        let part = match self.tag {
            SAID => Part::Said(Said::read(&mut from)?),
            RECORD => {
                let digest = from.digest()?;
                if !record(digest) {
                    return Ok(None);
                }
                let read = Record::read_from(&mut from)?;
                if read.digest() != digest {
                    return Err(from.malformed("a record is not what stands for it"));
                }
                Part::Record(read)
            }
            CERTIFICATE => match Certificate::read_if(&mut from, certificate)? {
                Some(read) => Part::Certificate(read),
                None => return Ok(None),
            },
            other => return Err(from.malformed(format!("part {other} is not known"))),
        };
        from.end()?;
        Ok(Some(part))
    }
}
