//! The store in a file beside the store in memory: whatever happens to both, they answer alike, also when the file is
//! closed and opened again.

mod folder;

use folder::Folder;
use moai_core::{
    Batch, Cursor, Durability, Expected, KeyRange, Limits, Namespace, SeededChance, StateKey, SwarmId, Version,
    namespace, swarm_id,
};
use moai_store::{BlockingMemoryStore, MemoryStore, SqliteStore};
use proptest::prelude::*;

/// One thing that happens to both.
#[derive(Debug, Clone)]
enum Step {
    Commit {
        swarm: usize,
        changes: Vec<Draft>,
        floor: u64,
        /// What a key must be, told rightly or wrongly.
        guard: Option<(usize, Guard)>,
    },
    /// Compacts up to so many percent of the sequence; above 100 asks for too much.
    Compact {
        swarm: usize,
        percent: u64,
    },
    Reopen,
}

#[derive(Debug, Clone)]
enum Guard {
    Rightly,
    Absent,
    Nothing,
    Deleted(u64),
    Version(u64),
}

#[derive(Debug, Clone)]
enum Draft {
    Put { space: usize, key: usize },
    Delete { space: usize, key: usize },
    Clear { space: usize, from: Option<usize>, to: Option<usize> },
}

const KEYS: usize = 25;

fn spaces() -> [Namespace; 2] {
    [namespace!("decisions"), namespace!("state")]
}

fn swarms() -> [SwarmId; 2] {
    [swarm_id!("swarm-001"), swarm_id!("swarm-002")]
}

/// Keys of one byte and of several, so that their order is that of bytes.
fn key(number: usize) -> StateKey {
    StateKey::new(if number.is_multiple_of(3) { format!("ä-{number:02}") } else { format!("k{number:02}") }).unwrap()
}

fn drafts() -> impl Strategy<Value = Draft> {
    let bound = prop::option::weighted(0.8, 0..KEYS);
    prop_oneof![
        10 => (0..2_usize, 0..KEYS).prop_map(|(space, key)| Draft::Put { space, key }),
        2 => (0..2_usize, 0..KEYS).prop_map(|(space, key)| Draft::Delete { space, key }),
        2 => (0..2_usize, bound.clone(), bound).prop_map(|(space, from, to)| Draft::Clear { space, from, to }),
    ]
}

fn guards() -> impl Strategy<Value = Guard> {
    prop_oneof![
        4 => Just(Guard::Rightly),
        1 => Just(Guard::Absent),
        1 => Just(Guard::Nothing),
        1 => (0..40_u64).prop_map(Guard::Deleted),
        1 => (0..40_u64).prop_map(Guard::Version),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    let changes = prop_oneof![3 => prop::collection::vec(drafts(), 1..4), 1 => prop::collection::vec(drafts(), 4..20)];
    let guard = prop::option::weighted(0.4, (0..KEYS, guards()));
    prop_oneof![
        12 => (0..2_usize, changes, prop_oneof![4 => Just(0), 1 => 0..100_u64], guard)
            .prop_map(|(swarm, changes, floor, guard)| Step::Commit { swarm, changes, floor, guard }),
        2 => (0..2_usize, 0..120_u64).prop_map(|(swarm, percent)| Step::Compact { swarm, percent }),
        1 => Just(Step::Reopen),
    ]
}

fn batch(drafts: &[Draft], number: usize) -> Batch {
    drafts.iter().enumerate().fold(Batch::new(), |batch, (at, draft)| match *draft {
        Draft::Put { space, key: its } => batch.put(spaces()[space].clone(), key(its), format!("{number}+{at}")),
        Draft::Delete { space, key: its } => batch.delete(spaces()[space].clone(), key(its)),
        // One that holds no key is refused by both.
        Draft::Clear { space, from, to } => {
            batch.delete_range(spaces()[space].clone(), KeyRange { from: from.map(key), to: to.map(key) })
        }
    })
}

/// Both stores, in one epoch.
struct World {
    folder: Folder,
    file: Option<SqliteStore>,
    memory: BlockingMemoryStore,
    limits: Limits,
}

impl World {
    fn new(limits: Limits) -> Self {
        let folder = Folder::new("model");
        let memory = MemoryStore::with(&SeededChance::new(1), limits.clone()).unwrap().blocking().clone();
        let mut world = Self { folder, file: None, memory, limits };
        world.reopen();
        world
    }

    fn reopen(&mut self) {
        self.file = None;
        let path = self.folder.path("swarm.db");
        self.file = Some(SqliteStore::open_with(path, &SeededChance::new(1), self.limits.clone()).unwrap());
    }

    fn step(&mut self, number: usize, step: &Step) {
        let file = self.file.as_ref().unwrap().blocking();
        match step {
            Step::Commit { swarm, changes, floor, guard } => {
                let swarm = &swarms()[*swarm];
                let mut batch = batch(changes, number).floor(Version::new(*floor).unwrap());
                if let Some((guarded, guard)) = guard {
                    let (space, key) = (spaces()[0].clone(), key(*guarded));
                    let expected = match *guard {
                        Guard::Rightly => self.memory.look(swarm, &space, &key).expected(),
                        Guard::Absent => Expected::Absent,
                        Guard::Nothing => Expected::Nothing,
                        Guard::Deleted(version) => Expected::Deleted(Version::new(version).unwrap()),
                        Guard::Version(version) => Expected::Version(Version::new(version).unwrap()),
                    };
                    batch = batch.require(space, key, expected);
                }
                let durability = if number.is_multiple_of(4) { Durability::Durable } else { Durability::Eventual };
                let batch = batch.durability(durability);
                assert_eq!(file.commit(swarm, batch.clone()), self.memory.commit(swarm, batch));
            }
            Step::Compact { swarm, percent } => {
                let swarm = &swarms()[*swarm];
                let last = self.memory.standing(swarm).last.version.get();
                let asked = Version::new(last * percent / 100).unwrap();
                assert_eq!(file.compact(swarm, asked).unwrap(), self.memory.compact(swarm, asked));
            }
            Step::Reopen => self.reopen(),
        }
    }

    /// Everything that can be read, from everywhere, with pages of this size.
    fn check(&self, limit: usize) {
        let (file, memory) = (self.file.as_ref().unwrap().blocking(), &self.memory);
        file.verify().unwrap();
        for swarm in &swarms() {
            assert_eq!(file.standing(swarm).unwrap(), memory.standing(swarm));
            for space in &spaces() {
                for number in 0..KEYS {
                    let key = key(number);
                    assert_eq!(file.look(swarm, space, &key).unwrap(), memory.look(swarm, space, &key));
                    let range = KeyRange { from: Some(key.clone()), to: None };
                    let up_to = KeyRange { from: None, to: Some(key.clone()) };
                    for (range, after) in [(&range, None), (&up_to, None), (&KeyRange::ALL, Some(&key))] {
                        let got = file.list(swarm, space, range, after, limit);
                        assert_eq!(got, memory.list(swarm, space, range, after, limit));
                    }
                }
            }
            let mut place = None;
            loop {
                let page = file.snapshot(swarm, place.clone(), limit).unwrap();
                assert_eq!(page, memory.snapshot(swarm, place, limit).unwrap());
                place = page.next;
                if place.is_none() {
                    break;
                }
            }
            let last = memory.standing(swarm).last;
            assert_eq!(file.changes(swarm, None, limit), memory.changes(swarm, None, limit));
            for version in 0..=last.version.get() + 1 {
                let since = Cursor { epoch: last.epoch, version: Version::new(version).unwrap() };
                assert_eq!(file.changes(swarm, Some(since), limit), memory.changes(swarm, Some(since), limit));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_file_answers_otherwise_than_memory(steps in prop::collection::vec(steps(), 1..50), limit in 1..12_usize) {
        let mut world = World::new(Limits { page_bytes: 64, ..Limits::default() });
        for (number, step) in steps.iter().enumerate() {
            world.step(number, step);
        }
        world.check(limit);
        world.reopen();
        world.check(limit);
    }
}
