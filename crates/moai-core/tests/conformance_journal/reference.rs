//! A journal that keeps its records in a list, unless it is told to break its word in one way.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;

use async_trait::async_trait;
use bytes::Bytes;
use moai_core::{
    Digest, Head, InvalidInput, Journal, JournalError, Limits, NewRecord, Persistence, Record, RecordKind, Timestamp,
};

use crate::fault::Fault;
use crate::gate::Gate;
use crate::meeting::Meeting;

/// How it keeps or breaks its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Keeps it at once.
    Prompt,
    /// Keeps it, and lives as long as the process.
    Volatile,
    /// Keeps it in its own time: calls take turns before they begin.
    Late,
    /// Keeps it in pages as small as can be.
    Terse,
    /// Breaks it in one way.
    Broken(Fault),
}

/// What lies in one place.
#[derive(Default)]
pub(crate) struct Disk {
    records: Vec<Record>,
    /// The numbers of the first records of appends.
    begins: Vec<u64>,
    /// How many times the place was opened.
    opened: usize,
}

pub(crate) struct Reference {
    pub(crate) manner: Manner,
    pub(crate) limits: Limits,
    pub(crate) disk: Arc<Mutex<Disk>>,
    pub(crate) gate: Gate,
    pub(crate) meeting: Meeting,
}

async fn turn() {
    let mut waited = false;
    poll_fn(|cx| {
        cx.waker().wake_by_ref();
        if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

impl Disk {
    fn head(&self) -> Head {
        self.records.last().map_or(Head::EMPTY, Record::head)
    }

    /// What a journal finds when it opens a place again.
    pub(crate) fn survive(&mut self, manner: Manner) {
        self.opened += 1;
        match manner {
            Manner::Broken(Fault::LosesTheLast) => drop(self.records.pop()),
            Manner::Broken(Fault::LosesTimes) => {
                self.records.iter_mut().for_each(|record| record.time = Timestamp::MIN);
            }
            _ => {}
        }
    }
}

impl Reference {
    fn lies(&self, fault: Fault) -> bool {
        self.manner == Manner::Broken(fault)
    }

    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap()
    }

    async fn takes_its_time(&self) {
        if self.manner == Manner::Late {
            turn().await;
            turn().await;
        }
    }

    /// What becomes of a record on its way to the disk.
    fn keep(&self, new: NewRecord) -> NewRecord {
        let NewRecord { kind, time, payload, .. } = new;
        match self.manner {
            Manner::Broken(Fault::TrimsPayloads) => {
                NewRecord::new(kind, time, Bytes::from(payload.trim_ascii().to_vec()))
            }
            Manner::Broken(Fault::CutsTimes) => {
                let millis = time.unix_millis() * 1_000;
                NewRecord::new(kind, Timestamp::from_unix_micros(millis).unwrap_or(time), payload)
            }
            Manner::Broken(Fault::CutsKinds) => {
                let cut: String = kind.as_str().chars().take(32).collect();
                NewRecord::new(RecordKind::new(cut).unwrap(), time, payload)
            }
            _ => NewRecord::new(kind, time, payload),
        }
    }

    fn push(&self, new: NewRecord, begins: bool) {
        let new = self.keep(new);
        let mut disk = self.lock();
        let mut head = disk.head();
        if disk.records.is_empty() && self.lies(Fault::NumbersFromZero) {
            let zero = Record::after(Head::EMPTY, new.clone()).unwrap();
            disk.records.push(Record { seq: 0, ..zero });
            return;
        }
        match self.manner {
            Manner::Broken(Fault::SkipsANumber) if head.seq == 3 => head.seq += 1,
            Manner::Broken(Fault::BreaksTheChain) if head.seq == 4 => head.digest = Digest::from_bytes([1; 32]),
            Manner::Broken(Fault::BeginsAnew) if disk.opened > 1 => head.digest = Head::EMPTY.digest,
            Manner::Broken(Fault::RecordsEqualsOnce)
                if disk.records.last().is_some_and(|last| last.payload == new.payload) =>
            {
                return;
            }
            Manner::Broken(Fault::Forgets) if disk.records.len() > 4 => {
                if let Some(first) = disk.records.first_mut() {
                    first.payload = Bytes::from_static(b"forgotten");
                }
            }
            _ => {}
        }
        let record = Record::after(head, new).unwrap();
        if begins {
            disk.begins.push(record.seq);
        }
        disk.records.push(record);
    }
}

#[async_trait]
impl Journal for Reference {
    fn persistence(&self) -> Persistence {
        if self.manner == Manner::Volatile { Persistence::Process } else { Persistence::Crash }
    }

    async fn append(&self, records: Vec<NewRecord>) -> Result<Head, JournalError> {
        self.takes_its_time().await;
        let mut limits = self.limits.clone();
        match self.manner {
            Manner::Broken(Fault::KeepsLongPayloads) => limits.record_bytes = usize::MAX,
            Manner::Broken(Fault::KeepsManyRecords) => limits.append_records = usize::MAX,
            Manner::Broken(Fault::RefusesAtTheLimit) => limits.record_bytes -= 1,
            Manner::Broken(Fault::KeepsWhatFits) => {
                for record in records.iter().take(limits.append_records) {
                    if NewRecord::check(&records, &limits).is_err() && record.payload.len() <= limits.record_bytes {
                        self.push(record.clone(), true);
                    }
                }
            }
            _ => {}
        }
        NewRecord::check(&records, &limits)?;
        let steps = [Fault::AppendsOneByOne, Fault::ShowsOneByOne, Fault::IsDroppedBetweenTwo];
        let steps = steps.iter().any(|fault| self.lies(*fault));
        let _inside = loop {
            match self.gate.try_enter() {
                None if !steps => turn().await,
                inside => break inside.filter(|_| !steps),
            }
        };
        let before = self.lock().head();
        if self.lies(Fault::AppendsToAnOldHead) {
            drop(_inside);
            self.meeting.meet();
            let mut head = before;
            for new in records {
                let record = Record::after(head, new).unwrap();
                head = record.head();
                self.lock().records.push(record);
            }
            return Ok(head);
        }
        if records.is_empty() && self.lies(Fault::RecordsNothing) {
            self.push(NewRecord::new(RecordKind::new("nothing").unwrap(), Timestamp::UNIX_EPOCH, ""), true);
        }
        for (number, new) in records.into_iter().enumerate() {
            if number > 0 && steps {
                turn().await;
            }
            self.push(new, number == 0);
        }
        let head = self.lock().head();
        Ok(match self.manner {
            Manner::Broken(Fault::GivesTheHeadBefore) => before,
            Manner::Broken(Fault::GivesItsOwnHeads) => Head { digest: Digest::from_bytes([2; 32]), ..head },
            _ => head,
        })
    }

    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Record>, JournalError> {
        self.takes_its_time().await;
        if limit == 0 && self.lies(Fault::ReadsNone) {
            return Ok(Vec::new());
        }
        let page: Result<usize, InvalidInput> = self.limits.page(limit);
        let limit = match self.manner {
            Manner::Terse => page?.min(1),
            Manner::Broken(Fault::ReadsWithoutLimit) => page?.max(100),
            Manner::Broken(Fault::ReadsWithoutOwnLimit) => limit,
            _ => page?,
        };
        let disk = self.lock();
        let from = match self.manner {
            Manner::Broken(Fault::ReadsBehind) => from.saturating_add(1),
            Manner::Broken(Fault::ReadsNothingFromZero) if from == 0 => return Ok(Vec::new()),
            Manner::Broken(Fault::EndsAtAnAppend) if from > 1 && disk.begins.contains(&from) => return Ok(Vec::new()),
            Manner::Broken(Fault::RepeatsTheLast) => from.min(disk.head().seq),
            _ => from,
        };
        let (mut page, mut bytes) = (Vec::new(), 0);
        for record in disk.records.iter().filter(|record| record.seq >= from) {
            let full = page.len() >= limit || bytes >= self.limits.page_bytes && !self.lies(Fault::ReadsManyBytes);
            bytes += record.payload.len();
            if full || bytes > self.limits.page_bytes && self.lies(Fault::ReadsNoLargeRecord) {
                break;
            }
            page.push(record.clone());
        }
        Ok(page)
    }

    async fn head(&self) -> Result<Head, JournalError> {
        self.takes_its_time().await;
        let disk = self.lock();
        Ok(match self.manner {
            Manner::Broken(Fault::StaysAtTheFirstHead) => disk.records.first().map_or(Head::EMPTY, Record::head),
            Manner::Broken(Fault::BeginsWithAHead) if disk.records.is_empty() => {
                Head { digest: Digest::from_bytes([3; 32]), ..Head::EMPTY }
            }
            _ => disk.head(),
        })
    }
}
