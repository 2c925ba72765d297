//! A journal under examination.

use std::sync::Arc;

use bytes::Bytes;

use super::JournalFixture;
use crate::conformance::check::{Miss, Verdict, same};
use crate::{
    Head, Journal, JournalError, Limits, NewRecord, Persistence, Record, RecordKind, Timestamp, verify_journal,
};

/// How many bytes a record's payload has at the most.
pub(super) const RECORD_BYTES: usize = 1_024;
/// How many records are appended at once at the most.
pub(super) const APPEND_RECORDS: usize = 4;
/// How many records a page holds at the most, whatever is asked for.
pub(super) const PAGE_ITEMS: usize = 3;

/// After how many bytes of payloads a page takes nothing more.
pub(super) const PAGE_BYTES: usize = 512;

/// A fresh journal.
pub(super) struct Examined<'a> {
    pub(super) fixture: &'a dyn JournalFixture,
    place: String,
    pub(super) journal: Arc<dyn Journal>,
}

/// A record to append.
pub(super) fn new_record(payload: impl Into<Bytes>) -> Verdict<NewRecord> {
    Ok(NewRecord::new(RecordKind::new("exam")?, Timestamp::UNIX_EPOCH, payload))
}

/// Records to append.
pub(super) fn new_records(payloads: &[&str]) -> Verdict<Vec<NewRecord>> {
    payloads.iter().map(|payload| new_record((*payload).to_owned())).collect()
}

/// The payloads of records, as text.
pub(super) fn payloads(records: &[Record]) -> Vec<String> {
    records.iter().map(|record| String::from_utf8_lossy(&record.payload).into_owned()).collect()
}

impl<'a> Examined<'a> {
    async fn open(fixture: &dyn JournalFixture, place: &str) -> Arc<dyn Journal> {
        let (record_bytes, append_records) = (RECORD_BYTES, APPEND_RECORDS);
        let (page_items, page_bytes) = (PAGE_ITEMS, PAGE_BYTES);
        let limits = Limits { record_bytes, append_records, page_items, page_bytes, ..Limits::default() };
        fixture.open(place, limits).await
    }

    /// A journal in a place of this name.
    pub(super) async fn new(fixture: &'a dyn JournalFixture, name: &str) -> Verdict<Self> {
        Ok(Self { fixture, place: name.to_owned(), journal: Self::open(fixture, name).await })
    }

    /// Closes the place, and opens it again.
    pub(super) async fn reopen(self) -> Verdict<Self> {
        if self.journal.persistence() == Persistence::Process {
            return Err(Miss::NotPromised("it lives as long as the process does"));
        }
        let Self { fixture, place, journal } = self;
        drop(journal);
        let journal = Self::open(fixture, &place).await;
        Ok(Self { fixture, place, journal })
    }

    /// Appends, whatever comes of it.
    pub(super) async fn append(&self, records: Vec<NewRecord>) -> Result<Head, JournalError> {
        self.journal.append(records).await
    }

    /// Appends records with these payloads.
    pub(super) async fn write(&self, payloads: &[&str]) -> Verdict<Head> {
        Ok(self.append(new_records(payloads)?).await?)
    }

    /// Every record, read in pages of `limit`.
    pub(super) async fn read_all(&self, limit: usize) -> Verdict<Vec<Record>> {
        let mut all: Vec<Record> = Vec::new();
        // A journal under examination is short: what goes on for longer has no end.
        for _ in 0..1_000 {
            let from = all.last().map_or(1, |last| last.seq + 1);
            let page = self.journal.read(from, limit).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
        Err(Miss::Broken("the journal has no end".to_owned()))
    }

    /// Demands that these are the payloads, and that the chain holds.
    pub(super) async fn holds(&self, due: &[&str]) -> Verdict {
        let got = payloads(&self.read_all(PAGE_ITEMS).await?);
        same("what the journal holds", &got, &due.iter().map(|&due| due.to_owned()).collect())?;
        self.verifies(None).await
    }

    /// Demands that the chain holds, through a witness.
    pub(super) async fn verifies(&self, witness: Option<Head>) -> Verdict {
        let head = verify_journal(&*self.journal, witness).await?;
        same("the head of the verified chain", &head, &self.journal.head().await?)
    }
}
