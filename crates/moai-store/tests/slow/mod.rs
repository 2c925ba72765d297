//! A store whose calls go on one step with each poll, and whose writes land when the test says so.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use async_trait::async_trait;
use moai_core::{
    Batch, Changes, Committed, Cursor, Held, KeyRange, Listing, MemoryProvider, Namespace, Persistence, SnapshotPage,
    SnapshotPlace, Standing, StateKey, StoreError, SwarmId, Version,
};
use moai_store::{Faults, FaultyStore, MemoryStore};
use pollster::block_on;

type Answer = Arc<Mutex<Option<Result<Committed, StoreError>>>>;

/// As a store in a file works: a write is queued at its first poll, and lands whoever waits for it. A read looks at its
/// second poll, and answers at its third.
pub(crate) struct Slow {
    pub(crate) faults: Faults,
    pub(crate) behind: MemoryStore,
    faulty: FaultyStore,
    queue: Mutex<VecDeque<(SwarmId, Batch, Answer)>>,
}

impl Slow {
    pub(crate) fn new() -> Self {
        let (faults, behind) = (Faults::new(), MemoryStore::new().unwrap());
        let faulty = FaultyStore::new(Arc::new(behind.clone()), faults.clone());
        Self { faults, behind, faulty, queue: Mutex::default() }
    }

    /// Lets the next write land, in the order in which they were queued; `false` when there is none.
    pub(crate) fn land(&self) -> bool {
        let Some((swarm, batch, answer)) = self.queue.lock().unwrap().pop_front() else { return false };
        let said = block_on(self.faulty.commit(&swarm, batch));
        *answer.lock().unwrap() = Some(said);
        true
    }
}

#[allow(dead_code, reason = "not every test reorders")]
impl Slow {
    /// Turns the order around in which writes land.
    pub(crate) fn reverse(&self) {
        self.queue.lock().unwrap().make_contiguous().reverse();
    }
}

/// Pending at the first poll.
async fn step() {
    let mut first = true;
    poll_fn(|_| if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) }).await;
}

#[async_trait]
impl MemoryProvider for Slow {
    fn persistence(&self) -> Persistence {
        Persistence::Process
    }

    fn admit(&self) -> Result<(), StoreError> {
        self.faulty.admit()
    }

    async fn commit(&self, swarm: &SwarmId, batch: Batch) -> Result<Committed, StoreError> {
        let answer = Answer::default();
        self.queue.lock().unwrap().push_back((swarm.clone(), batch, Arc::clone(&answer)));
        poll_fn(|_| answer.lock().unwrap().take().map_or(Poll::Pending, Poll::Ready)).await
    }

    async fn look(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Result<Held, StoreError> {
        step().await;
        let held = self.faulty.look(swarm, namespace, key).await;
        step().await;
        held
    }

    async fn list(
        &self,
        swarm: &SwarmId,
        namespace: &Namespace,
        range: &KeyRange,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        self.faulty.list(swarm, namespace, range, after, limit).await
    }

    async fn changes(&self, swarm: &SwarmId, since: Option<Cursor>, limit: usize) -> Result<Changes, StoreError> {
        self.faulty.changes(swarm, since, limit).await
    }

    async fn snapshot(
        &self,
        swarm: &SwarmId,
        place: Option<SnapshotPlace>,
        limit: usize,
    ) -> Result<SnapshotPage, StoreError> {
        self.faulty.snapshot(swarm, place, limit).await
    }

    async fn standing(&self, swarm: &SwarmId) -> Result<Standing, StoreError> {
        self.faulty.standing(swarm).await
    }

    async fn compact(&self, swarm: &SwarmId, horizon: Version) -> Result<Standing, StoreError> {
        self.faulty.compact(swarm, horizon).await
    }
}
