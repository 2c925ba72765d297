//! What may be kept: nothing that a write under way may have made old.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use moai_core::{Batch, Change, Namespace, StateKey, SwarmId};

use super::touched::Touched;

/// Keys and namespaces share as many places. Two that share one only make less be kept.
const PLACES: usize = 1_024;

/// Which writes are under way, and which have begun since somebody looked.
///
/// ```text
///  reader   ticket ──── asks the store ─────────────▶ keeps it, if nobody has begun to write here since
///  writer            begin: marks its keys, and moves their tickets ─── end: takes the mark away
///  dropped                begin ─── dropped: may still land ─── until a later one has come through
/// ```
#[derive(Debug)]
pub(super) struct Guard {
    /// The number of the last write that began at each place.
    begun_at: Vec<u64>,
    /// The number of the last write that began.
    begun: u64,
    pending: BTreeMap<SwarmId, BTreeMap<u64, Arc<Touched>>>,
    unsettled: BTreeMap<SwarmId, Unsettled>,
}

/// Writes that nobody waits for any more, and that may still land.
#[derive(Debug, Default)]
struct Unsettled {
    touched: Touched,
    /// The last write that had begun when the last of them was dropped: a later one comes after them all.
    begun: u64,
}

/// How many writes had begun, for a key and for its namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket {
    key: u64,
    namespace: u64,
}

impl Guard {
    pub(super) fn new() -> Self {
        Self { begun_at: vec![0; PLACES], begun: 0, pending: BTreeMap::new(), unsettled: BTreeMap::new() }
    }

    /// For somebody who is about to read a key. Nothing while it is being written: what is read then may be old already
    /// when the write returns.
    pub(super) fn to_read(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Option<Ticket> {
        let unsettled = self.unsettled.get(swarm).is_some_and(|unsettled| unsettled.touched.covers(namespace, key));
        if unsettled { None } else { self.to_write(swarm, namespace, key) }
    }

    /// For somebody who has just begun to write a key, and is not marked yet. What was dropped before does not count: it
    /// lands first, or not at all.
    pub(super) fn to_write(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Option<Ticket> {
        let pending =
            self.pending.get(swarm).is_some_and(|writes| writes.values().any(|touched| touched.covers(namespace, key)));
        if pending { None } else { Some(self.ticket(swarm, namespace, key)) }
    }

    /// Whether nobody has begun to write a key since the ticket was given.
    pub(super) fn holds(&self, ticket: Ticket, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> bool {
        self.ticket(swarm, namespace, key) == ticket
    }

    /// A write begins: every ticket for its keys is old. Mark it then.
    pub(super) fn begin(&mut self, swarm: &SwarmId, batch: &Batch) -> u64 {
        self.begun += 1;
        for change in &batch.changes {
            let place = match change {
                Change::Put { namespace, key, .. } | Change::Delete { namespace, key } => {
                    place(&(swarm, namespace, key))
                }
                Change::DeleteRange { namespace, .. } => place(&(swarm, namespace)),
            };
            if let Some(begun_at) = self.begun_at.get_mut(place) {
                *begun_at = self.begun;
            }
        }
        self.begun
    }

    pub(super) fn mark(&mut self, swarm: &SwarmId, number: u64, touched: Touched) {
        self.pending.entry(swarm.clone()).or_default().insert(number, Arc::new(touched));
    }

    /// A write came back: takes its mark away.
    pub(super) fn end(&mut self, swarm: &SwarmId, number: u64) -> Option<Arc<Touched>> {
        let writes = self.pending.get_mut(swarm)?;
        let touched = writes.remove(&number);
        if writes.is_empty() {
            self.pending.remove(swarm);
        }
        touched
    }

    /// A write was dropped: it may still land.
    pub(super) fn leave(&mut self, swarm: &SwarmId, number: u64) {
        let Some(touched) = self.end(swarm, number) else { return };
        let unsettled = self.unsettled.entry(swarm.clone()).or_default();
        unsettled.touched.add(&touched);
        unsettled.begun = self.begun;
    }

    /// A write came through: what was dropped before it began has landed, or never will.
    pub(super) fn settle(&mut self, swarm: &SwarmId, number: u64) {
        if self.unsettled.get(swarm).is_some_and(|unsettled| unsettled.begun < number) {
            self.unsettled.remove(swarm);
        }
    }

    fn ticket(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Ticket {
        let begun_at = |place: usize| self.begun_at.get(place).copied().unwrap_or_default();
        Ticket { key: begun_at(place(&(swarm, namespace, key))), namespace: begun_at(place(&(swarm, namespace))) }
    }
}

fn place(of: &impl Hash) -> usize {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    usize::try_from(hasher.finish() % PLACES as u64).unwrap_or_default()
}
