//! What is recorded of commits, and what a crash in between leaves.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use moai_consensus::audit::Audit;
use moai_core::{
    Batch, Coded, Expected, Journal, KeyRange, MemoryProvider, NewRecord, StateKey, StoreError, SwarmId, Version,
    namespace, swarm_id,
};
use moai_store::{Fault, Faults, FaultyJournal, FaultyStore, MemoryJournal, MemoryStore};
use moai_swarm::audit::{AuditedMemory, Report, verify};
use pollster::block_on;
use proptest::prelude::*;

fn swarm() -> SwarmId {
    swarm_id!("swarm-001")
}

fn key(name: &str) -> StateKey {
    StateKey::new(name).unwrap()
}

fn put(name: &str, value: &'static str) -> Batch {
    Batch::new().put(namespace!("state"), key(name), value)
}

/// A store behind which both disks may fail.
struct World {
    inner: Arc<MemoryStore>,
    store: Faults,
    kept: Arc<MemoryJournal>,
    journal: Faults,
    memory: AuditedMemory,
}

impl World {
    fn new() -> Self {
        let (inner, kept) = (Arc::new(MemoryStore::new().unwrap()), Arc::new(MemoryJournal::new()));
        let (store, journal) = (Faults::new(), Faults::new());
        let memory = Self::open(&inner, &store, &kept, &journal);
        Self { inner, store, kept, journal, memory }
    }

    fn open(inner: &Arc<MemoryStore>, store: &Faults, kept: &Arc<MemoryJournal>, journal: &Faults) -> AuditedMemory {
        let behind = Arc::new(FaultyStore::new(inner.clone(), store.clone()));
        AuditedMemory::new(behind, Arc::new(FaultyJournal::new(kept.clone(), journal.clone())))
    }

    /// After a crash: the disks are looked at again.
    fn restart(&mut self) {
        self.store.reopen();
        self.journal.reopen();
        self.memory = Self::open(&self.inner, &self.store, &self.kept, &self.journal);
    }

    fn commit(&self, batch: Batch) -> Result<u64, StoreError> {
        block_on(self.memory.commit(&swarm(), batch)).map(|committed| committed.last.get())
    }

    fn report(&self) -> Report {
        block_on(verify(self.kept.as_ref(), Audit::new(), None)).unwrap()
    }

    /// What comparing finds, had a record named another value.
    fn with_another_value(&self, seq: u64, change: usize) -> Result<(), &'static str> {
        let records = block_on(self.kept.read(1, 1_000)).unwrap();
        let told = records.iter().map(|record| {
            let mut payload = record.payload.clone();
            if record.seq == seq {
                let mut json: serde_json::Value = serde_json::from_slice(&payload).unwrap();
                json["changes"][change]["put"]["digest"] = "00".repeat(32).into();
                payload = json.to_string().into();
            }
            NewRecord::new(record.kind.clone(), record.time, payload)
        });
        let other = MemoryJournal::new();
        block_on(other.append(told.collect())).unwrap();
        let verified = block_on(verify(&other, Audit::new(), Some(self.inner.as_ref())));
        verified.map(drop).map_err(|why| why.code())
    }

    fn compared(&self) -> Report {
        block_on(verify(self.kept.as_ref(), Audit::new(), Some(self.inner.as_ref()))).unwrap()
    }
}

#[test]
fn what_was_committed_and_refused_is_not_on_record() {
    let world = World::new();
    world.commit(put("a", "1").put(namespace!("state"), key("b"), "2")).unwrap();
    world.commit(put("a", "3").require(namespace!("state"), key("a"), Expected::Absent)).unwrap_err();
    world.commit(Batch::new().delete(namespace!("state"), key("b"))).unwrap();
    world.commit(put("c", "4").floor(Version::new(10).unwrap())).unwrap();
    world.commit(Batch::new().delete_range(namespace!("state"), KeyRange::prefix(&key("c")))).unwrap();
    world.commit(Batch::new()).unwrap_err();
    let report = world.compared();
    assert_eq!((report.commits, report.refused, report.keys, report.unknown.len()), (4, 2, 1, 0));
    assert!(report.is_complete() && report.is_compared);
}

#[test]
fn nothing_is_committed_that_cannot_be_recorded() {
    let world = World::new();
    world.commit(put("a", "1")).unwrap();
    world.journal.fill();
    assert!(matches!(world.commit(put("a", "2")), Err(StoreError::Full { .. })));
    world.journal.make_room();
    world.journal.next_write(Fault::Before);
    assert!(matches!(world.commit(put("a", "2")), Err(StoreError::Unavailable { .. })));
    let held = block_on(world.inner.get(&swarm(), &namespace!("state"), &key("a"))).unwrap().unwrap();
    assert_eq!(&held.value[..], b"1");
    assert_eq!(world.compared().commits, 1);
}

#[test]
fn an_outcome_that_could_not_be_recorded_is_forgotten() {
    let world = World::new();
    world.commit(put("a", "0")).unwrap();
    // The intention is the first write, the outcome the second.
    world.journal.at_write(2, Fault::Before);
    assert_eq!(world.commit(put("a", "1")).unwrap(), 2, "it came through, and is answered so");
    assert_eq!(world.report().unknown, [3], "so far nothing tells");
    assert_eq!(world.compared().landed, [3], "but for the store");
    world.commit(put("a", "2")).unwrap();
    let report = world.compared();
    assert_eq!((report.commits, report.unknown.len(), report.landed.len()), (3, 0, 0));
}

#[test]
fn a_crash_between_commit_and_record_goes_unseen() {
    for applied in [false, true] {
        let mut world = World::new();
        world.commit(put("a", "1")).unwrap();
        world.store.next_write(Fault::During { applied });
        assert!(matches!(world.commit(put("a", "2")), Err(StoreError::Failed { .. })));
        assert_eq!(world.report().unknown, [3]);
        let report = world.compared();
        assert_eq!((report.landed.len(), report.lost.len()), if applied { (1, 0) } else { (0, 1) });
        world.restart();
        world.commit(put("b", "3")).unwrap();
        // Now the numbers tell it too.
        let report = world.report();
        assert_eq!((report.landed.len(), report.lost.len()), if applied { (1, 0) } else { (0, 1) });
        assert!(world.compared().is_complete());
    }
}

#[test]
fn a_journal_that_may_have_lost_something_is_written_on() {
    let mut world = World::new();
    world.commit(put("a", "0")).unwrap();
    world.journal.at_write(2, Fault::During { applied: false });
    assert!(matches!(world.commit(put("a", "1")), Err(StoreError::Failed { .. })));
    assert!(matches!(world.commit(put("a", "2")), Err(StoreError::Poisoned { .. })));
    assert!(matches!(world.memory.admit(), Err(StoreError::Poisoned { .. })));
    let read = block_on(world.memory.get(&swarm(), &namespace!("state"), &key("a")));
    assert!(matches!(read, Err(StoreError::Poisoned { .. })), "{read:?}");
    world.restart();
    world.commit(put("a", "3")).unwrap();
    assert_eq!(world.compared().landed, [3]);
}

#[test]
fn a_commit_whose_future_is_dropped_makes_the_record_look_forged() {
    let world = World::new();
    let gate = world.store.hold();
    {
        let swarm = swarm();
        let mut dropped = pin!(world.memory.commit(&swarm, put("a", "1")));
        assert!(dropped.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    gate.release();
    world.commit(put("b", "2")).unwrap();
    world.commit(put("c", "3")).unwrap();
    let report = world.compared();
    assert_eq!((report.commits, report.unknown.len() + report.landed.len() + report.lost.len()), (2, 1));
}

#[test]
fn the_very_first_commit_is_called_certain_though_nothing_tells() {
    let world = World::new();
    world.store.next_write(Fault::During { applied: true });
    world.commit(put("a", "1")).unwrap_err();
    let report = world.compared();
    assert_eq!((report.unknown.as_slice(), report.is_complete()), (&[1][..], false));
}

#[test]
fn what_is_older_than_the_record_makes_it_look_forged() {
    let world = World::new();
    block_on(world.inner.commit(&swarm(), put("old", "1"))).unwrap();
    world.commit(put("new", "2")).unwrap();
    let report = world.compared();
    assert_eq!((report.keys, report.unrecorded, report.is_complete()), (1, 1, false));
}

/// Three keys, and two commits in a row of which either may have come through.
fn ambiguous(applied: [bool; 2]) -> World {
    let mut world = World::new();
    let state = || namespace!("state");
    world.commit(put("a", "0").put(state(), key("b"), "0").put(state(), key("c"), "0")).unwrap();
    for (name, applied) in ["a", "b"].into_iter().zip(applied) {
        world.store.next_write(Fault::During { applied });
        world.commit(put(name, "1")).unwrap_err();
        world.restart();
    }
    world.commit(put("d", "1")).unwrap();
    world
}

#[test]
fn two_commits_without_an_outcome_hide_what_is_done_to_other_keys() {
    for applied in [[true, false], [false, true]] {
        let report = ambiguous(applied).compared();
        assert_eq!((report.unknown.as_slice(), report.uncertain, report.is_complete()), (&[3, 4][..], 2, false));
        // A value of another key that is not as recorded shows all the same: that is `c`, and `d`.
        for (seq, change) in [(1, 2), (5, 0)] {
            assert_eq!(ambiguous(applied).with_another_value(seq, change), Err("audit.value"));
        }
        assert_eq!(ambiguous(applied).with_another_value(1, 0), Ok(()), "of `a` nobody knows");
    }
}

#[test]
fn what_was_unclear_stays_so_when_a_later_commit_makes_it_clear() {
    let world = ambiguous([true, false]);
    world.commit(put("a", "2")).unwrap();
    assert_eq!(world.compared().uncertain, 1);
    assert_eq!(world.with_another_value(7, 0), Err("audit.value"));
    world.commit(Batch::new().delete_range(namespace!("state"), KeyRange::prefix(&key("b")))).unwrap();
    let report = world.compared();
    assert_eq!((report.uncertain, report.unknown.len()), (0, 2));
}

#[derive(Debug, Clone)]
enum Step {
    Put(u8, Option<u64>),
    Delete(u8),
    Clear,
    Crash { applied: bool },
    LoseOutcome { applied: bool },
    Refuse(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..6_u8, proptest::option::weighted(0.1, 1..40_u64)).prop_map(|(key, floor)| Step::Put(key, floor)),
        2 => (0..6_u8).prop_map(Step::Delete),
        1 => Just(Step::Clear),
        2 => any::<bool>().prop_map(|applied| Step::Crash { applied }),
        1 => any::<bool>().prop_map(|applied| Step::LoseOutcome { applied }),
        1 => (0..6_u8).prop_map(Step::Refuse),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn an_honest_record_of_commits_is_called_forged(steps in prop::collection::vec(step(), 1..40)) {
        let mut world = World::new();
        for step in steps {
            let name = |number: u8| format!("key-{number}");
            let result = match step {
                Step::Put(number, floor) => {
                    let batch = put(&name(number), "value");
                    world.commit(batch.floor(Version::new(floor.unwrap_or_default()).unwrap()))
                }
                Step::Delete(number) => world.commit(Batch::new().delete(namespace!("state"), key(&name(number)))),
                Step::Clear => world.commit(Batch::new().delete_range(namespace!("state"), KeyRange::ALL)),
                Step::Crash { applied } => {
                    world.store.next_write(Fault::During { applied });
                    let failed = world.commit(put("key-0", "crashed"));
                    world.restart();
                    failed
                }
                Step::LoseOutcome { applied } => {
                    world.journal.at_write(2, Fault::During { applied });
                    let failed = world.commit(put("key-1", "unrecorded"));
                    world.restart();
                    failed
                }
                Step::Refuse(number) => {
                    let absent = Expected::Version(Version::MAX);
                    world.commit(put(&name(number), "never").require(namespace!("state"), key("key-0"), absent))
                }
            };
            drop(result);
        }
        for memory in [None, Some(world.inner.as_ref() as &dyn MemoryProvider)] {
            let verified = block_on(verify(world.kept.as_ref(), Audit::new(), memory));
            let report = verified.map_err(|why| TestCaseError::fail(why.to_string()))?;
            let head = block_on(world.kept.head()).unwrap();
            prop_assert_eq!(report.head(), head);
        }
    }
}
