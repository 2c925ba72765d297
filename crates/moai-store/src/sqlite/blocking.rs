//! The store without async: reads on the caller's own thread.

use std::path::Path;
use std::sync::Arc;

use moai_core::{
    Batch, Changes, Committed, Cursor, Entry, Held, KeyRange, Listing, Namespace, SnapshotPage, SnapshotPlace,
    Standing, StateKey, StoreError, SwarmId, Version,
};

use super::engine::Engine;
use super::verify::{Verified, verify};
use super::writer::{Made, Work};
use super::{not_asked, read};

/// The blocking handle of a [`SqliteStore`](crate::SqliteStore): the same file and the same promises, without async.
///
/// **Reads run on the caller's own thread**, with one of a few connections, and wait for one when all are lent. Writes
/// wait for the writing thread. Both wait for the disk: call it where blocking does no harm. Cloning gives another handle.
///
/// ```
/// use moai_core::{Batch, StateKey, namespace, swarm_id};
/// use moai_store::SqliteStore;
///
/// # let folder = std::env::temp_dir().join(format!("moai-doc-blocking-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let store = SqliteStore::open(folder.join("swarm.db"))?;
/// let (swarm, space, key) = (swarm_id!("swarm-001"), namespace!("synchronized_state"), StateKey::new("task_count")?);
///
/// let committed = store.blocking().commit(&swarm, Batch::new().put(space.clone(), key.clone(), "80"))?;
/// let entry = store.blocking().get(&swarm, &space, &key)?.ok_or("it was just written")?;
/// assert_eq!((entry.version, &entry.value[..]), (committed.first, &b"80"[..]));
/// # drop(store);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct BlockingSqliteStore {
    pub(super) engine: Arc<Engine>,
}

impl BlockingSqliteStore {
    /// As [`MemoryProvider::commit`](moai_core::MemoryProvider::commit).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn commit(&self, swarm: &SwarmId, batch: Batch) -> Result<Committed, StoreError> {
        batch.check(&self.engine.reader.limits)?;
        match self.engine.write(Work::Commit(swarm.clone(), batch))? {
            Made::Committed(committed) => Ok(committed),
            Made::Compacted(_) | Made::Appended(_) => Err(not_asked()),
        }
    }

    /// As [`MemoryProvider::look`](moai_core::MemoryProvider::look).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn look(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Result<Held, StoreError> {
        read::look(&self.engine.reader, swarm, namespace, key)
    }

    /// As [`MemoryProvider::get`](moai_core::MemoryProvider::get).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn get(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Result<Option<Entry>, StoreError> {
        Ok(self.look(swarm, namespace, key)?.into_entry())
    }

    /// As [`MemoryProvider::list`](moai_core::MemoryProvider::list).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn list(
        &self,
        swarm: &SwarmId,
        namespace: &Namespace,
        range: &KeyRange,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        read::list(&self.engine.reader, swarm, namespace, range, after, limit)
    }

    /// As [`MemoryProvider::changes`](moai_core::MemoryProvider::changes).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn changes(&self, swarm: &SwarmId, since: Option<Cursor>, limit: usize) -> Result<Changes, StoreError> {
        read::changes(&self.engine.reader, swarm, since, limit)
    }

    /// As [`MemoryProvider::snapshot`](moai_core::MemoryProvider::snapshot).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn snapshot(
        &self,
        swarm: &SwarmId,
        place: Option<SnapshotPlace>,
        limit: usize,
    ) -> Result<SnapshotPage, StoreError> {
        read::snapshot(&self.engine.reader, swarm, place, limit)
    }

    /// As [`MemoryProvider::standing`](moai_core::MemoryProvider::standing).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn standing(&self, swarm: &SwarmId) -> Result<Standing, StoreError> {
        read::standing(&self.engine.reader, swarm)
    }

    /// As [`MemoryProvider::compact`](moai_core::MemoryProvider::compact). It takes out rows a thousand at a time, and
    /// commits of others come in between.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn compact(&self, swarm: &SwarmId, horizon: Version) -> Result<Standing, StoreError> {
        match self.engine.write(Work::Compact(swarm.clone(), horizon))? {
            Made::Compacted(standing) => Ok(standing),
            Made::Committed(_) | Made::Appended(_) => Err(not_asked()),
        }
    }

    /// Reads everything: the pages of the file, every row against its checksum, each swarm's rows against what they
    /// should add up to, and the chain of the journal. It takes as long as reading the file does.
    ///
    /// # Errors
    ///
    /// [`Corrupted`](StoreError::Corrupted) names the file, how it shows and what to do;
    /// [`Unavailable`](StoreError::Unavailable), [`Poisoned`](StoreError::Poisoned).
    pub fn verify(&self) -> Result<Verified, StoreError> {
        verify(&self.engine.reader)
    }

    /// Where the file lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.engine.reader.path
    }
}

impl std::fmt::Debug for BlockingSqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let reader = &self.engine.reader;
        f.debug_struct("SqliteStore").field("path", &reader.path).field("epoch", &reader.epoch).finish_non_exhaustive()
    }
}
