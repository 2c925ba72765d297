//! What a child writes, what it acknowledges, and whether that is still there.

use std::collections::BTreeMap;
use std::path::Path;

use moai_core::{
    Batch, Journal, KeyRange, Namespace, NewRecord, StateKey, SwarmId, Timestamp, record_kind, swarm_id, verify_journal,
};
use moai_store::SqliteStore;

/// How many write at the same time.
pub(crate) const WRITERS: usize = 3;

/// How many keys each batch writes, all with the same value.
pub(crate) const KEYS: usize = 4;

pub(crate) fn swarm() -> SwarmId {
    swarm_id!("swarm-001")
}

/// Each writer has keys of its own.
pub(crate) fn space(writer: usize) -> Namespace {
    Namespace::new(format!("writer-{writer}")).unwrap()
}

/// The `number`th batch of a writer: all of its keys get the number, some of them after the range was cleared.
pub(crate) fn batch(writer: usize, number: u64) -> Batch {
    let batch = Batch::new();
    let batch = if number.is_multiple_of(5) { batch.delete_range(space(writer), KeyRange::ALL) } else { batch };
    (0..KEYS).fold(batch, |batch, key| {
        let value = format!("{number}")
            .into_bytes()
            .repeat(1 + usize::try_from((number * 37 + key as u64 * 11) % 200).unwrap());
        batch.put(space(writer), StateKey::new(format!("key-{key}")).unwrap(), value)
    })
}

/// What a writer appends behind its batch.
pub(crate) fn record(writer: usize, number: u64) -> NewRecord {
    NewRecord::new(record_kind!("done"), Timestamp::UNIX_EPOCH, format!("{writer}/{number}"))
}

/// What was acknowledged: by writer, the last batch and the last record.
#[derive(Debug, Clone, Default)]
pub(crate) struct Acknowledged {
    pub(crate) batches: BTreeMap<usize, u64>,
    pub(crate) records: BTreeMap<usize, u64>,
    /// How many acknowledgements there were.
    pub(crate) count: u64,
    /// How many children have ended since somebody looked: each may have had one more on its way.
    pub(crate) unseen: u64,
}

impl Acknowledged {
    /// Takes in a line of a child: what it says it has done.
    pub(crate) fn note(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let (place, writer, number) = match words[..] {
            ["batch", writer, number] => (&mut self.batches, writer, number),
            ["record", writer, number] => (&mut self.records, writer, number),
            _ => return,
        };
        place.insert(writer.parse().unwrap(), number.parse().unwrap());
        self.count += 1;
    }
}

/// The number that a writer's keys have; a sentence when they have several, or not all.
pub(crate) fn number_of(store: &SqliteStore, writer: usize) -> Result<u64, String> {
    let listing = store.blocking().list(&swarm(), &space(writer), &KeyRange::ALL, None, 100);
    let entries = listing.map_err(|error| error.to_string())?.entries;
    if entries.is_empty() {
        return Ok(0);
    }
    let versions: Vec<u64> = entries.iter().map(|entry| entry.version.get()).collect();
    let consecutive = versions.windows(2).all(|pair| pair[1] == pair[0] + 1);
    if entries.len() != KEYS || !consecutive {
        return Err(format!("half a batch of writer {writer}: {versions:?}"));
    }
    let text = String::from_utf8_lossy(&entries[0].value).into_owned();
    // The number stands there several times; the whole batch says how often.
    (1..=text.len())
        .filter_map(|length| text.get(..length)?.parse().ok())
        .find(|&number| {
            let due = batch(writer, number);
            let puts = due.changes.iter().filter_map(|change| match change {
                moai_core::Change::Put { value, .. } => Some(value),
                _ => None,
            });
            puts.eq(entries.iter().map(|entry| &entry.value))
        })
        .ok_or_else(|| format!("writer {writer} never wrote this: {entries:?}"))
}

/// Opens the file, and says what is lost or wrong. Hands back what is there now.
pub(crate) fn check(path: &Path, acknowledged: &Acknowledged) -> Result<Acknowledged, String> {
    check_between(path, acknowledged, acknowledged)
}

/// The same, where some of what was `said` came too late to be held to; what was `acknowledged` came in time.
pub(crate) fn check_between(
    path: &Path,
    acknowledged: &Acknowledged,
    said: &Acknowledged,
) -> Result<Acknowledged, String> {
    let store = SqliteStore::open(path).map_err(|error| error.to_string())?;
    store.blocking().verify().map_err(|error| error.to_string())?;
    let mut found = Acknowledged::default();
    for writer in 0..WRITERS {
        let number = number_of(&store, writer)?;
        let due = acknowledged.batches.get(&writer).copied().unwrap_or_default();
        let most = said.batches.get(&writer).copied().unwrap_or_default() + said.unseen;
        if number < due || number > most {
            return Err(format!("writer {writer} is at batch {number}, {due} were acknowledged"));
        }
        found.batches.insert(writer, number);
    }
    found.records = records(&store)?;
    for (writer, due) in &acknowledged.records {
        let number = found.records.get(writer).copied().unwrap_or_default();
        let most = said.records.get(writer).copied().unwrap_or_default() + said.unseen;
        if number < *due || number > most {
            return Err(format!("writer {writer} is at record {number}, {due} were acknowledged"));
        }
    }
    Ok(found)
}

/// The last record of each writer, of a journal that holds.
pub(crate) fn records(store: &SqliteStore) -> Result<BTreeMap<usize, u64>, String> {
    let journal = store.journal();
    pollster::block_on(async {
        verify_journal(&journal, None).await.map_err(|error| error.to_string())?;
        let mut last = BTreeMap::new();
        let mut from = 1;
        loop {
            let records = journal.read(from, 1_000).await.map_err(|error| error.to_string())?;
            let Some(end) = records.last() else { return Ok(last) };
            from = end.seq + 1;
            for record in &records {
                let text = String::from_utf8_lossy(&record.payload).into_owned();
                let (writer, number) = text.split_once('/').ok_or_else(|| format!("a strange record: {text}"))?;
                let (writer, number): (usize, u64) = (writer.parse().unwrap(), number.parse().unwrap());
                let before = last.insert(writer, number).unwrap_or_default();
                if number != before + 1 {
                    return Err(format!("record {number} of writer {writer} stands behind {before}"));
                }
            }
        }
    })
}
