//! A store that remembers what was read and written lately.

mod cache;
mod guard;
mod statistics;
mod touched;
mod values;
mod writing;

use std::sync::Arc;

use async_trait::async_trait;
use moai_core::{
    Batch, Changes, Committed, Cursor, Entry, Held, KeyRange, Listing, MemoryProvider, Namespace, Persistence,
    SnapshotPage, SnapshotPlace, Standing, StateKey, StoreError, SwarmId, Version,
};

use cache::{Cache, Found};

pub use statistics::CacheStatistics;

/// A memory provider that keeps the values that were read and written lately, and asks another one for everything else.
///
/// ```text
///  look, get ──▶ kept? ──▶ admit ──▶ answer                no disk, and no other thread
///                 │ no
///                 ▼
///  commit ─────▶ the store ──▶ answer, and perhaps kept
/// ```
///
/// - **It is never older than the store**: what a commit is about goes before the store is asked to make it, and what was
///   read while it was under way is not kept.
/// - **Only values are kept.** Whether a key was deleted, or never was, the store says each time.
/// - **Whoever writes to the store past the cache is not seen.** One cache stands before a store, and everybody who writes
///   goes through it: clones are handles to the same cache.
/// - After a write whose outcome is not known nothing is kept any more, and every call goes to the store, which refuses it.
///   A store that is opened again gets a new cache. Each answer from the cache asks
///   [`admit`](MemoryProvider::admit) first.
/// - A commit whose future is dropped may still land. What it is about is not kept until a later commit to the swarm has
///   come through.
/// - It keeps up to a number of bytes: keys, values, and 384 bytes for each entry. What was asked for since its last turn
///   stays longer. Readers and writers share one lock, which is never held while the store is asked.
///
/// Lists, changes and snapshots always come from the store.
///
/// ```
/// use std::sync::Arc;
/// use moai_core::{Batch, MemoryProvider, StateKey, namespace, swarm_id};
/// use moai_store::{CachedStore, MemoryStore};
///
/// # pollster::block_on(async {
/// let store = CachedStore::new(Arc::new(MemoryStore::new()?), 64 << 20);
/// let (swarm, space, key) = (swarm_id!("swarm-001"), namespace!("synchronized_state"), StateKey::new("task_count")?);
///
/// store.commit(&swarm, Batch::new().put(space.clone(), key.clone(), "80")).await?;
/// let entry = store.get(&swarm, &space, &key).await?.ok_or("it was just written")?;
/// assert_eq!(&entry.value[..], b"80");
/// assert_eq!((store.statistics().hits, store.statistics().misses), (1, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub struct CachedStore<P: ?Sized = dyn MemoryProvider> {
    cache: Arc<Cache>,
    inner: Arc<P>,
}

impl<P: MemoryProvider + ?Sized> CachedStore<P> {
    /// Stands before `inner`, and keeps up to so many bytes.
    #[must_use]
    pub fn new(inner: Arc<P>, bytes: usize) -> Self {
        Self { cache: Arc::new(Cache::new(bytes)), inner }
    }

    /// The store behind. Write to it through the cache alone.
    #[must_use]
    pub fn inner(&self) -> &Arc<P> {
        &self.inner
    }

    /// How well it does.
    #[must_use]
    pub fn statistics(&self) -> CacheStatistics {
        self.cache.statistics()
    }

    /// What is kept, if the store still answers.
    fn find(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Result<Found, StoreError> {
        let found = self.cache.find(swarm, namespace, key);
        if let Found::Kept(_) = found {
            self.cache.heard(self.inner.admit())?;
        }
        Ok(found)
    }
}

#[async_trait]
impl<P: MemoryProvider + ?Sized> MemoryProvider for CachedStore<P> {
    fn persistence(&self) -> Persistence {
        self.inner.persistence()
    }

    fn admit(&self) -> Result<(), StoreError> {
        self.cache.heard(self.inner.admit())
    }

    async fn commit(&self, swarm: &SwarmId, batch: Batch) -> Result<Committed, StoreError> {
        let writing = self.cache.begin(swarm, &batch);
        writing.end(self.inner.commit(swarm, batch).await)
    }

    async fn look(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Result<Held, StoreError> {
        match self.find(swarm, namespace, key)? {
            Found::Kept(entry) => Ok(Held::Value(entry)),
            Found::Ask(ticket) => {
                let held = self.cache.heard(self.inner.look(swarm, namespace, key).await)?;
                if let Some(entry) = held.entry() {
                    self.cache.keep(swarm, ticket, entry);
                }
                Ok(held)
            }
        }
    }

    async fn get(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Result<Option<Entry>, StoreError> {
        match self.find(swarm, namespace, key)? {
            Found::Kept(entry) => Ok(Some(entry)),
            Found::Ask(ticket) => {
                let got = self.cache.heard(self.inner.get(swarm, namespace, key).await)?;
                if let Some(entry) = &got {
                    self.cache.keep(swarm, ticket, entry);
                }
                Ok(got)
            }
        }
    }

    async fn list(
        &self,
        swarm: &SwarmId,
        namespace: &Namespace,
        range: &KeyRange,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        self.cache.heard(self.inner.list(swarm, namespace, range, after, limit).await)
    }

    async fn changes(&self, swarm: &SwarmId, since: Option<Cursor>, limit: usize) -> Result<Changes, StoreError> {
        self.cache.heard(self.inner.changes(swarm, since, limit).await)
    }

    async fn snapshot(
        &self,
        swarm: &SwarmId,
        place: Option<SnapshotPlace>,
        limit: usize,
    ) -> Result<SnapshotPage, StoreError> {
        self.cache.heard(self.inner.snapshot(swarm, place, limit).await)
    }

    async fn standing(&self, swarm: &SwarmId) -> Result<Standing, StoreError> {
        self.cache.heard(self.inner.standing(swarm).await)
    }

    async fn compact(&self, swarm: &SwarmId, horizon: Version) -> Result<Standing, StoreError> {
        self.cache.heard(self.inner.compact(swarm, horizon).await)
    }
}

impl<P: ?Sized> Clone for CachedStore<P> {
    fn clone(&self) -> Self {
        Self { cache: Arc::clone(&self.cache), inner: Arc::clone(&self.inner) }
    }
}

impl<P: ?Sized> std::fmt::Debug for CachedStore<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CachedStore").field("statistics", &self.cache.statistics()).finish_non_exhaustive()
    }
}
