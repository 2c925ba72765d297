//! The store without async: every call returns at once.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use moai_core::{
    Batch, Chance, ChanceError, Changes, Committed, Cursor, Entry, Epoch, Held, KeyRange, Limits, Listing, Namespace,
    SnapshotPage, SnapshotPlace, Standing, StateKey, StoreError, SwarmId, Version,
};

use super::page;
use super::swarm::Swarm;
use crate::room::Room;

/// How much of a compaction is done in one go, while readers and writers wait.
const COMPACTED_AT_ONCE: usize = 1_024;

/// The blocking handle of a [`MemoryStore`](crate::MemoryStore): the same store and the same promises, without async.
///
/// No call waits for anything but other calls to the same swarm. Cloning gives another handle.
///
/// ```
/// use moai_core::{Batch, StateKey, namespace, swarm_id};
/// use moai_store::MemoryStore;
///
/// let store = MemoryStore::new()?;
/// let (swarm, space, key) = (swarm_id!("swarm-001"), namespace!("synchronized_state"), StateKey::new("task_count")?);
///
/// let committed = store.blocking().commit(&swarm, Batch::new().put(space.clone(), key.clone(), "80"))?;
/// let entry = store.blocking().get(&swarm, &space, &key).ok_or("it was just written")?;
/// assert_eq!((entry.version, &entry.value[..]), (committed.first, &b"80"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct BlockingMemoryStore {
    shared: Arc<Shared>,
}

struct Shared {
    epoch: Epoch,
    limits: Limits,
    swarms: RwLock<BTreeMap<SwarmId, Arc<RwLock<Swarm>>>>,
}

impl BlockingMemoryStore {
    pub(super) fn with(chance: &dyn Chance, limits: Limits) -> Result<Self, ChanceError> {
        Ok(Self { shared: Arc::new(Shared { epoch: Epoch::draw(chance)?, limits, swarms: RwLock::default() }) })
    }

    /// As [`MemoryProvider::commit`](moai_core::MemoryProvider::commit).
    ///
    /// # Errors
    ///
    /// [`StoreError::Input`], [`StoreError::Conflict`], [`StoreError::SequenceExhausted`]: nothing changed.
    pub fn commit(&self, swarm: &SwarmId, batch: Batch) -> Result<Committed, StoreError> {
        batch.check(&self.shared.limits)?;
        let swarm = match self.swarm(swarm) {
            Some(swarm) => swarm,
            None => Arc::clone(write(&self.shared.swarms).entry(swarm.clone()).or_default()),
        };
        write(&swarm).commit(self.shared.epoch, batch)
    }

    /// What there is under a key: a value, the trace of a deletion, or nothing.
    #[must_use]
    pub fn look(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Held {
        let Some(swarm) = self.swarm(swarm) else { return Held::Nothing };
        read(&swarm).spaces.get(namespace).map_or(Held::Nothing, |space| space.look(key))
    }

    /// The entry under a key, or `None` when there is none or it was deleted.
    #[must_use]
    pub fn get(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Option<Entry> {
        self.look(swarm, namespace, key).into_entry()
    }

    /// As [`MemoryProvider::list`](moai_core::MemoryProvider::list).
    ///
    /// # Errors
    ///
    /// [`StoreError::Input`] for a limit of 0.
    pub fn list(
        &self,
        swarm: &SwarmId,
        namespace: &Namespace,
        range: &KeyRange,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        let room = Room::new(&self.shared.limits, limit)?;
        let swarm = self.swarm(swarm).unwrap_or_default();
        let listing = read(&swarm).spaces.get(namespace).map(|space| space.list(range, after, room));
        Ok(listing.unwrap_or(Listing::new(Vec::new(), None)))
    }

    /// As [`MemoryProvider::changes`](moai_core::MemoryProvider::changes).
    ///
    /// # Errors
    ///
    /// [`StoreError::TooOld`], [`StoreError::CursorAhead`], [`StoreError::Input`] for a limit of 0.
    pub fn changes(&self, swarm: &SwarmId, since: Option<Cursor>, limit: usize) -> Result<Changes, StoreError> {
        let room = Room::new(&self.shared.limits, limit)?;
        let swarm = self.swarm(swarm).unwrap_or_default();
        page::changes(&read(&swarm), self.shared.epoch, since, room)
    }

    /// As [`MemoryProvider::snapshot`](moai_core::MemoryProvider::snapshot).
    ///
    /// # Errors
    ///
    /// [`StoreError::TooOld`] for a place in another store, [`StoreError::Input`] for a limit of 0.
    pub fn snapshot(
        &self,
        swarm: &SwarmId,
        place: Option<SnapshotPlace>,
        limit: usize,
    ) -> Result<SnapshotPage, StoreError> {
        let room = Room::new(&self.shared.limits, limit)?;
        let swarm = self.swarm(swarm).unwrap_or_default();
        page::snapshot(&read(&swarm), self.shared.epoch, place, room)
    }

    /// Where the swarm's memory stands.
    #[must_use]
    pub fn standing(&self, swarm: &SwarmId) -> Standing {
        self.standing_of(&read(&self.swarm(swarm).unwrap_or_default()))
    }

    /// As [`MemoryProvider::compact`](moai_core::MemoryProvider::compact): costs the changes since the last compaction,
    /// done in small pieces between which others read and write. It also gives back the memory of deleted ranges.
    pub fn compact(&self, swarm: &SwarmId, horizon: Version) -> Standing {
        let swarm = self.swarm(swarm).unwrap_or_default();
        // Taken once: a horizon that ran after the writers might never arrive.
        let target = horizon.min(read(&swarm).last);
        while !write(&swarm).sweep(COMPACTED_AT_ONCE) {}
        while !write(&swarm).compact(target, COMPACTED_AT_ONCE) {}
        self.standing_of(&read(&swarm))
    }

    fn standing_of(&self, swarm: &Swarm) -> Standing {
        let cursor = |version| Cursor { epoch: self.shared.epoch, version };
        Standing::new(cursor(swarm.last), cursor(swarm.horizon))
    }

    /// What a swarm holds, if anybody has written to it.
    fn swarm(&self, swarm: &SwarmId) -> Option<Arc<RwLock<Swarm>>> {
        read(&self.shared.swarms).get(swarm).cloned()
    }
}

impl std::fmt::Debug for BlockingMemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let swarms = read(&self.shared.swarms).len();
        f.debug_struct("MemoryStore")
            .field("epoch", &self.shared.epoch)
            .field("swarms", &swarms)
            .finish_non_exhaustive()
    }
}

/// No lock is held over anything that can panic, so a poisoned one is as good as any.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
