//! A quorum of votes for one thing: it proves itself.

use std::collections::BTreeSet;

use moai_core::planted::planted;
use moai_core::{Digest, InvalidInput};
use serde::{Deserialize, Serialize};

use super::setting::{bounded, limits};
use super::{Flaw, Kind, Message, Said, Setting};
use crate::Verifier;
use crate::codec::{Reader, Writer};

/// A quorum of votes for one thing, each as it was signed. It proves itself: who carried it does not matter.
///
/// Of [`Kind::Notarize`] it is a notarization, of [`Kind::Nullify`] a nullification, of [`Kind::Finalize`] a finalization:
/// the outcome.
///
/// It is kept as [bytes](Self::to_bytes), or in serde's formats.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Certificate {
    /// What the votes say.
    pub kind: Kind,
    /// In which view.
    pub view: u64,
    /// What stands for the outcome; zeros in a nullification, which is about none.
    pub record: Digest,
    /// The votes, sorted by agent.
    pub said: Vec<Said>,
}

/// Stands for no outcome.
pub(super) const NOTHING: Digest = Digest::from_bytes([0; 32]);

impl Certificate {
    /// A certificate of these votes. Whether they are a quorum is checked by everybody: see [`verify`](Self::verify).
    #[must_use]
    pub fn new(kind: Kind, view: u64, record: Digest, mut said: Vec<Said>) -> Self {
        said.sort_unstable();
        Self { kind, view, record, said }
    }

    /// Whether it is a quorum of votes for one thing.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn verify(&self, setting: &Setting, verifier: &dyn Verifier) -> Result<(), Flaw> {
        if !self.said.iter().all(|said| (said.kind(), about(said)) == (self.kind, Some((self.view, self.record)))) {
            return Err(Flaw::OtherVote);
        }
        let voters: BTreeSet<u32> = self.said.iter().map(Said::by).collect();
        if voters.len() != self.said.len() && !planted("counting_a_voter_twice") {
            return Err(Flaw::Unsorted);
        }
        if setting.weights(self.said.iter().map(Said::by)) < setting.quorum() {
            return Err(Flaw::TooFew);
        }
        if Said::all_verify(&self.said, setting, verifier) { Ok(()) } else { Err(Flaw::Unsigned) }
    }

    /// The bytes to keep, or to show to others.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.write(Writer::new(64 + self.said.len() * 160)).finish()
    }

    /// Reads the bytes of a certificate. Nothing in it is checked by that.
    ///
    /// # Errors
    ///
    /// What cannot be read.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidInput> {
        let mut from = Reader::new("certificate", bounded("certificate", bytes)?, limits())?;
        let read = Self::read_from(&mut from)?;
        from.end()?;
        Ok(read)
    }

    pub(super) fn write(&self, to: Writer) -> Writer {
        let count = u32::try_from(self.said.len()).unwrap_or(u32::MAX);
        let start = to.byte(self.kind as u8).u64(self.view).digest(&self.record).u32(count);
        self.said.iter().fold(start, |to, said| said.write(to))
    }

    /// Reads a certificate; its votes only when `wanted` says so of kind, view and outcome. Nothing can be read behind
    /// one whose votes were left.
    pub(super) fn read_if(
        from: &mut Reader<'_>,
        wanted: impl FnOnce(Kind, u64, Digest) -> bool,
    ) -> Result<Option<Self>, InvalidInput> {
        let byte = from.byte()?;
        let kind = [Kind::Notarize, Kind::Nullify, Kind::Finalize].into_iter().find(|kind| *kind as u8 == byte);
        let kind = kind.ok_or_else(|| from.malformed(format!("there are no certificates of kind {byte}")))?;
        let (view, record, count) = (from.u64()?, from.digest()?, from.u32()?);
        if !wanted(kind, view, record) {
            return Ok(None);
        }
        let said = (0..count).map(|_| Said::read(from)).collect::<Result<_, _>>()?;
        Ok(Some(Self { kind, view, record, said }))
    }

    pub(super) fn read_from(from: &mut Reader<'_>) -> Result<Self, InvalidInput> {
        let read = Self::read_if(from, |_, _, _| true)?;
        read.ok_or_else(|| from.malformed("it was left"))
    }
}

/// The view and the outcome that a vote is about.
pub(super) fn about(said: &Said) -> Option<(u64, Digest)> {
    match said.message().ok()? {
        Message::Notarize { view, record, .. } | Message::Finalize { view, record } => Some((view, record)),
        Message::Nullify { view } => Some((view, NOTHING)),
        Message::Statement(_) | Message::Propose(_) => None,
    }
}
