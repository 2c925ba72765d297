//! A memory whose commits are recorded.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use moai_core::{
    Batch, Changes, Clock, Committed, Cursor, Durability, Entry, Head, Held, Journal, JournalError, KeyRange, Listing,
    MemoryProvider, Namespace, NewRecord, Persistence, SnapshotPage, SnapshotPlace, Standing, StateKey, StoreError,
    SwarmId, SystemClock, Version,
};
use tokio::sync::Mutex;

use super::CommitRecord;

/// Stands before a memory provider, and records each commit in a journal: before it what is to be changed, behind it the
/// numbers that it got.
///
/// ```text
///   commit ─▶ journal: intended ─▶ store: commit ─▶ journal: committed, or refused ─▶ answer
/// ```
///
/// - **Nothing is committed that is not on record**: where the intention cannot be recorded, nothing changes.
/// - **A crash in between leaves an intention without an outcome.** [`verify`](super::verify) then says so, unless the
///   numbers of what was committed later, or the store itself, tell whether it came through. So does a commit whose future is
///   dropped, and one that [`Failed`](StoreError::Failed).
/// - A commit that came through while its outcome could not be recorded is answered as it is; the outcome is recorded with
///   the next one. Where what the journal holds is not known any more, every call is refused, reads too.
/// - Commits come one after the other, each with two appends, and are always [`Durable`](Durability::Durable): a record
///   must not outlive what it says.
/// - **Whoever writes to the store past this one is found out**: its numbers are missing in the record.
///
/// ```
/// use std::sync::Arc;
/// use moai_consensus::audit::Audit;
/// use moai_core::{Batch, MemoryProvider, StateKey, namespace, swarm_id};
/// use moai_store::{MemoryJournal, MemoryStore};
/// use moai_swarm::audit::{AuditedMemory, verify};
///
/// # pollster::block_on(async {
/// let (store, journal) = (Arc::new(MemoryStore::new()?), Arc::new(MemoryJournal::new()));
/// let memory = AuditedMemory::new(store.clone(), journal.clone());
/// let batch = Batch::new().put(namespace!("plans"), StateKey::new("release")?, "v2.0");
/// memory.commit(&swarm_id!("swarm-001"), batch).await?;
///
/// let report = verify(journal.as_ref(), Audit::new(), Some(store.as_ref())).await?;
/// assert_eq!((report.commits, report.keys), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub struct AuditedMemory {
    inner: Arc<dyn MemoryProvider>,
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    /// One commit at a time; and the outcome of the one before, where it could not be recorded yet.
    turn: Mutex<Option<NewRecord>>,
    /// Why the journal is not to be trusted any more.
    poisoned: OnceLock<String>,
}

impl AuditedMemory {
    /// Records in this journal what is committed to this store.
    #[must_use]
    pub fn new(inner: Arc<dyn MemoryProvider>, journal: Arc<dyn Journal>) -> Self {
        Self { inner, journal, clock: Arc::new(SystemClock), turn: Mutex::default(), poisoned: OnceLock::new() }
    }

    /// The same, with another clock for the times in the record.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    fn admit_journal(&self) -> Result<(), StoreError> {
        match self.poisoned.get() {
            Some(why) => Err(StoreError::Poisoned { why: why.clone() }),
            None => Ok(()),
        }
    }

    /// Appends. What it could not append is not in the journal, unless it is poisoned from then on.
    async fn append(&self, records: Vec<NewRecord>) -> Result<Head, StoreError> {
        self.journal.append(records).await.map_err(|why| match why {
            JournalError::Input(input) => StoreError::Input(input),
            JournalError::Full { what } => StoreError::Full { what: format!("{what}, in the journal") },
            why @ (JournalError::Failed { .. } | JournalError::Poisoned { .. }) => {
                let why = format!("the journal: {why}");
                StoreError::Poisoned { why: self.poisoned.get_or_init(|| why).clone() }
            }
            why => StoreError::Unavailable { why: format!("the journal: {why}") },
        })
    }
}

#[async_trait]
impl MemoryProvider for AuditedMemory {
    fn persistence(&self) -> Persistence {
        self.inner.persistence()
    }

    fn admit(&self) -> Result<(), StoreError> {
        self.admit_journal()?;
        self.inner.admit()
    }

    async fn commit(&self, swarm: &SwarmId, batch: Batch) -> Result<Committed, StoreError> {
        let mut unrecorded = self.turn.lock().await;
        self.admit()?;
        let intention = CommitRecord::intends(swarm, &batch).to_record(self.clock.now())?;
        let records = unrecorded.iter().cloned().chain([intention]).collect();
        let intended = self.append(records).await?.seq;
        *unrecorded = None;
        let outcome = self.inner.commit(swarm, batch.durability(Durability::Durable)).await;
        if let Some(record) = CommitRecord::of(intended, &outcome) {
            let record = record.to_record(self.clock.now())?;
            match self.append(vec![record.clone()]).await {
                Ok(_) => {}
                Err(StoreError::Poisoned { why }) => return Err(StoreError::Failed { why }),
                Err(_) => *unrecorded = Some(record),
            }
        }
        outcome
    }

    async fn look(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Result<Held, StoreError> {
        self.admit_journal()?;
        self.inner.look(swarm, namespace, key).await
    }

    async fn get(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Result<Option<Entry>, StoreError> {
        self.admit_journal()?;
        self.inner.get(swarm, namespace, key).await
    }

    async fn list(
        &self,
        swarm: &SwarmId,
        namespace: &Namespace,
        range: &KeyRange,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        self.admit_journal()?;
        self.inner.list(swarm, namespace, range, after, limit).await
    }

    async fn changes(&self, swarm: &SwarmId, since: Option<Cursor>, limit: usize) -> Result<Changes, StoreError> {
        self.admit_journal()?;
        self.inner.changes(swarm, since, limit).await
    }

    async fn snapshot(
        &self,
        swarm: &SwarmId,
        place: Option<SnapshotPlace>,
        limit: usize,
    ) -> Result<SnapshotPage, StoreError> {
        self.admit_journal()?;
        self.inner.snapshot(swarm, place, limit).await
    }

    async fn standing(&self, swarm: &SwarmId) -> Result<Standing, StoreError> {
        self.admit_journal()?;
        self.inner.standing(swarm).await
    }

    async fn compact(&self, swarm: &SwarmId, horizon: Version) -> Result<Standing, StoreError> {
        self.admit_journal()?;
        self.inner.compact(swarm, horizon).await
    }
}

impl std::fmt::Debug for AuditedMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuditedMemory").field("poisoned", &self.poisoned.get()).finish_non_exhaustive()
    }
}
