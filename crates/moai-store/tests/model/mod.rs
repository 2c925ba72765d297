//! What a swarm holds, the slow way: every change that there ever was, and replicas that follow.

use std::collections::BTreeMap;

use bytes::Bytes;
use moai_core::{
    Change, Changes, Committed, Cursor, Expected, Happened, Namespace, SnapshotPage, SnapshotPlace, StateKey,
    StoreError, Version, swarm_id,
};
use moai_store::BlockingMemoryStore;

/// Namespace and key → version and value.
pub(crate) type State = BTreeMap<(Namespace, StateKey), (Version, Bytes)>;

/// Every change that there ever was.
#[derive(Default)]
pub(crate) struct Log {
    changes: Vec<(Version, Change)>,
    batch_ends: Vec<Version>,
    pub(crate) last: Version,
    pub(crate) horizon: Version,
}

impl Log {
    pub(crate) fn commit(&mut self, changes: &[Change], committed: &Committed) {
        self.changes.extend(committed.versions().zip(changes.iter().cloned()));
        self.batch_ends.push(committed.last);
        self.last = committed.last;
    }

    /// What a key is: by its last change, as long as a deletion is behind the horizon.
    pub(crate) fn found(&self, place: &(Namespace, StateKey)) -> Expected {
        let last = self.changes.iter().rev().find_map(|(version, change)| match change {
            Change::Put { namespace, key, .. } if (namespace, key) == (&place.0, &place.1) => {
                Some(Expected::Version(*version))
            }
            Change::Delete { namespace, key } if (namespace, key) == (&place.0, &place.1) => {
                Some(Expected::Deleted(*version))
            }
            Change::DeleteRange { namespace, range } if *namespace == place.0 && range.contains(&place.1) => {
                Some(Expected::Deleted(*version))
            }
            _ => None,
        });
        match last {
            Some(Expected::Deleted(version)) if version <= self.horizon => Expected::Nothing,
            found => found.unwrap_or(Expected::Nothing),
        }
    }

    pub(crate) fn state(&self) -> State {
        self.state_at(self.last)
    }

    /// What the swarm held once `version` was made.
    pub(crate) fn state_at(&self, version: Version) -> State {
        let mut state = State::new();
        for (its_version, change) in self.changes.iter().take_while(|(its_version, _)| *its_version <= version) {
            match change.clone() {
                Change::Put { namespace, key, value } => {
                    state.insert((namespace, key), (*its_version, value));
                }
                Change::Delete { namespace, key } => {
                    state.remove(&(namespace, key));
                }
                Change::DeleteRange { namespace, range } => {
                    state.retain(|(its_namespace, key), _| *its_namespace != namespace || !range.contains(key));
                }
            }
        }
        state
    }
}

/// Somebody who follows the store page by page.
#[derive(Default)]
pub(crate) struct Replica {
    state: State,
    since: Option<Cursor>,
    /// Where it stands in a snapshot, while it reads one.
    snapshot: Option<Option<SnapshotPlace>>,
}

impl Replica {
    pub(crate) fn at(since: Cursor, state: State) -> Self {
        Self { state, since: Some(since), snapshot: None }
    }

    /// Reads until there is no more, and then holds what the store holds.
    pub(crate) fn catch_up(&mut self, store: &BlockingMemoryStore, log: &Log, limit: usize) {
        while self.read(store, log, limit) {}
        assert_eq!(self.state, log.state());
        assert_eq!(self.since.unwrap().version, log.last);
    }

    /// Reads one page; whether there is more to read.
    pub(crate) fn read(&mut self, store: &BlockingMemoryStore, log: &Log, limit: usize) -> bool {
        let swarm = swarm_id!("swarm-001");
        if let Some(place) = self.snapshot.take() {
            let page = store.snapshot(&swarm, place.clone(), limit).unwrap();
            assert!(page.entries.len() <= limit);
            assert_eq!(page.as_of.version, log.last);
            assert_eq!(page.after, place.map(|place| place.after));
            assert_eq!(page.through, page.next.as_ref().map(|next| next.after.clone()));
            self.apply_snapshot(page);
            return true;
        }
        match store.changes(&swarm, self.since, limit) {
            Ok(page) => {
                let from = self.since.map_or(Version::ZERO, |since| since.version);
                check_page(&page, from, log, limit);
                let more = page.more;
                self.apply(page);
                more
            }
            Err(StoreError::TooOld { .. }) => {
                self.snapshot = Some(None);
                true
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn apply(&mut self, page: Changes) {
        for happened in page.happened {
            match happened {
                Happened::Put(entry) => {
                    let place = (entry.namespace, entry.key);
                    let held = self.state.get(&place).map_or(Version::ZERO, |(version, _)| *version);
                    if held < entry.version {
                        self.state.insert(place, (entry.version, entry.value));
                    }
                }
                Happened::Deleted { namespace, key, version } => {
                    self.state.retain(|place, (held, _)| *held > version || *place != (namespace.clone(), key.clone()));
                }
                Happened::RangeDeleted { namespace, range, version } => {
                    self.state.retain(|(its_namespace, key), (held, _)| {
                        *held > version || *its_namespace != namespace || !range.contains(key)
                    });
                }
                _ => panic!("nothing else happens"),
            }
        }
        self.since = Some(page.next);
    }

    fn apply_snapshot(&mut self, page: SnapshotPage) {
        let SnapshotPage { after, through, entries, as_of, start, next, .. } = page;
        self.state.retain(|place, (version, _)| {
            let behind = after.as_ref().is_none_or(|after| place > after);
            let up_to = through.as_ref().is_none_or(|through| place <= through);
            !(behind && up_to) || *version > as_of.version
        });
        for entry in entries {
            self.state.insert((entry.namespace, entry.key), (entry.version, entry.value));
        }
        match next {
            Some(next) => self.snapshot = Some(Some(next)),
            None => self.since = Some(start),
        }
    }
}

/// A page is in order, splits no batch, is no longer than it must be, and gets on.
fn check_page(page: &Changes, from: Version, log: &Log, limit: usize) {
    let next = page.next.version;
    let versions: Vec<_> = page.happened.iter().map(Happened::version).collect();
    assert!(versions.is_sorted_by(|a, b| a < b));
    assert!(versions.iter().all(|version| from < *version && *version <= next));
    if page.more {
        assert!(log.batch_ends.contains(&next));
        assert!(versions.len() >= limit && next > from);
    } else {
        assert_eq!(next, log.last);
    }
    let state = log.state();
    for happened in &page.happened {
        if let Happened::Put(entry) = happened {
            let place = (entry.namespace.clone(), entry.key.clone());
            assert_eq!(state.get(&place), Some(&(entry.version, entry.value.clone())), "only what holds is told");
        }
    }
    // Without its last batch, the page would have been too short.
    let last_batch = log.batch_ends.iter().rev().find(|end| versions.last().is_some_and(|last| *end < last));
    let before = versions.iter().filter(|version| last_batch.is_some_and(|end| *version <= end)).count();
    assert!(before < limit);
}
