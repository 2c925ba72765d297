//! Memory and journals in a file, by SQLite.

mod blocking;
mod checksum;
mod connection;
mod create;
mod engine;
mod header;
mod journal;
mod lock;
mod open;
mod open_error;
mod read;
mod reader;
mod reply;
mod rows;
mod schema;
mod swarm_row;
mod trouble;
mod verify;
mod writer;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use moai_core::{
    Batch, Chance, Changes, Committed, Cursor, Held, KeyRange, Limits, Listing, MemoryProvider, Namespace, Persistence,
    SnapshotPage, SnapshotPlace, Standing, StateKey, StoreError, SwarmId, SystemChance, Version,
};

use engine::Engine;
use writer::{Made, Work};

pub use blocking::BlockingSqliteStore;
pub use journal::SqliteJournal;
pub use open_error::OpenError;
pub use verify::Verified;

/// State in a file, which survives a crash of the process and of the machine.
///
/// ```text
///  commits ─▶ writing thread ─▶ one transaction, one sync for all that came meanwhile ─▶ answers
///  reads ───▶ a few connections, each in an unchanging state of the file
/// ```
///
/// - **A durable commit is on the disk when it returns.** Commits that are made at the same time share a sync, and each
///   keeps its own answer. An [`Eventual`](moai_core::Durability::Eventual) one waits for no sync.
/// - **Every row carries a checksum that each read verifies**, and each swarm a sum over its rows that
///   [`verify`](SqliteStore::verify) holds against them.
/// - **One process at a time**: a file beside the store, with `-lock` behind its name, is locked. It also witnesses what
///   was acknowledged, so that a store that has lost its end is not opened.
/// - **Reads and writes never run on the threads of an async runtime.** [`blocking`](SqliteStore::blocking) gives a handle
///   that reads on the caller's own thread.
///
/// What it costs: a change O(log n) and its share of a sync; the deletion of a range the same, whatever lies in it; changes
/// since a cursor what has changed since. The rows of a deleted range, and tombstones, stay in the file until
/// [`compact`](MemoryProvider::compact) takes them out, and whoever lists reads over them.
///
/// Cloning gives another handle. The last one closes the file when it is dropped, and waits for the disk then.
///
/// ```
/// use moai_core::{Batch, MemoryProvider, StateKey, namespace, swarm_id};
/// use moai_store::SqliteStore;
///
/// # let folder = std::env::temp_dir().join(format!("moai-doc-store-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # pollster::block_on(async {
/// let path = folder.join("swarm.db");
/// let (swarm, space, key) = (swarm_id!("swarm-001"), namespace!("synchronized_state"), StateKey::new("task_count")?);
///
/// let store = SqliteStore::open(&path)?;
/// store.commit(&swarm, Batch::new().put(space.clone(), key.clone(), "80")).await?;
/// drop(store);
///
/// let store = SqliteStore::open(&path)?;
/// let entry = store.get(&swarm, &space, &key).await?.ok_or("it was written")?;
/// assert_eq!(&entry.value[..], b"80");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SqliteStore {
    blocking: BlockingSqliteStore,
}

impl SqliteStore {
    /// Opens the store at `path` with the default limits, or makes a new one, in an epoch that the system's chance draws.
    ///
    /// It waits for the disk: in an async program, open it before the runtime starts, or on a thread that may block.
    ///
    /// # Errors
    ///
    /// [`OpenError`] says why, and the file is as it was.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_with(path, &SystemChance, Limits::default())
    }

    /// The same with other limits and another chance for a new epoch. Of the limits, `batch_changes`, `batch_bytes`,
    /// `page_items` and `page_bytes` count here, and for its [`journal`](SqliteStore::journal) those of a journal.
    ///
    /// ```
    /// use moai_core::{Limits, SeededChance};
    /// use moai_store::SqliteStore;
    ///
    /// # let folder = std::env::temp_dir().join(format!("moai-doc-open-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// let limits = Limits { page_items: 100, ..Limits::default() };
    /// let store = SqliteStore::open_with(folder.join("swarm.db"), &SeededChance::new(1), limits)?;
    /// # drop(store);
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`open`](SqliteStore::open).
    pub fn open_with(path: impl AsRef<Path>, chance: &dyn Chance, limits: Limits) -> Result<Self, OpenError> {
        let engine = Arc::new(Engine::open(path.as_ref(), chance, limits)?);
        Ok(Self { blocking: BlockingSqliteStore { engine } })
    }

    /// The same store without async.
    #[must_use]
    pub fn blocking(&self) -> &BlockingSqliteStore {
        &self.blocking
    }

    /// The journal in the same file. Its appends and this store's commits stand in one log, so that a crash never takes one
    /// and leaves another that was answered later.
    ///
    /// ```
    /// use moai_core::{Batch, Journal, MemoryProvider, NewRecord, StateKey, Timestamp, namespace, record_kind, swarm_id};
    /// use moai_store::SqliteStore;
    ///
    /// # let folder = std::env::temp_dir().join(format!("moai-doc-both-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # pollster::block_on(async {
    /// let store = SqliteStore::open(folder.join("swarm.db"))?;
    /// let approved = NewRecord::new(record_kind!("decision"), Timestamp::UNIX_EPOCH, "approved");
    /// store.journal().append(vec![approved]).await?;
    /// let applied = Batch::new().put(namespace!("synchronized_state"), StateKey::new("release")?, "v2.0");
    /// store.commit(&swarm_id!("swarm-001"), applied).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn journal(&self) -> SqliteJournal {
        SqliteJournal { engine: Arc::clone(&self.blocking.engine) }
    }

    /// As [`BlockingSqliteStore::verify`], on another thread. Dropping its future leaves nothing but a thread that is busy
    /// for a while.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn verify(&self) -> Result<Verified, StoreError> {
        self.blocking.engine.read_soon(verify::verify).await
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.blocking.fmt(f)
    }
}

#[async_trait]
impl MemoryProvider for SqliteStore {
    fn persistence(&self) -> Persistence {
        Persistence::Crash
    }

    fn admit(&self) -> Result<(), StoreError> {
        self.blocking.engine.reader.admit()
    }

    async fn commit(&self, swarm: &SwarmId, batch: Batch) -> Result<Committed, StoreError> {
        let engine = &self.blocking.engine;
        batch.check(&engine.reader.limits)?;
        match engine.write_soon(Work::Commit(swarm.clone(), batch)).await? {
            Made::Committed(committed) => Ok(committed),
            Made::Compacted(_) | Made::Appended(_) => Err(not_asked()),
        }
    }

    async fn look(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Result<Held, StoreError> {
        let (swarm, namespace, key) = (swarm.clone(), namespace.clone(), key.clone());
        self.blocking.engine.read_soon(move |reader| read::look(reader, &swarm, &namespace, &key)).await
    }

    async fn list(
        &self,
        swarm: &SwarmId,
        namespace: &Namespace,
        range: &KeyRange,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        let (swarm, namespace, range, after) = (swarm.clone(), namespace.clone(), range.clone(), after.cloned());
        let list = move |reader: &reader::Reader| read::list(reader, &swarm, &namespace, &range, after.as_ref(), limit);
        self.blocking.engine.read_soon(list).await
    }

    async fn changes(&self, swarm: &SwarmId, since: Option<Cursor>, limit: usize) -> Result<Changes, StoreError> {
        let swarm = swarm.clone();
        self.blocking.engine.read_soon(move |reader| read::changes(reader, &swarm, since, limit)).await
    }

    async fn snapshot(
        &self,
        swarm: &SwarmId,
        place: Option<SnapshotPlace>,
        limit: usize,
    ) -> Result<SnapshotPage, StoreError> {
        let swarm = swarm.clone();
        self.blocking.engine.read_soon(move |reader| read::snapshot(reader, &swarm, place, limit)).await
    }

    async fn standing(&self, swarm: &SwarmId) -> Result<Standing, StoreError> {
        let swarm = swarm.clone();
        self.blocking.engine.read_soon(move |reader| read::standing(reader, &swarm)).await
    }

    async fn compact(&self, swarm: &SwarmId, horizon: Version) -> Result<Standing, StoreError> {
        match self.blocking.engine.write_soon(Work::Compact(swarm.clone(), horizon)).await? {
            Made::Compacted(standing) => Ok(standing),
            Made::Committed(_) | Made::Appended(_) => Err(not_asked()),
        }
    }
}

/// The answer to another question, which no writer gives.
fn not_asked() -> StoreError {
    StoreError::Unavailable { why: "the writing thread answered another question".to_owned() }
}

/// A file beside another: its name with an ending.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}
