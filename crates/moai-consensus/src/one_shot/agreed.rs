//! An outcome that was agreed on, and what proves it.

use super::{Certificate, Flaw, Kind, Part, Record, Setting};
use crate::Verifier;

/// An outcome that was agreed on, and the finalization that proves it to anyone who knows the setting.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Agreed {
    /// The outcome.
    pub record: Record,
    /// A quorum that saw it notarized.
    pub finalization: Certificate,
}

impl Agreed {
    /// Puts both together. Whether they prove anything, [`flaw`](Self::flaw) says.
    #[must_use]
    pub const fn new(record: Record, finalization: Certificate) -> Self {
        Self { record, finalization }
    }

    /// What is wrong with it; nothing, if it is an outcome that no honest agent will ever contradict.
    #[must_use]
    pub fn flaw(&self, setting: &Setting, verifier: &dyn Verifier) -> Option<Flaw> {
        if self.finalization.kind != Kind::Finalize {
            return Some(Flaw::OtherVote);
        }
        if self.finalization.record != self.record.digest() {
            return Some(Flaw::OtherRecord);
        }
        self.finalization.flaw(setting, verifier).or_else(|| self.record.flaw(setting, verifier))
    }

    /// What others are told.
    pub(super) fn parts(&self) -> Vec<Part> {
        vec![Part::Certificate(self.finalization.clone()), Part::Record(self.record.clone())]
    }
}
