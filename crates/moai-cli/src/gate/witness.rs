//! Tells what has been written down, once it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use moai_flow::consensus::Entry;
use moai_flow::{Head, Journal, JournalError, NewRecord, Persistence, Record};
use tokio::sync::mpsc::UnboundedSender;

use crate::shared_journal::SharedJournal;

/// A journal that tells what has been written down. So what a person sees of a vote is what is on the record.
#[derive(Debug, Clone)]
pub(super) struct Witness {
    journal: SharedJournal,
    tell: UnboundedSender<Told>,
    /// The number of the last record that is known to be written.
    last: Arc<AtomicU64>,
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

    /// Takes note of the head behind so many new records.
    ///
    /// # Errors
    ///
    /// When there are fewer before them than there were: somebody has put another journal in its place.
    fn follow(&self, head: Head, new: u64) -> Result<Head, JournalError> {
        let before = head.seq.saturating_sub(new);
        let known = self.last.fetch_max(head.seq, Ordering::SeqCst);
        if before >= known {
            return Ok(head);
        }
        let why = format!("it had {known} records, and before the last {new} there are {before}: it is another one");
        Err(JournalError::Failed { why })
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
        let read = |record: &NewRecord| Entry::read(&record.kind, &record.payload).ok().flatten();
        let entries: Vec<Option<Entry>> = records.iter().map(read).collect();
        let written = self.journal.append(records).await;
        let written = written.and_then(|head| self.follow(head, entries.len() as u64));
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
