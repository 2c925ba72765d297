//! The one who says when a store or a journal fails.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::failure::Failure;
use super::fault::Fault;
use super::gate::{Gate, Waiting};

/// What every commanded failure says of itself.
const COMMANDED: &str = "a test said so";

/// Says when and how a [`FaultyStore`](crate::FaultyStore) or a [`FaultyJournal`](crate::FaultyJournal) fails. A store
/// and a journal that share it fail together, as on one disk.
///
/// A call passes these in turn: the gate ([`hold`](Faults::hold)), poison, lack of room ([`fill`](Faults::fill)), and then
/// the faults that were planned. A write is counted, towards [`at_write`](Faults::at_write) too, when it has got past
/// the first three.
///
/// Cloning gives another handle to the same faults.
///
/// ```
/// use std::sync::Arc;
/// use moai_core::{Batch, MemoryProvider, StateKey, StoreError, namespace, swarm_id};
/// use moai_store::{Fault, Faults, FaultyStore, MemoryStore};
///
/// # pollster::block_on(async {
/// let faults = Faults::new();
/// let store = FaultyStore::new(Arc::new(MemoryStore::new()?), faults.clone());
/// let (swarm, space, key) = (swarm_id!("swarm-001"), namespace!("synchronized_state"), StateKey::new("task_count")?);
/// let batch = Batch::new().put(space.clone(), key.clone(), "80");
///
/// faults.at_write(2, Fault::During { applied: true });
/// store.commit(&swarm, batch.clone()).await?;
/// assert!(matches!(store.commit(&swarm, batch.clone()).await, Err(StoreError::Failed { .. })));
/// assert!(matches!(store.commit(&swarm, batch.clone()).await, Err(StoreError::Poisoned { .. })));
///
/// faults.reopen();
/// assert_eq!(store.standing(&swarm).await?.last.version.get(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Default)]
pub struct Faults {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Told whenever the number of gates or of waiting calls changes.
    changed: Notify,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// Writes that came past gate, poison and lack of room.
    writes: u64,
    /// Reads that came past the gate.
    reads: u64,
    /// Gates that are closed.
    pub(super) gates: usize,
    /// Calls that wait at a gate.
    pub(super) waiting: usize,
    /// The number of a write → how it fails.
    planned: BTreeMap<u64, Fault>,
    poisoned: bool,
    full: bool,
    spoiled: bool,
}

impl Faults {
    /// No faults yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets the next write fail.
    pub fn next_write(&self, fault: Fault) {
        self.at_write(1, fault);
    }

    /// Lets the `nth` write from now fail; the next one is the first. A fault planned for the same write is replaced.
    pub fn at_write(&self, nth: u64, fault: Fault) {
        let mut state = self.state();
        let number = state.writes.saturating_add(nth.max(1));
        state.planned.insert(number, fault);
    }

    /// Takes all room: writes find it `Full`, reads go on.
    pub fn fill(&self) {
        self.state().full = true;
    }

    /// Makes room again.
    pub fn make_room(&self) {
        self.state().full = false;
    }

    /// Makes everything stored unreadable: reads find it `Corrupted`, writes go on.
    pub fn spoil(&self) {
        self.state().spoiled = true;
    }

    /// Makes what is stored readable again.
    pub fn mend(&self) {
        self.state().spoiled = false;
    }

    /// Opens again what a write during which something failed has poisoned. What was planned stays planned.
    pub fn reopen(&self) {
        self.state().poisoned = false;
    }

    /// Closes a gate: calls wait, reads and writes, until every gate has been released.
    ///
    /// ```
    /// use moai_store::Faults;
    ///
    /// let faults = Faults::new();
    /// let gate = faults.hold();
    /// // ... start calls, await `faults.until_waiting(2)`, and see what others do meanwhile ...
    /// gate.release();
    /// ```
    pub fn hold(&self) -> Gate {
        Gate::close(self.clone())
    }

    /// How many writes there were, the failed ones included; those that found it poisoned or full do not count.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.state().writes
    }

    /// How many reads there were, the failed ones included.
    #[must_use]
    pub fn reads(&self) -> u64 {
        self.state().reads
    }

    /// How many calls wait at a gate.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.state().waiting
    }

    /// Returns once at least `calls` calls wait at a gate. It may be called by many, and dropped half way.
    pub async fn until_waiting(&self, calls: usize) {
        self.until(|state| state.waiting >= calls).await;
    }

    /// Carries out a write, or lets it fail.
    pub(super) async fn write<T, E: Failure>(&self, inner: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        self.pass().await;
        match self.admit_write()? {
            None => inner.await,
            Some(Fault::Before) => Err(E::unavailable(COMMANDED.to_owned())),
            Some(Fault::During { applied }) => {
                if applied {
                    inner.await?;
                }
                self.state().poisoned = true;
                Err(E::failed(COMMANDED.to_owned()))
            }
        }
    }

    /// Carries out a read, or lets it fail.
    pub(super) async fn read<T, E: Failure>(&self, inner: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        self.pass().await;
        self.admit_read()?;
        inner.await
    }

    /// Whether anything may still be asked: it is no call, waits at no gate and is not counted.
    pub(super) fn admit<E: Failure>(&self) -> Result<(), E> {
        if self.state().poisoned { Err(E::poisoned(COMMANDED.to_owned())) } else { Ok(()) }
    }

    fn admit_write<E: Failure>(&self) -> Result<Option<Fault>, E> {
        let mut state = self.state();
        if state.poisoned {
            return Err(E::poisoned(COMMANDED.to_owned()));
        }
        if state.full {
            return Err(E::full("a write".to_owned()));
        }
        state.writes += 1;
        let number = state.writes;
        Ok(state.planned.remove(&number))
    }

    fn admit_read<E: Failure>(&self) -> Result<(), E> {
        let mut state = self.state();
        state.reads += 1;
        if state.poisoned {
            return Err(E::poisoned(COMMANDED.to_owned()));
        }
        if state.spoiled {
            return Err(E::corrupted("everything".to_owned(), COMMANDED.to_owned()));
        }
        Ok(())
    }

    /// Waits until every gate is open.
    async fn pass(&self) {
        if self.state().gates > 0 {
            let _waiting = Waiting::begin(self);
            self.until(|state| state.gates == 0).await;
        }
    }

    async fn until(&self, holds: impl Fn(&State) -> bool) {
        loop {
            // Made before looking, so that no change in between is missed. Those who wait are woken in their order.
            let changed = self.shared.changed.notified();
            if holds(&self.state()) {
                return;
            }
            changed.await;
        }
    }

    /// Changes who waits or is let through, and tells those who wait for it.
    pub(super) fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.shared.changed.notify_waiters();
    }

    /// No lock is held over anything that can panic, so a poisoned one is as good as any.
    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Faults").field(&*self.state()).finish()
    }
}
