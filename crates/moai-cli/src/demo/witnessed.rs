//! A journal whose records are shown.

use std::sync::Arc;

use async_trait::async_trait;
use moai_flow::{Head, Journal, JournalError, NewRecord, Persistence, Record};

use super::stand_still::stand_still;
use super::teller::Teller;

/// A journal whose records are shown once they are durable: **what the show says about a vote was read from its record.**
pub(super) struct Witnessed {
    inner: Arc<dyn Journal>,
    teller: Teller,
}

impl Witnessed {
    pub(super) fn new(inner: Arc<dyn Journal>, teller: Teller) -> Self {
        Self { inner, teller }
    }
}

#[async_trait]
impl Journal for Witnessed {
    fn persistence(&self) -> Persistence {
        self.inner.persistence()
    }

    async fn append(&self, records: Vec<NewRecord>) -> Result<Head, JournalError> {
        let count = records.len();
        let head = stand_still(self.inner.append(records))?;
        let first = head.seq.saturating_sub(count as u64).saturating_add(1);
        for record in &stand_still(self.inner.read(first, count))? {
            // A scene that nobody watches ends with its next line.
            let _ = self.teller.written(record);
        }
        Ok(head)
    }

    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Record>, JournalError> {
        stand_still(self.inner.read(from, limit))
    }

    async fn head(&self) -> Result<Head, JournalError> {
        stand_still(self.inner.head())
    }
}
