//! Memory that lives as long as the process.

mod blocking;
mod cleared;
mod deletions;
mod edge;
mod feed;
mod journal;
mod page;
mod row;
mod space;
mod swarm;

use async_trait::async_trait;
use moai_core::{
    Batch, Chance, ChanceError, Changes, Committed, Cursor, Held, KeyRange, Limits, Listing, MemoryProvider, Namespace,
    Persistence, SnapshotPage, SnapshotPlace, Standing, StateKey, StoreError, SwarmId, SystemChance, Version,
};

pub use blocking::BlockingMemoryStore;
pub use journal::MemoryJournal;

/// State that lives as long as the process: for tests, and for swarms that live as long.
///
/// ```text
///  namespace ─▶ key ─▶ version, value                  look, list, snapshot
///                                 │ shared
///  feed ─▶ v7 delete c..f   v8 put key   v9 delete b   changes: one walk from the cursor, whatever else is stored
/// ```
///
/// What it costs, with n keys stored:
///
/// - A change costs O(log n), and so does the deletion of a range, whatever lies in it: the keys are gone at once, and
///   their memory is given back by the next changes, a few values each, or by the next compaction.
/// - [`look`](MemoryProvider::look) costs O(log n), also for a key that went with a range, or lies in one and never was.
/// - [`changes`](MemoryProvider::changes) costs what has changed since the cursor. Keys that were written since and then
///   went with a range count among it until their memory was given back.
/// - Tombstones are kept until [`compact`](MemoryProvider::compact) forgets them: one for each deleted key and for each
///   deleted range.
///
/// Cloning gives another handle to the same store. A commit copies its values, and readers share them. Its futures are
/// ready at once; [`blocking`](MemoryStore::blocking) gives the same without async.
///
/// ```
/// use moai_core::{Batch, Happened, KeyRange, MemoryProvider, StateKey, namespace, swarm_id};
/// use moai_store::MemoryStore;
///
/// # pollster::block_on(async {
/// let store = MemoryStore::new()?;
/// let (swarm, space) = (swarm_id!("swarm-001"), namespace!("synchronized_state"));
///
/// let seen = store.commit(&swarm, Batch::new().put(space.clone(), StateKey::new("task_count")?, "80")).await?;
/// store.commit(&swarm, Batch::new().delete_range(space.clone(), KeyRange::ALL)).await?;
///
/// let changes = store.changes(&swarm, Some(seen.cursor()), 100).await?;
/// assert!(matches!(changes.happened[..], [Happened::RangeDeleted { .. }]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct MemoryStore {
    blocking: BlockingMemoryStore,
}

impl MemoryStore {
    /// An empty store with the default limits, in an epoch that the system's chance draws.
    ///
    /// # Errors
    ///
    /// When the system has no chance to give.
    pub fn new() -> Result<Self, ChanceError> {
        Self::with(&SystemChance, Limits::default())
    }

    /// An empty store in an epoch that `chance` draws. Of the limits, `batch_changes`, `batch_bytes`, `page_items` and
    /// `page_bytes` count here.
    ///
    /// ```
    /// use moai_core::{Limits, SeededChance};
    /// use moai_store::MemoryStore;
    ///
    /// let store = MemoryStore::with(&SeededChance::new(1), Limits { page_items: 100, ..Limits::default() })?;
    /// # Ok::<(), moai_core::ChanceError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What `chance` says when it has nothing to give.
    pub fn with(chance: &dyn Chance, limits: Limits) -> Result<Self, ChanceError> {
        Ok(Self { blocking: BlockingMemoryStore::with(chance, limits)? })
    }

    /// The same store without async.
    #[must_use]
    pub fn blocking(&self) -> &BlockingMemoryStore {
        &self.blocking
    }
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.blocking.fmt(f)
    }
}

#[async_trait]
impl MemoryProvider for MemoryStore {
    fn persistence(&self) -> Persistence {
        Persistence::Process
    }

    async fn commit(&self, swarm: &SwarmId, batch: Batch) -> Result<Committed, StoreError> {
        self.blocking.commit(swarm, batch)
    }

    async fn look(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Result<Held, StoreError> {
        Ok(self.blocking.look(swarm, namespace, key))
    }

    async fn list(
        &self,
        swarm: &SwarmId,
        namespace: &Namespace,
        range: &KeyRange,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        self.blocking.list(swarm, namespace, range, after, limit)
    }

    async fn changes(&self, swarm: &SwarmId, since: Option<Cursor>, limit: usize) -> Result<Changes, StoreError> {
        self.blocking.changes(swarm, since, limit)
    }

    async fn snapshot(
        &self,
        swarm: &SwarmId,
        place: Option<SnapshotPlace>,
        limit: usize,
    ) -> Result<SnapshotPage, StoreError> {
        self.blocking.snapshot(swarm, place, limit)
    }

    async fn standing(&self, swarm: &SwarmId) -> Result<Standing, StoreError> {
        Ok(self.blocking.standing(swarm))
    }

    async fn compact(&self, swarm: &SwarmId, horizon: Version) -> Result<Standing, StoreError> {
        Ok(self.blocking.compact(swarm, horizon))
    }
}
