//! Tells what has been written down, once it is.

use std::sync::Arc;

use async_trait::async_trait;
use moai_flow::consensus::Entry;
use moai_flow::{Head, Journal, JournalError, NewRecord, Persistence, Record};
use tokio::sync::Mutex;
use tokio::sync::mpsc::UnboundedSender;

use crate::shared_journal::SharedJournal;

/// A journal that tells what has been written down. So what a person sees of a vote is what is on the record.
#[derive(Debug, Clone)]
pub(super) struct Witness {
    journal: SharedJournal,
    tell: UnboundedSender<Told>,
    /// The last record that is known to be written. Held while one is written: so they are followed in the order in which they are.
    last: Arc<Mutex<Option<Head>>>,
}

/// What has become of a record.
#[derive(Debug)]
pub(super) enum Told {
    /// It is written, with this number.
    Written { seq: u64, entry: Entry },
    /// It is not.
    Failed(JournalError),
}

impl Witness {
    pub(super) fn new(journal: SharedJournal, tell: UnboundedSender<Told>) -> Self {
        Self { journal, tell, last: Arc::default() }
    }

    fn tell(&self, told: Told) {
        // Nobody may listen any more.
        let _ = self.tell.send(told);
    }
}

#[async_trait]
impl Journal for Witness {
    fn persistence(&self) -> Persistence {
        self.journal.persistence()
    }

    async fn append(&self, records: Vec<NewRecord>) -> Result<Head, JournalError> {
        let read = |record: &NewRecord| Entry::from_payload(&record.kind, &record.payload).ok().flatten();
        let entries: Vec<Option<Entry>> = records.iter().map(read).collect();
        let mut last = self.last.lock().await;
        let written = self.journal.append_behind(*last, records).await;
        if let Ok(head) = written {
            *last = Some(head);
        }
        drop(last);
        match &written {
            Ok(head) => {
                let before = head.seq.saturating_sub(entries.len() as u64);
                for (seq, entry) in (before.saturating_add(1)..).zip(entries) {
                    entry.into_iter().for_each(|entry| self.tell(Told::Written { seq, entry }));
                }
            }
            Err(why) => self.tell(Told::Failed(why.clone())),
        }
        written
    }

    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Record>, JournalError> {
        self.journal.read(from, limit).await
    }

    async fn head(&self) -> Result<Head, JournalError> {
        self.journal.head().await
    }
}
