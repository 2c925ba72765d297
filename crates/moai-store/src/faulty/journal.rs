//! A journal that fails on command.

use std::sync::Arc;

use async_trait::async_trait;
use moai_core::{Head, Journal, JournalError, NewRecord, Persistence, Record};

use super::faults::Faults;

/// A journal that hands every call on to another one, unless [`Faults`] lets it fail.
///
/// It fails as a [`FaultyStore`](crate::FaultyStore) does: once it is poisoned, reads are refused too.
///
/// ```
/// use std::sync::Arc;
/// use moai_core::{Journal, JournalError, NewRecord, Timestamp, record_kind};
/// use moai_store::{Faults, FaultyJournal, MemoryJournal};
///
/// # pollster::block_on(async {
/// let faults = Faults::new();
/// let journal = FaultyJournal::new(Arc::new(MemoryJournal::new()), faults.clone());
///
/// faults.fill();
/// let ballot = NewRecord::new(record_kind!("ballot"), Timestamp::UNIX_EPOCH, "approve");
/// assert!(matches!(journal.append(vec![ballot]).await, Err(JournalError::Full { .. })));
/// # })
/// ```
#[derive(Clone)]
pub struct FaultyJournal {
    inner: Arc<dyn Journal>,
    faults: Faults,
}

impl FaultyJournal {
    /// Stands before `inner`, and fails when `faults` says so.
    #[must_use]
    pub fn new(inner: Arc<dyn Journal>, faults: Faults) -> Self {
        Self { inner, faults }
    }
}

#[async_trait]
impl Journal for FaultyJournal {
    fn persistence(&self) -> Persistence {
        self.inner.persistence()
    }

    async fn append(&self, records: Vec<NewRecord>) -> Result<Head, JournalError> {
        self.faults.write(self.inner.append(records)).await
    }

    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Record>, JournalError> {
        self.faults.read(self.inner.read(from, limit)).await
    }

    async fn head(&self) -> Result<Head, JournalError> {
        self.faults.read(self.inner.head()).await
    }
}

impl std::fmt::Debug for FaultyJournal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FaultyJournal").field("faults", &self.faults).finish_non_exhaustive()
    }
}
