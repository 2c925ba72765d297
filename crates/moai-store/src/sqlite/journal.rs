//! A journal in a file.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use moai_core::{Head, Journal, JournalError, Limits, NewRecord, Persistence, Record, StoreError, SystemChance};

use super::engine::Engine;
use super::open_error::OpenError;
use super::trouble::as_journal;
use super::writer::{Made, Work};
use super::{not_asked, read};

/// Records in a file: alone in one of its own, or in the file of a [`SqliteStore`](crate::SqliteStore).
///
/// In the file of a store it shares everything with it: the lock, the writing thread and its syncs, and fate. When a write
/// of one fails, both are poisoned. Cloning gives another handle to the same journal.
///
/// ```
/// use moai_core::{Journal, NewRecord, Timestamp, record_kind, verify_journal};
/// use moai_store::SqliteJournal;
///
/// # let folder = std::env::temp_dir().join(format!("moai-doc-journal-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # pollster::block_on(async {
/// let journal = SqliteJournal::open(folder.join("journal.db"))?;
/// let decision = NewRecord::new(record_kind!("decision"), Timestamp::UNIX_EPOCH, "approved");
/// let head = journal.append(vec![decision]).await?;
/// assert_eq!(verify_journal(&journal, Some(head)).await?, head);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SqliteJournal {
    pub(super) engine: Arc<Engine>,
}

impl SqliteJournal {
    /// Opens the journal at `path` with the default limits, or makes a new one. It waits for the disk.
    ///
    /// # Errors
    ///
    /// As [`SqliteStore::open`](crate::SqliteStore::open).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_with(path, Limits::default())
    }

    /// The same with other limits: `append_records`, `record_bytes`, `page_items` and `page_bytes` count here.
    ///
    /// # Errors
    ///
    /// As [`SqliteStore::open`](crate::SqliteStore::open).
    pub fn open_with(path: impl AsRef<Path>, limits: Limits) -> Result<Self, OpenError> {
        Ok(Self { engine: Arc::new(Engine::open(path.as_ref(), &SystemChance, limits)?) })
    }
}

#[async_trait]
impl Journal for SqliteJournal {
    fn persistence(&self) -> Persistence {
        Persistence::Crash
    }

    async fn append(&self, records: Vec<NewRecord>) -> Result<Head, JournalError> {
        NewRecord::check(&records, &self.engine.reader.limits)?;
        match self.engine.write_soon(Work::Append(records)).await {
            Ok(Made::Appended(head)) => Ok(head),
            Ok(Made::Committed(_) | Made::Compacted(_)) => Err(as_journal(not_asked())),
            Err(error) => Err(as_journal(error)),
        }
    }

    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Record>, JournalError> {
        self.engine.read_soon(move |reader| read::records(reader, from, limit)).await.map_err(as_journal)
    }

    async fn head(&self) -> Result<Head, JournalError> {
        let head = |reader: &super::reader::Reader| -> Result<Head, StoreError> {
            reader.read_at_once(|connection| read::bounded_head(connection))
        };
        self.engine.read_soon(head).await.map_err(as_journal)
    }
}

impl std::fmt::Debug for SqliteJournal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteJournal").field("path", &self.engine.reader.path).finish_non_exhaustive()
    }
}
