//! A store that fails on command.

use std::sync::Arc;

use async_trait::async_trait;
use moai_core::{
    Batch, Changes, Committed, Cursor, Entry, Held, KeyRange, Listing, MemoryProvider, Namespace, Persistence,
    SnapshotPage, SnapshotPlace, Standing, StateKey, StoreError, SwarmId, Version,
};

use super::faults::Faults;

/// A memory provider that hands every call on to another one, unless [`Faults`] lets it fail. See there for an example.
///
/// **Once it is poisoned, reads are refused too** (`Poisoned`): after a write whose outcome is not known, the provider
/// behind may show what a real disk would not have kept. A test that wants the truth asks the provider behind.
/// [`compact`](MemoryProvider::compact) counts as a write.
#[derive(Clone)]
pub struct FaultyStore {
    inner: Arc<dyn MemoryProvider>,
    faults: Faults,
}

impl FaultyStore {
    /// Stands before `inner`, and fails when `faults` says so.
    #[must_use]
    pub fn new(inner: Arc<dyn MemoryProvider>, faults: Faults) -> Self {
        Self { inner, faults }
    }
}

#[async_trait]
impl MemoryProvider for FaultyStore {
    fn persistence(&self) -> Persistence {
        self.inner.persistence()
    }

    fn admit(&self) -> Result<(), StoreError> {
        self.faults.admit::<StoreError>()?;
        self.inner.admit()
    }

    async fn commit(&self, swarm: &SwarmId, batch: Batch) -> Result<Committed, StoreError> {
        self.faults.write(self.inner.commit(swarm, batch)).await
    }

    async fn look(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Result<Held, StoreError> {
        self.faults.read(self.inner.look(swarm, namespace, key)).await
    }

    async fn get(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Result<Option<Entry>, StoreError> {
        self.faults.read(self.inner.get(swarm, namespace, key)).await
    }

    async fn list(
        &self,
        swarm: &SwarmId,
        namespace: &Namespace,
        range: &KeyRange,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        self.faults.read(self.inner.list(swarm, namespace, range, after, limit)).await
    }

    async fn changes(&self, swarm: &SwarmId, since: Option<Cursor>, limit: usize) -> Result<Changes, StoreError> {
        self.faults.read(self.inner.changes(swarm, since, limit)).await
    }

    async fn snapshot(
        &self,
        swarm: &SwarmId,
        place: Option<SnapshotPlace>,
        limit: usize,
    ) -> Result<SnapshotPage, StoreError> {
        self.faults.read(self.inner.snapshot(swarm, place, limit)).await
    }

    async fn standing(&self, swarm: &SwarmId) -> Result<Standing, StoreError> {
        self.faults.read(self.inner.standing(swarm)).await
    }

    async fn compact(&self, swarm: &SwarmId, horizon: Version) -> Result<Standing, StoreError> {
        self.faults.write(self.inner.compact(swarm, horizon)).await
    }
}

impl std::fmt::Debug for FaultyStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FaultyStore").field("faults", &self.faults).finish_non_exhaustive()
    }
}
