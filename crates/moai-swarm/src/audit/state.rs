//! What a store holds, as far as the record tells.

use std::collections::{BTreeMap, BTreeSet};

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
    /// What a commit may have changed or not, and nothing that came through has changed since.
    pub(super) uncertain: BTreeSet<(Namespace, StateKey)>,
}

impl State {
    pub(super) fn begin(epoch: Epoch, baseline: u64, seq: u64) -> Self {
        Self { epoch, baseline, last: baseline, seq, values: BTreeMap::new(), uncertain: BTreeSet::new() }
    }

    /// Makes changes that were committed by a record, from this number on.
    pub(super) fn apply(&mut self, seq: u64, first: u64, changes: Vec<AuditedChange>) {
        let mut version = first;
        for change in changes {
            match change {
                AuditedChange::Put { namespace, key, digest, .. } => {
                    let place = (namespace, key);
                    self.uncertain.remove(&place);
                    self.values.insert(place, Value { seq, version, digest });
                }
                AuditedChange::Delete { namespace, key } => {
                    let place = (namespace, key);
                    self.uncertain.remove(&place);
                    self.values.remove(&place);
                }
                AuditedChange::DeleteRange { namespace, range } => {
                    let is_kept = |(its, key): &(Namespace, StateKey)| *its != namespace || !range.contains(key);
                    self.uncertain.retain(is_kept);
                    self.values.retain(|place, _| is_kept(place));
                }
            }
            self.last = version;
            version = version.saturating_add(1);
        }
        self.seq = seq;
    }

    /// Nobody knows whether these changes were made.
    pub(super) fn doubt(&mut self, changes: Vec<AuditedChange>) {
        for change in changes {
            match change {
                AuditedChange::Put { namespace, key, .. } | AuditedChange::Delete { namespace, key } => {
                    self.uncertain.insert((namespace, key));
                }
                // What another of them may have put there is doubted already.
                AuditedChange::DeleteRange { namespace, range } => {
                    let within = self.values.keys().filter(|(its, key)| *its == namespace && range.contains(key));
                    self.uncertain.extend(within.cloned());
                }
            }
        }
    }
}
