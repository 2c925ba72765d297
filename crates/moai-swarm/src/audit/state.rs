//! What a store holds, as far as the record tells.

use std::collections::BTreeMap;

use moai_core::{Digest, Epoch, Namespace, StateKey};

use super::AuditedChange;

/// What is about to be committed.
#[derive(Debug, Clone)]
pub(super) struct Intention {
    pub(super) floor: u64,
    pub(super) changes: Vec<AuditedChange>,
}

/// A value that was committed.
#[derive(Debug, Clone)]
pub(super) struct Value {
    /// By which record.
    pub(super) seq: u64,
    pub(super) version: u64,
    pub(super) digest: Digest,
}

/// The memory of one swarm.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) epoch: Epoch,
    /// Up to this number the record does not tell.
    pub(super) baseline: u64,
    pub(super) last: u64,
    /// The record that said so.
    pub(super) seq: u64,
    pub(super) values: BTreeMap<(Namespace, StateKey), Value>,
    /// Whether some commit may have come through or not, so that values are not known for certain.
    pub(super) is_certain: bool,
}

impl State {
    pub(super) fn begin(epoch: Epoch, baseline: u64, seq: u64) -> Self {
        Self { epoch, baseline, last: baseline, seq, values: BTreeMap::new(), is_certain: true }
    }

    /// Makes changes that were committed by a record, from this number on.
    pub(super) fn apply(&mut self, seq: u64, first: u64, changes: Vec<AuditedChange>) {
        let mut version = first;
        for change in changes {
            match change {
                AuditedChange::Put { namespace, key, digest, .. } => {
                    self.values.insert((namespace, key), Value { seq, version, digest });
                }
                AuditedChange::Delete { namespace, key } => drop(self.values.remove(&(namespace, key))),
                AuditedChange::DeleteRange { namespace, range } => {
                    self.values.retain(|(its, key), _| *its != namespace || !range.contains(key));
                }
            }
            self.last = version;
            version = version.saturating_add(1);
        }
        self.seq = seq;
    }
}
