//! A memory provider that was written from the port's documentation alone passes the exam, and a synchronizer runs over it.

#![allow(clippy::disallowed_methods, reason = "agents are tasks of their own")]

#[path = "../sync/world.rs"]
#[allow(dead_code, reason = "not all of it is needed here")]
mod world;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;
use moai_core::{
    Batch, Change, Changes, Committed, Cursor, Entry, Epoch, Happened, Held, KeyRange, Limits, Listing, MemoryProvider,
    Namespace, Persistence, SnapshotPage, SnapshotPlace, Standing, StateKey, StoreError, SwarmId, Version, conformance,
    swarm_id, value,
};
use moai_sync::ConflictResolver;
use world::{World, agent, key};

const EPOCH: Epoch = Epoch::from_bytes([7; 8]);

/// All that there is, and all that happened since the horizon.
#[derive(Default)]
struct Swarm {
    rows: BTreeMap<(Namespace, StateKey), (Bytes, Version)>,
    /// What happened, and the last version of its batch.
    happened: Vec<(Happened, Version)>,
    last: Version,
    horizon: Version,
}

struct Small {
    swarms: Mutex<BTreeMap<SwarmId, Swarm>>,
    limits: Limits,
}

fn cursor(version: Version) -> Cursor {
    Cursor { epoch: EPOCH, version }
}

impl Swarm {
    fn look(&self, namespace: &Namespace, key: &StateKey) -> Held {
        if let Some((value, version)) = self.rows.get(&(namespace.clone(), key.clone())) {
            return Held::Value(Entry::new(namespace.clone(), key.clone(), value.clone(), *version));
        }
        let covers = |happened: &Happened| match happened {
            Happened::Deleted { namespace: its, key: gone, .. } => its == namespace && gone == key,
            Happened::RangeDeleted { namespace: its, range, .. } => its == namespace && range.contains(key),
            _ => false,
        };
        let gone = self.happened.iter().rev().find(|(happened, _)| covers(happened));
        gone.map_or(Held::Nothing, |(happened, _)| Held::Deleted(happened.version()))
    }

    /// Of several changes to one key only the last one is told. The exam says so.
    fn forget(&mut self, next: &Happened) {
        let is_gone = |namespace: &Namespace, key: &StateKey| match next {
            Happened::Put(entry) => entry.namespace == *namespace && entry.key == *key,
            Happened::Deleted { namespace: its, key: gone, .. } => its == namespace && gone == key,
            Happened::RangeDeleted { namespace: its, range, .. } => its == namespace && range.contains(key),
            _ => false,
        };
        self.happened.retain(|(before, _)| match before {
            Happened::Put(entry) => !is_gone(&entry.namespace, &entry.key),
            Happened::Deleted { namespace, key, .. } => !is_gone(namespace, key),
            _ => true,
        });
    }

    fn standing(&self) -> Standing {
        Standing::new(cursor(self.last), cursor(self.horizon))
    }

    fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        self.rows.iter().map(|((namespace, key), (value, version))| {
            Entry::new(namespace.clone(), key.clone(), value.clone(), *version)
        })
    }
}

impl Small {
    fn swarms(&self) -> MutexGuard<'_, BTreeMap<SwarmId, Swarm>> {
        self.swarms.lock().unwrap()
    }

    /// As many as a page takes, and whether there are more.
    fn page(&self, entries: impl Iterator<Item = Entry>, limit: usize) -> Result<(Vec<Entry>, bool), StoreError> {
        let limit = self.limits.page(limit)?;
        let (mut page, mut bytes) = (Vec::new(), 0);
        for entry in entries {
            if page.len() >= limit || !page.is_empty() && bytes >= self.limits.page_bytes {
                return Ok((page, true));
            }
            bytes += entry.bytes();
            page.push(entry);
        }
        Ok((page, false))
    }
}

#[async_trait]
impl MemoryProvider for Small {
    fn persistence(&self) -> Persistence {
        Persistence::Process
    }

    async fn commit(&self, swarm: &SwarmId, batch: Batch) -> Result<Committed, StoreError> {
        batch.check(&self.limits)?;
        let mut swarms = self.swarms();
        let swarm = swarms.entry(swarm.clone()).or_default();
        for wanted in &batch.preconditions {
            let found = swarm.look(&wanted.namespace, &wanted.key).expected();
            if !wanted.expected.holds(found) {
                let (namespace, key, expected) = (wanted.namespace.clone(), wanted.key.clone(), wanted.expected);
                return Err(StoreError::Conflict { namespace, key, expected, found: Some(found) });
            }
        }
        let (base, more) = (swarm.last.max(batch.floor), batch.changes.len() as u64);
        let exhausted = |_| StoreError::SequenceExhausted { last: base, more };
        let first = Version::new(base.get() + 1).map_err(exhausted)?;
        let last = Version::new(base.get() + more).map_err(exhausted)?;
        for (number, change) in (first.get()..).zip(batch.changes) {
            let version = Version::new(number)?;
            let happened = match change {
                Change::Put { namespace, key, value } => {
                    swarm.rows.insert((namespace.clone(), key.clone()), (value.clone(), version));
                    Happened::Put(Entry::new(namespace, key, value, version))
                }
                Change::Delete { namespace, key } => {
                    swarm.rows.remove(&(namespace.clone(), key.clone()));
                    Happened::Deleted { namespace, key, version }
                }
                Change::DeleteRange { namespace, range } => {
                    swarm.rows.retain(|(its, key), _| *its != namespace || !range.contains(key));
                    Happened::RangeDeleted { namespace, range, version }
                }
            };
            swarm.forget(&happened);
            swarm.happened.push((happened, last));
        }
        swarm.last = last;
        Ok(Committed::new(EPOCH, first, last))
    }

    async fn look(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Result<Held, StoreError> {
        Ok(self.swarms().get(swarm).map_or(Held::Nothing, |swarm| swarm.look(namespace, key)))
    }

    async fn list(
        &self,
        swarm: &SwarmId,
        namespace: &Namespace,
        range: &KeyRange,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        let swarms = self.swarms();
        let entries = swarms.get(swarm).into_iter().flat_map(Swarm::entries);
        let within = |entry: &Entry| entry.namespace == *namespace && range.contains(&entry.key);
        let entries = entries.filter(|entry| within(entry) && after.is_none_or(|after| entry.key > *after));
        let (page, more) = self.page(entries, limit)?;
        let next = page.last().filter(|_| more).map(|entry| entry.key.clone());
        Ok(Listing::new(page, next))
    }

    async fn changes(&self, swarm: &SwarmId, since: Option<Cursor>, limit: usize) -> Result<Changes, StoreError> {
        let limit = self.limits.page(limit)?;
        let mut swarms = self.swarms();
        let swarm = swarms.entry(swarm.clone()).or_default();
        let (since, standing) = (since.unwrap_or(cursor(Version::ZERO)), swarm.standing());
        if since.epoch != EPOCH || since.version < swarm.horizon {
            return Err(StoreError::TooOld { since, oldest: standing.oldest });
        }
        if since.version > swarm.last {
            return Err(StoreError::CursorAhead { since, last: standing.last });
        }
        let (mut page, mut bytes, mut batch, mut more) = (Vec::new(), 0, Version::ZERO, false);
        for (happened, last) in swarm.happened.iter().filter(|(happened, _)| happened.version() > since.version) {
            if *last != batch && !page.is_empty() && (page.len() >= limit || bytes >= self.limits.page_bytes) {
                more = true;
                break;
            }
            (bytes, batch) = (bytes + happened.bytes(), *last);
            page.push(happened.clone());
        }
        let next = if more { cursor(batch) } else { standing.last };
        Ok(Changes::new(page, next, more))
    }

    async fn snapshot(
        &self,
        swarm: &SwarmId,
        place: Option<SnapshotPlace>,
        limit: usize,
    ) -> Result<SnapshotPage, StoreError> {
        let mut swarms = self.swarms();
        let swarm = swarms.entry(swarm.clone()).or_default();
        let standing = swarm.standing();
        let start = place.as_ref().map_or(standing.last, |place| place.start);
        if start.epoch != EPOCH {
            return Err(StoreError::TooOld { since: start, oldest: standing.oldest });
        }
        let after = place.map(|place| place.after);
        let behind = |entry: &Entry| {
            after.as_ref().is_none_or(|(namespace, key)| (&entry.namespace, &entry.key) > (namespace, key))
        };
        let (page, more) = self.page(swarm.entries().filter(behind), limit)?;
        Ok(SnapshotPage::new(after.clone(), page, standing.last, start, more))
    }

    async fn standing(&self, swarm: &SwarmId) -> Result<Standing, StoreError> {
        Ok(self.swarms().entry(swarm.clone()).or_default().standing())
    }

    async fn compact(&self, swarm: &SwarmId, horizon: Version) -> Result<Standing, StoreError> {
        let mut swarms = self.swarms();
        let swarm = swarms.entry(swarm.clone()).or_default();
        swarm.horizon = swarm.horizon.max(horizon.min(swarm.last));
        let horizon = swarm.horizon;
        swarm.happened.retain(|(happened, _)| happened.version() > horizon);
        Ok(swarm.standing())
    }
}

struct Smalls;

#[async_trait]
impl conformance::MemoryProviderFixture for Smalls {
    async fn open(&self, _: &str, limits: Limits) -> Arc<dyn MemoryProvider> {
        Arc::new(Small { swarms: Mutex::default(), limits })
    }
}

#[tokio::test]
async fn a_small_provider_fails_the_exam() {
    conformance::memory_provider(&Smalls).await.assert();
}

#[tokio::test(start_paused = true)]
async fn a_synchronizer_needs_more_of_a_memory_than_the_documentation_says() {
    let world = World::new(ConflictResolver::crdt()).await;
    let memory = Arc::new(Small { swarms: Mutex::default(), limits: Limits::default() });
    let synchronizer =
        World::synchronizer(&world.swarm, memory.clone(), ConflictResolver::crdt(), &world.clock, "other").await;
    let (one, two) = (world.agent(1).await, world.agent(2).await);
    one.replica.contribute(&key("count"), 42).unwrap();
    two.replica.contribute(&key("count"), 38).unwrap();
    let report = synchronizer.synchronize_state(&key("count")).await.unwrap();
    assert_eq!((report.state.unwrap().value, report.responded), (value!(80), vec![agent(1), agent(2)]));
    world.settle().await;
    assert!(!synchronizer.synchronize_state(&key("count")).await.unwrap().changed);
    let cleared = synchronizer.clear_state(&key("count")).await.unwrap();
    assert_eq!(synchronizer.synchronize_state(&key("count")).await.unwrap().state, None);
    world.settle().await;
    assert_eq!((one.replica.value(&key("count")), two.replica.value(&key("count"))), (None, None));
    assert_eq!(synchronizer.delta_sync(Version::ZERO).await.unwrap().next.version, cleared);
    memory.compact(&swarm_id!("swarm-001"), cleared).await.unwrap();
    assert!(synchronizer.delta_sync(Version::ZERO).await.is_err());
    assert!(synchronizer.snapshot(None).await.unwrap().states.is_empty());
}
