//! A write that is under way.

use std::collections::BTreeMap;
use std::ops::Bound;

use bytes::Bytes;
use moai_core::{Batch, Change, Committed, Entry, Namespace, StateKey, StoreError, SwarmId, Version};

use super::cache::{Cache, alone};
use super::guard::Ticket;

/// A write that is under way. Dropped before it ends, it may still land.
#[must_use]
pub(super) struct Writing<'a> {
    cache: &'a Cache,
    swarm: &'a SwarmId,
    number: u64,
    /// What it writes that may be kept.
    puts: Vec<Put>,
    ended: bool,
}

/// A value that a batch leaves.
pub(super) struct Put {
    /// Which change of the batch it is.
    index: u64,
    pub(super) namespace: Namespace,
    pub(super) key: StateKey,
    value: Bytes,
    pub(super) ticket: Option<Ticket>,
}

impl<'a> Writing<'a> {
    pub(super) fn new(cache: &'a Cache, swarm: &'a SwarmId, number: u64, puts: Vec<Put>) -> Self {
        Self { cache, swarm, number, puts, ended: false }
    }

    /// What the store said.
    pub(super) fn end(mut self, said: Result<Committed, StoreError>) -> Result<Committed, StoreError> {
        let puts = std::mem::take(&mut self.puts);
        let kept: Vec<(Ticket, Entry)> = match &said {
            Ok(committed) => puts.into_iter().filter_map(|put| put.committed(committed)).collect(),
            Err(_) => Vec::new(),
        };
        self.ended = true;
        // Before the mark goes, so that nothing is kept between the two.
        let said = self.cache.heard(said);
        let mut state = self.cache.state();
        state.guard.end(self.swarm, self.number);
        if said.is_ok() {
            state.guard.settle(self.swarm, self.number);
        }
        for (ticket, entry) in kept {
            state.keep(self.swarm, ticket, entry);
        }
        said
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.cache.state().guard.leave(self.swarm, self.number);
        }
    }
}

impl Put {
    fn committed(self, committed: &Committed) -> Option<(Ticket, Entry)> {
        let version = Version::new(committed.first.get().checked_add(self.index)?).ok()?;
        Some((self.ticket?, alone(Entry::new(self.namespace, self.key, self.value, version))))
    }
}

/// What a batch leaves: of several changes to a key the last one, if that is a value.
pub(super) fn last_puts(batch: &Batch) -> Vec<Put> {
    let mut left: BTreeMap<&Namespace, BTreeMap<&StateKey, (u64, &Bytes)>> = BTreeMap::new();
    for (index, change) in (0..).zip(&batch.changes) {
        match change {
            Change::Put { namespace, key, value } => {
                left.entry(namespace).or_default().insert(key, (index, value));
            }
            Change::Delete { namespace, key } => {
                left.entry(namespace).or_default().remove(key);
            }
            // A range without keys is refused, and a table refuses to be walked backwards.
            Change::DeleteRange { range, .. } if range.is_empty() => {}
            Change::DeleteRange { namespace, range } => {
                let Some(keys) = left.get_mut(namespace) else { continue };
                let from = range.from.as_ref().map_or(Bound::Unbounded, Bound::Included);
                let to = range.to.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
                let gone: Vec<&StateKey> = keys.range::<StateKey, _>((from, to)).map(|(key, _)| *key).collect();
                for key in gone {
                    keys.remove(key);
                }
            }
        }
    }
    let mut puts = Vec::new();
    for (namespace, keys) in left {
        for (key, (index, value)) in keys {
            let (namespace, key, value) = (namespace.clone(), key.clone(), value.clone());
            puts.push(Put { index, namespace, key, value, ticket: None });
        }
    }
    puts
}
