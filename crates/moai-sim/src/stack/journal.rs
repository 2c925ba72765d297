//! A journal that outlives its process.

use std::sync::Arc;

use async_trait::async_trait;
use moai_core::{Head, Journal, JournalError, Limits, NewRecord, Persistence, Record};
use moai_store::MemoryJournal;

use super::at_once::at_once;
use super::{Ground, Life, fate};

/// The disk under a journal: what was written on it outlives every process. Cloning gives another handle.
///
/// ```
/// use moai_core::{Journal, NewRecord, Timestamp, record_kind};
/// use moai_sim::stack::{Chaos, Ground, JournalDisk, Life};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?.block_on(async {
/// let (ground, disk, life) = (Ground::new(7, Chaos::NONE), JournalDisk::default(), Life::new());
/// let journal = disk.open(&ground, &life);
/// journal.append(vec![NewRecord::new(record_kind!("ballot"), Timestamp::UNIX_EPOCH, "for")]).await?;
///
/// life.crash();
/// assert_eq!(disk.open(&ground, &Life::new()).head().await?.seq, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct JournalDisk {
    written: MemoryJournal,
}

impl JournalDisk {
    /// An empty disk for a journal with these limits.
    #[must_use]
    pub fn with_limits(limits: Limits) -> Self {
        Self { written: MemoryJournal::with_limits(limits) }
    }

    /// The journal as one life of a process opens it.
    #[must_use]
    pub fn open(&self, ground: &Ground, life: &Life) -> SimJournal {
        SimJournal { disk: self.clone(), ground: ground.clone(), life: life.clone(), line: Arc::default() }
    }

    /// All that is written, as it is seen past every process.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        let mut records: Vec<Record> = Vec::new();
        loop {
            let from = records.last().map_or(1, |last| last.seq.saturating_add(1));
            match at_once(self.written.read(from, PAGE)) {
                Some(Ok(page)) if !page.is_empty() => records.extend(page),
                _ => return records,
            }
        }
    }
}

/// How many records are read at once.
const PAGE: usize = 1_000;

/// A journal of one life of a process, on a [`JournalDisk`], where there is an example.
#[derive(Debug, Clone)]
pub struct SimJournal {
    disk: JournalDisk,
    ground: Ground,
    life: Life,
    /// Who comes first is written first.
    line: Arc<tokio::sync::Mutex<()>>,
}

impl SimJournal {
    async fn may_read(&self) -> Result<(), JournalError> {
        self.life.goes_on().await;
        if self.life.is_poisoned() { Err(fate::Failure::poisoned()) } else { Ok(()) }
    }
}

#[async_trait]
impl Journal for SimJournal {
    fn persistence(&self) -> Persistence {
        Persistence::Crash
    }

    async fn append(&self, records: Vec<NewRecord>) -> Result<Head, JournalError> {
        let apply = || at_once(self.disk.written.append(records)).unwrap_or_else(|| Err(fate::Failure::unavailable()));
        fate::write(&self.ground, &self.life, &self.line, apply).await
    }

    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Record>, JournalError> {
        self.may_read().await?;
        self.disk.written.read(from, limit).await
    }

    async fn head(&self) -> Result<Head, JournalError> {
        self.may_read().await?;
        self.disk.written.head().await
    }
}
