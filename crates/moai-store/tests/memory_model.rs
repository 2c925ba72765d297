//! The store in memory against a slow model that cannot be wrong: the whole log, replayed.

mod model;

use moai_core::{
    Batch, Cursor, Expected, KeyRange, Limits, Namespace, SeededChance, StateKey, StoreError, Version, namespace,
    swarm_id,
};
use moai_store::{BlockingMemoryStore, MemoryStore};
use model::{Log, Replica};
use proptest::prelude::*;

/// One thing that happens to the store.
#[derive(Debug, Clone)]
enum Step {
    Commit {
        changes: Vec<Draft>,
        floor: u64,
    },
    /// A commit that demands the state of a key, told rightly or wrongly.
    Guarded {
        change: Draft,
        key: usize,
        rightly: bool,
    },
    /// Compacts up to so many percent of the sequence; above 100 asks for too much.
    Compact {
        percent: u64,
    },
    /// A replica reads one page of changes, or of a snapshot when it must.
    Read {
        replica: usize,
        limit: usize,
    },
}

#[derive(Debug, Clone)]
enum Draft {
    Put { space: usize, key: usize },
    Delete { space: usize, key: usize },
    Clear { space: usize, from: Option<usize>, to: Option<usize> },
}

const REPLICAS: usize = 3;
const KEYS: usize = 40;

fn spaces() -> [Namespace; 2] {
    [namespace!("decisions"), namespace!("state")]
}

fn key(number: usize) -> StateKey {
    StateKey::new(format!("key-{number:02}")).unwrap()
}

fn drafts() -> impl Strategy<Value = Draft> {
    let bound = prop::option::weighted(0.8, 0..KEYS);
    prop_oneof![
        12 => (0..2_usize, 0..KEYS).prop_map(|(space, key)| Draft::Put { space, key }),
        2 => (0..2_usize, 0..KEYS).prop_map(|(space, key)| Draft::Delete { space, key }),
        1 => (0..2_usize, bound.clone(), bound).prop_map(|(space, from, to)| match (from, to) {
            // An empty range is refused; the other way round it is none.
            (Some(from), Some(to)) => {
                Draft::Clear { space, from: Some(from.min(to)), to: Some(from.max(to) + 1) }
            }
            (from, to) => Draft::Clear { space, from, to: to.map(|to| to + 1) },
        }),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    let changes = prop_oneof![3 => prop::collection::vec(drafts(), 1..4), 1 => prop::collection::vec(drafts(), 4..40)];
    prop_oneof![
        6 => (changes, prop_oneof![4 => Just(0), 1 => 0..100_u64])
            .prop_map(|(changes, floor)| Step::Commit { changes, floor }),
        1 => (drafts(), 0..KEYS, any::<bool>()).prop_map(|(change, key, rightly)| Step::Guarded { change, key, rightly }),
        1 => (0..120_u64).prop_map(|percent| Step::Compact { percent }),
        3 => (0..REPLICAS, 1..9_usize).prop_map(|(replica, limit)| Step::Read { replica, limit }),
    ]
}

/// The store beside its model.
struct World {
    store: BlockingMemoryStore,
    log: Log,
    replicas: Vec<Replica>,
}

impl World {
    fn new() -> Self {
        let store = MemoryStore::with(&SeededChance::new(1), Limits::default()).unwrap().blocking().clone();
        Self { store, log: Log::default(), replicas: (0..REPLICAS).map(|_| Replica::default()).collect() }
    }

    fn batch(&self, drafts: &[Draft]) -> Batch {
        drafts.iter().enumerate().fold(Batch::new(), |batch, (at, draft)| match *draft {
            Draft::Put { space, key: number } => {
                batch.put(spaces()[space].clone(), key(number), format!("{}+{at}", self.log.last))
            }
            Draft::Delete { space, key: number } => batch.delete(spaces()[space].clone(), key(number)),
            Draft::Clear { space, from, to } => {
                batch.delete_range(spaces()[space].clone(), KeyRange { from: from.map(key), to: to.map(key) })
            }
        })
    }

    fn commit(&mut self, batch: Batch) {
        let committed = self.store.commit(&swarm_id!("swarm-001"), batch.clone()).unwrap();
        assert_eq!(committed.first.get(), self.log.last.max(batch.floor).get() + 1);
        assert_eq!(committed.versions().count(), batch.changes.len());
        self.log.commit(&batch.changes, &committed);
    }

    fn step(&mut self, step: &Step) {
        let swarm = swarm_id!("swarm-001");
        match step {
            Step::Commit { changes, floor } => {
                let batch = self.batch(changes).floor(Version::new(*floor).unwrap());
                self.commit(batch);
            }
            Step::Guarded { change, key: number, rightly } => {
                let guarded = (spaces()[0].clone(), key(*number));
                let found = self.log.found(&guarded);
                let expected = if *rightly { found } else { Expected::Version(Version::MAX) };
                let batch = self.batch(std::slice::from_ref(change)).require(guarded.0, guarded.1, expected);
                if *rightly {
                    return self.commit(batch);
                }
                let refused = self.store.commit(&swarm, batch).unwrap_err();
                assert!(matches!(refused, StoreError::Conflict { found: told, .. } if told == Some(found)));
            }
            Step::Compact { percent } => {
                let asked = Version::new(self.log.last.get() * percent / 100).unwrap();
                self.log.horizon = self.log.horizon.max(asked.min(self.log.last));
                let standing = self.store.compact(&swarm, asked);
                assert_eq!(standing.last.version, self.log.last);
                assert_eq!(standing.oldest.version, self.log.horizon);
            }
            Step::Read { replica, limit } => {
                self.replicas[*replica].read(&self.store, &self.log, *limit);
            }
        }
    }

    /// Everything that can be read, from everywhere, with pages of this size.
    fn check(&mut self, limit: usize) {
        let swarm = swarm_id!("swarm-001");
        let state = self.log.state();
        for space in spaces() {
            let mut listed = Vec::new();
            let mut after = None;
            loop {
                let listing = self.store.list(&swarm, &space, &KeyRange::ALL, after.as_ref(), limit).unwrap();
                assert!(listing.entries.len() <= limit);
                listed.extend(listing.entries.into_iter().map(|entry| (entry.key, (entry.version, entry.value))));
                after = listing.next;
                if after.is_none() {
                    break;
                }
            }
            for from in (0..KEYS).step_by(7) {
                let range = KeyRange { from: Some(key(from)), to: Some(key(from + 9)) };
                let within = listed.iter().filter(|(key, _)| range.contains(key)).map(|(key, _)| key);
                let got = self.store.list(&swarm, &space, &range, None, KEYS).unwrap();
                assert_eq!(got.next, None);
                assert!(got.entries.iter().map(|entry| &entry.key).eq(within));
            }
            let held = state.iter().filter(|((its_space, _), _)| *its_space == space);
            assert_eq!(listed, held.map(|((_, key), row)| (key.clone(), row.clone())).collect::<Vec<_>>());
            for number in 0..KEYS {
                let got = self.store.get(&swarm, &space, &key(number)).map(|entry| (entry.version, entry.value));
                assert_eq!(got.as_ref(), state.get(&(space.clone(), key(number))));
                let looked = self.store.look(&swarm, &space, &key(number));
                assert_eq!(looked.expected(), self.log.found(&(space.clone(), key(number))));
            }
        }
        for replica in &mut self.replicas {
            replica.catch_up(&self.store, &self.log, limit);
        }
        let epoch = self.store.standing(&swarm).last.epoch;
        for version in 0..=self.log.last.get() + 1 {
            let version = Version::new(version).unwrap();
            let since = Cursor { epoch, version };
            let answer = self.store.changes(&swarm, Some(since), limit);
            if version > self.log.last {
                assert!(matches!(answer, Err(StoreError::CursorAhead { .. })));
            } else if version < self.log.horizon {
                assert!(matches!(answer, Err(StoreError::TooOld { oldest, .. }) if oldest.version == self.log.horizon));
            } else {
                Replica::at(since, self.log.state_at(version)).catch_up(&self.store, &self.log, limit);
            }
        }
        let from_nothing = self.store.changes(&swarm, None, limit);
        assert_eq!(from_nothing.is_err(), self.log.horizon > Version::ZERO);
        Replica::default().catch_up(&self.store, &self.log, limit);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_read_is_what_was_written(steps in prop::collection::vec(steps(), 1..60), limit in 1..12_usize) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
        }
        world.check(limit);
    }
}
