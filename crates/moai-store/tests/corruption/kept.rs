//! The store that is damaged, and all that was ever committed to it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use bytes::Bytes;
use moai_core::{
    Batch, Journal, KeyRange, Namespace, NewRecord, Record, StateKey, SwarmId, Timestamp, namespace, record_kind,
    swarm_id,
};
use moai_store::SqliteStore;

use crate::files;
use crate::folder::Folder;

pub(crate) type Place = (SwarmId, Namespace, StateKey);

/// Files, what they hold, and everything that they ever held.
#[derive(Default)]
pub(crate) struct Kept {
    files: Vec<(String, Vec<u8>)>,
    pub(crate) now: BTreeMap<Place, Bytes>,
    pub(crate) ever: BTreeMap<Place, BTreeSet<Bytes>>,
    pub(crate) records: Vec<Record>,
}

pub(crate) fn swarms() -> [SwarmId; 3] {
    [swarm_id!("swarm-001"), swarm_id!("swarm-002"), swarm_id!("swarm-003")]
}

pub(crate) fn spaces() -> [Namespace; 2] {
    [namespace!("decisions"), namespace!("state")]
}

impl Kept {
    /// A store that was closed: one file, and its lock.
    pub(crate) fn closed() -> Self {
        let folder = Folder::new("kept");
        let mut kept = Self::default();
        let store = kept.fill(&folder);
        drop(store);
        kept.files = files(&folder);
        kept
    }

    /// A store whose process was killed: much of it stands in the log.
    pub(crate) fn crashed() -> Self {
        let folder = Folder::new("kept");
        let mut kept = Self::default();
        drop(kept.fill(&folder));
        let store = SqliteStore::open(folder.path("swarm.db")).unwrap();
        kept.write(&store, 200..260);
        kept.read_records(&store);
        kept.files = files(&folder);
        kept
    }

    /// Lays the files into a folder as they were; where the store lies.
    pub(crate) fn put_back(&self, folder: &Folder) -> PathBuf {
        for (name, bytes) in &self.files {
            fs::write(folder.path(name), bytes).unwrap();
        }
        folder.path("swarm.db")
    }

    fn fill(&mut self, folder: &Folder) -> SqliteStore {
        let store = SqliteStore::open(folder.path("swarm.db")).unwrap();
        self.write(&store, 0..200);
        let standing = store.blocking().standing(&swarms()[1]).unwrap();
        store.blocking().compact(&swarms()[1], standing.last.version).unwrap();
        self.read_records(&store);
        store
    }

    /// Values of many sizes, written over each other; keys and ranges that go.
    fn write(&mut self, store: &SqliteStore, numbers: std::ops::Range<usize>) {
        for number in numbers {
            let (swarm, space) = (swarms()[number % 3].clone(), spaces()[number % 2].clone());
            let mut batch = Batch::new();
            for at in 0..6 {
                let key = StateKey::new(format!("key-{:03}", (number * 7 + at * 13) % 90)).unwrap();
                let size = [3, 40, 200, 900, 6_000, 30][(number + at) % 6];
                let value = Bytes::from(format!("{number}+{at};").into_bytes().repeat(size / 6 + 1));
                let place = (swarm.clone(), space.clone(), key.clone());
                self.ever.entry(place.clone()).or_default().insert(value.clone());
                self.now.insert(place, value.clone());
                batch = batch.put(space.clone(), key, value);
            }
            if number % 5 == 0 {
                let key = StateKey::new(format!("key-{:03}", number % 90)).unwrap();
                self.now.remove(&(swarm.clone(), space.clone(), key.clone()));
                batch = batch.delete(space.clone(), key);
            }
            if number % 17 == 0 {
                let bound = |at: usize| Some(StateKey::new(format!("key-{at:03}")).unwrap());
                let range = KeyRange { from: bound(number % 50), to: bound(number % 50 + 20) };
                self.now.retain(|(its_swarm, its_space, key), _| {
                    *its_swarm != swarm || *its_space != space || !range.contains(key)
                });
                batch = batch.delete_range(space, range);
            }
            store.blocking().commit(&swarm, batch).unwrap();
            let record = NewRecord::new(record_kind!("done"), Timestamp::UNIX_EPOCH, number.to_string().repeat(20));
            if number % 4 == 0 {
                pollster::block_on(store.journal().append(vec![record])).unwrap();
            }
        }
    }

    fn read_records(&mut self, store: &SqliteStore) {
        self.records = pollster::block_on(store.journal().read(1, 10_000)).unwrap();
    }
}
