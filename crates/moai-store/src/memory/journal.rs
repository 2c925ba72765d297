//! A journal that lives as long as the process.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use bytes::Bytes;
use moai_core::{Head, Journal, JournalError, Limits, NewRecord, Persistence, Record};

use crate::room::Room;

/// Records that live as long as the process.
///
/// Cloning gives another handle to the same journal. Its futures are ready at once.
///
/// ```
/// use moai_core::{Journal, NewRecord, Timestamp, record_kind, verify_journal};
/// use moai_store::MemoryJournal;
///
/// # pollster::block_on(async {
/// let journal = MemoryJournal::new();
/// let decision = NewRecord::new(record_kind!("decision"), Timestamp::UNIX_EPOCH, "approved");
/// let head = journal.append(vec![decision]).await?;
/// assert_eq!(verify_journal(&journal, Some(head)).await?, head);
/// # Ok::<(), moai_core::JournalError>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Default)]
pub struct MemoryJournal {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    limits: Limits,
    records: RwLock<Vec<Record>>,
}

impl MemoryJournal {
    /// An empty journal with the default limits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty journal with other limits: `append_records`, `record_bytes`, `page_items` and
    /// `page_bytes` count here.
    #[must_use]
    pub fn with_limits(limits: Limits) -> Self {
        Self { shared: Arc::new(Shared { limits, records: RwLock::default() }) }
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    fn persistence(&self) -> Persistence {
        Persistence::Process
    }

    async fn append(&self, records: Vec<NewRecord>) -> Result<Head, JournalError> {
        NewRecord::check(&records, &self.shared.limits)?;
        let mut kept = self.shared.records.write().unwrap_or_else(PoisonError::into_inner);
        let mut head = end(&kept);
        let mut added = Vec::with_capacity(records.len());
        for mut new in records {
            // A copy of its own: what came in may be a small part of a large buffer.
            new.payload = Bytes::copy_from_slice(&new.payload);
            let full = || JournalError::Full { what: format!("a record behind number {}", head.seq) };
            let record = Record::after(head, new).ok_or_else(full)?;
            head = record.head();
            added.push(record);
        }
        kept.append(&mut added);
        Ok(head)
    }

    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Record>, JournalError> {
        let room = Room::new(&self.shared.limits, limit)?;
        let kept = self.shared.records.read().unwrap_or_else(PoisonError::into_inner);
        // Record 1 lies at place 0. What no address can name lies behind the end.
        let skipped = usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX);
        Ok(room.fill(&mut kept.iter().skip(skipped).cloned(), |record| record.payload.len()))
    }

    async fn head(&self) -> Result<Head, JournalError> {
        Ok(end(&self.shared.records.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// The head of a journal that holds these records.
fn end(records: &[Record]) -> Head {
    records.last().map_or(Head::EMPTY, Record::head)
}

impl std::fmt::Debug for MemoryJournal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let head = end(&self.shared.records.read().unwrap_or_else(PoisonError::into_inner));
        f.debug_struct("MemoryJournal").field("head", &format_args!("{head}")).finish_non_exhaustive()
    }
}
