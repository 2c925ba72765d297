//! A memory that outlives its process.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use moai_core::{
    Batch, ChanceError, Changes, Committed, Cursor, Durability, Entry, Held, KeyRange, Limits, Listing, MemoryProvider,
    Namespace, Persistence, SeededChance, SnapshotPage, SnapshotPlace, Standing, StateKey, StoreError, SwarmId,
    Version,
};
use moai_store::{BlockingMemoryStore, MemoryStore};

use super::{Ground, Life, fate};
use crate::Seeds;

/// The disk under a memory: what was durable on it outlives every process, and of what was not a crash takes the end. Cloning
/// gives another handle.
///
/// ```
/// use moai_core::{Batch, Durability, MemoryProvider, StateKey, namespace, swarm_id};
/// use moai_sim::stack::{Chaos, Ground, Life, MemoryDisk};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?.block_on(async {
/// let (ground, disk, life) = (Ground::new(7, Chaos::NONE), MemoryDisk::new(7)?, Life::new());
/// let (swarm, key) = (swarm_id!("swarm-001"), StateKey::new("leader")?);
/// let write = Batch::new().put(namespace!("state"), key, "agent-1");
/// disk.open(&ground, &life).commit(&swarm, write).await?;
///
/// life.crash();
/// assert_eq!(disk.open(&ground, &Life::new()).standing(&swarm).await?.last.version.get(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct MemoryDisk {
    platter: Arc<Mutex<Platter>>,
}

/// What is on it.
struct Platter {
    seed: u64,
    limits: Limits,
    store: BlockingMemoryStore,
    /// What was written, in its order: what a crash leaves is a beginning of it.
    written: Vec<(SwarmId, Write)>,
    /// How much of it is durable.
    durable: usize,
    /// Says what a crash leaves.
    seeds: Seeds,
}

enum Write {
    Batch(Batch),
    Compact(Version),
}

impl MemoryDisk {
    /// An empty disk.
    ///
    /// # Errors
    ///
    /// None: the seed's chance always has bytes.
    pub fn new(seed: u64) -> Result<Self, ChanceError> {
        Self::with_limits(seed, Limits::default())
    }

    /// The same with other limits.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_limits(seed: u64, limits: Limits) -> Result<Self, ChanceError> {
        let store = empty(seed, &limits)?;
        let platter = Platter { seed, limits, store, written: Vec::new(), durable: 0, seeds: Seeds::new(seed) };
        Ok(Self { platter: Arc::new(Mutex::new(platter)) })
    }

    /// The memory as one life of a process opens it: whoever had it open before is over.
    #[must_use]
    pub fn open(&self, ground: &Ground, life: &Life) -> SimMemory {
        if self.platter().recover() {
            ground.fault("a crash took back what was not durable");
        }
        SimMemory { disk: self.clone(), ground: ground.clone(), life: life.clone(), line: Arc::default() }
    }

    /// All that is stored, as it is seen past every process.
    #[must_use]
    pub fn look(&self) -> BlockingMemoryStore {
        self.platter().store.clone()
    }

    /// Nothing that can panic runs while it is held, so a poisoned lock is as good as any.
    fn platter(&self) -> MutexGuard<'_, Platter> {
        self.platter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn empty(seed: u64, limits: &Limits) -> Result<BlockingMemoryStore, ChanceError> {
    Ok(MemoryStore::with(&SeededChance::new(seed), limits.clone())?.blocking().clone())
}

impl Platter {
    /// Takes back some of what was not durable; says whether there was any.
    fn recover(&mut self) -> bool {
        let behind = self.written.len() - self.durable;
        let kept = usize::try_from(self.seeds.below(behind as u64 + 1)).unwrap_or(0);
        if kept == behind {
            self.durable = self.written.len();
            return false;
        }
        let Ok(store) = empty(self.seed, &self.limits) else { return false };
        self.written.truncate(self.durable + kept);
        for (swarm, write) in &self.written {
            match write {
                // It was accepted before, upon the same.
                Write::Batch(batch) => drop(store.commit(swarm, batch.clone())),
                Write::Compact(horizon) => drop(store.compact(swarm, *horizon)),
            }
        }
        self.store = store;
        self.durable = self.written.len();
        true
    }

    fn commit(&mut self, swarm: &SwarmId, batch: Batch) -> Result<Committed, StoreError> {
        let committed = self.store.commit(swarm, batch.clone())?;
        let is_durable = batch.durability == Durability::Durable;
        self.written.push((swarm.clone(), Write::Batch(batch)));
        if is_durable {
            self.durable = self.written.len();
        }
        Ok(committed)
    }

    fn compact(&mut self, swarm: &SwarmId, horizon: Version) -> Standing {
        self.written.push((swarm.clone(), Write::Compact(horizon)));
        self.durable = self.written.len();
        self.store.compact(swarm, horizon)
    }
}

/// A memory of one life of a process, on a [`MemoryDisk`], where there is an example.
#[derive(Debug, Clone)]
pub struct SimMemory {
    disk: MemoryDisk,
    ground: Ground,
    life: Life,
    /// Who comes first is written first.
    line: Arc<tokio::sync::Mutex<()>>,
}

impl SimMemory {
    async fn store(&self) -> Result<BlockingMemoryStore, StoreError> {
        self.life.goes_on().await;
        self.admit()?;
        Ok(self.disk.look())
    }
}

#[async_trait]
impl MemoryProvider for SimMemory {
    fn persistence(&self) -> Persistence {
        Persistence::Crash
    }

    fn admit(&self) -> Result<(), StoreError> {
        if self.life.is_poisoned() { Err(fate::Failure::poisoned()) } else { Ok(()) }
    }

    async fn commit(&self, swarm: &SwarmId, batch: Batch) -> Result<Committed, StoreError> {
        fate::write(&self.ground, &self.life, &self.line, || self.disk.platter().commit(swarm, batch)).await
    }

    async fn look(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Result<Held, StoreError> {
        Ok(self.store().await?.look(swarm, namespace, key))
    }

    async fn get(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Result<Option<Entry>, StoreError> {
        Ok(self.store().await?.get(swarm, namespace, key))
    }

    async fn list(
        &self,
        swarm: &SwarmId,
        namespace: &Namespace,
        range: &KeyRange,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        self.store().await?.list(swarm, namespace, range, after, limit)
    }

    async fn changes(&self, swarm: &SwarmId, since: Option<Cursor>, limit: usize) -> Result<Changes, StoreError> {
        self.store().await?.changes(swarm, since, limit)
    }

    async fn snapshot(
        &self,
        swarm: &SwarmId,
        place: Option<SnapshotPlace>,
        limit: usize,
    ) -> Result<SnapshotPage, StoreError> {
        self.store().await?.snapshot(swarm, place, limit)
    }

    async fn standing(&self, swarm: &SwarmId) -> Result<Standing, StoreError> {
        Ok(self.store().await?.standing(swarm))
    }

    async fn compact(&self, swarm: &SwarmId, horizon: Version) -> Result<Standing, StoreError> {
        fate::write(&self.ground, &self.life, &self.line, || Ok(self.disk.platter().compact(swarm, horizon))).await
    }
}

impl std::fmt::Debug for MemoryDisk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryDisk").field("durable", &self.platter().durable).finish_non_exhaustive()
    }
}
