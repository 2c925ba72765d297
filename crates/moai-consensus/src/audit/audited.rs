//! What an audit found.

use std::collections::BTreeMap;

use moai_core::{AlgorithmName, Head, ProposalId, RecordKind};

use crate::{Decision, Entry};

/// What an audit found, when nothing was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Audited {
    /// The end of the journal. **Write it down where the writer of the journal cannot reach it**, and put it in
    /// [next time](crate::audit::Audit::through): then what was cut or rewritten since shows.
    pub head: Head,
    /// How many records of each kind there are, of votes or not.
    pub kinds: BTreeMap<RecordKind, u64>,
    /// How many votes were approved, rejected, and timed out.
    pub decisions: BTreeMap<Decision, u64>,
    /// How many of them were recomputed, and came out the same.
    pub recomputed: u64,
    /// How many decisions could not be recomputed, by the name of their algorithm: it is not known, or panicked.
    pub not_recomputed: BTreeMap<AlgorithmName, u64>,
    /// How many votes ended without an outcome.
    pub ended: u64,
    /// How many votes were still open when another one began under their name: a crash came between, and nobody went on.
    pub abandoned: u64,
    /// What is open at the end, sorted.
    pub open: Vec<ProposalId>,
    /// How many pieces of evidence there are.
    pub evidence: u64,
    /// How many vetoes.
    pub vetoes: u64,
}

impl Audited {
    /// Whether every vote that is no longer open came to an outcome that was recomputed: none ended without one, or was given
    /// up, for of those nothing can be recomputed.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.not_recomputed.is_empty() && self.ended == 0 && self.abandoned == 0
    }

    /// How many records there are.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.head.seq
    }

    pub(super) fn count(&mut self, kind: &RecordKind) {
        match self.kinds.get_mut(kind) {
            Some(count) => *count += 1,
            None => drop(self.kinds.insert(kind.clone(), 1)),
        }
    }

    pub(super) fn note(&mut self, entry: &Entry) {
        match entry {
            Entry::Evidence(_) => self.evidence += 1,
            Entry::Vetoed { .. } => self.vetoes += 1,
            Entry::Decided(outcome) => *self.decisions.entry(outcome.decision).or_default() += 1,
            _ => {}
        }
    }
}

impl Default for Audited {
    fn default() -> Self {
        Self {
            head: Head::EMPTY,
            kinds: BTreeMap::new(),
            decisions: BTreeMap::new(),
            recomputed: 0,
            not_recomputed: BTreeMap::new(),
            ended: 0,
            abandoned: 0,
            open: Vec::new(),
            evidence: 0,
            vetoes: 0,
        }
    }
}
