//! What is kept, and what may be.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use moai_core::{Aftermath, Batch, Change, Coded, Entry, Namespace, StateKey, StoreError, SwarmId};

use super::guard::{Guard, Ticket};
use super::statistics::CacheStatistics;
use super::touched::Touched;
use super::values::Values;
use super::writing::{Writing, last_puts};

/// What is kept, and what may be. No lock is held while the store is asked.
#[derive(Debug)]
pub(super) struct Cache {
    state: Mutex<State>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) guard: Guard,
    values: Values,
    hits: u64,
    misses: u64,
    /// Set once a write has failed: nothing is kept from then on.
    shut: bool,
}

/// What there is for a reader.
pub(super) enum Found {
    /// The entry.
    Kept(Entry),
    /// Nothing: the store has to be asked, and with a ticket its answer may be kept.
    Ask(Option<Ticket>),
}

impl Cache {
    pub(super) fn new(bytes: usize) -> Self {
        let (guard, values) = (Guard::new(), Values::new(bytes));
        Self { state: Mutex::new(State { guard, values, hits: 0, misses: 0, shut: false }) }
    }

    pub(super) fn find(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Found {
        let state = &mut *self.state();
        match state.values.get(swarm, namespace, key) {
            Some(entry) => {
                state.hits += 1;
                Found::Kept(entry)
            }
            None => {
                state.misses += 1;
                Found::Ask(state.guard.to_read(swarm, namespace, key))
            }
        }
    }

    /// Keeps what was read, if it may be.
    pub(super) fn keep(&self, swarm: &SwarmId, ticket: Option<Ticket>, entry: &Entry) {
        if let Some(ticket) = ticket {
            let entry = alone(entry.clone());
            self.state().keep(swarm, ticket, entry);
        }
    }

    /// A write begins: what it is about is not kept any more when this returns.
    pub(super) fn begin<'a>(&'a self, swarm: &'a SwarmId, batch: &Batch) -> Writing<'a> {
        let (touched, mut puts) = (Touched::by(batch), last_puts(batch));
        let state = &mut *self.state();
        let number = state.guard.begin(swarm, batch);
        for change in &batch.changes {
            match change {
                Change::Put { namespace, key, .. } | Change::Delete { namespace, key } => {
                    state.values.remove(swarm, namespace, key);
                }
                Change::DeleteRange { namespace, range } => state.values.remove_range(swarm, namespace, range),
            }
        }
        for put in &mut puts {
            put.ticket = state.guard.to_write(swarm, &put.namespace, &put.key);
        }
        puts.retain(|put| put.ticket.is_some());
        state.guard.mark(swarm, number, touched);
        Writing::new(self, swarm, number, puts)
    }

    /// Passes on what the store said, and keeps nothing from then on when the outcome of a write is not known.
    pub(super) fn heard<T>(&self, said: Result<T, StoreError>) -> Result<T, StoreError> {
        if said.as_ref().is_err_and(|error| error.aftermath() != Aftermath::NothingChanged) {
            let mut state = self.state();
            state.shut = true;
            state.values.clear();
        }
        said
    }

    pub(super) fn statistics(&self) -> CacheStatistics {
        let state = self.state();
        let (entries, bytes) = (state.values.entries(), state.values.bytes());
        CacheStatistics { hits: state.hits, misses: state.misses, entries, bytes }
    }

    /// No lock is held over anything that can panic, so a poisoned one is as good as any.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Keeps an entry whose value is [`alone`], if nobody has begun to write it since the ticket was given.
    pub(super) fn keep(&mut self, swarm: &SwarmId, ticket: Ticket, entry: Entry) {
        if !self.shut && self.guard.holds(ticket, swarm, &entry.namespace, &entry.key) {
            self.values.put(swarm, entry);
        }
    }
}

/// The entry with a value of its own: a part of something large would keep all of that.
pub(super) fn alone(mut entry: Entry) -> Entry {
    entry.value = Bytes::copy_from_slice(&entry.value);
    entry
}
