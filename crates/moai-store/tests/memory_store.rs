//! What must never happen to the store in memory.

#![allow(clippy::disallowed_methods, reason = "some tests are about threads")]

use std::thread;

use bytes::Bytes;
use moai_core::{
    Batch, Coded, Cursor, Epoch, Expected, InvalidInput, KeyRange, Limits, MemoryProvider, Persistence, SeededChance,
    StateKey, StoreError, SwarmId, Version, namespace, swarm_id,
};
use moai_store::{BlockingMemoryStore, MemoryStore};

const MILLION: usize = 1_000_000;

fn store_with(limits: Limits) -> BlockingMemoryStore {
    MemoryStore::with(&SeededChance::new(1), limits).unwrap().blocking().clone()
}

fn store() -> BlockingMemoryStore {
    store_with(Limits::default())
}

fn swarm() -> SwarmId {
    swarm_id!("swarm-001")
}

fn key(number: usize) -> StateKey {
    StateKey::new(format!("key-{number}")).unwrap()
}

fn puts(count: usize) -> Batch {
    (0..count).fold(Batch::new(), |batch, number| batch.put(namespace!("state"), key(number), "value"))
}

#[test]
fn a_million_changes_at_once_are_refused_by_default_and_pass_where_they_are_allowed() {
    let refused = store().commit(&swarm(), puts(MILLION)).unwrap_err();
    assert_eq!(refused.code(), "input.too_many");

    let store = store_with(Limits { batch_changes: MILLION, ..Limits::default() });
    let committed = store.commit(&swarm(), puts(MILLION)).unwrap();
    assert_eq!(committed.last.get(), 1_000_000);
    let page = store.changes(&swarm(), None, 1).unwrap();
    assert_eq!((page.happened.len(), page.next, page.more), (MILLION, committed.cursor(), false));
}

#[test]
fn a_refused_batch_leaves_nothing_behind() {
    let store = store();
    let before = store.standing(&swarm());
    assert_eq!(before.last.version, Version::ZERO);

    let guarded = puts(3).require(namespace!("state"), key(9), Expected::Version(Version::MAX));
    let refused = store.commit(&swarm(), guarded).unwrap_err();
    assert!(matches!(refused, StoreError::Conflict { found: Some(Expected::Nothing), .. }));

    let too_far = Version::new(Version::MAX.get() - 2).unwrap();
    let refused = store.commit(&swarm(), puts(3).floor(too_far)).unwrap_err();
    assert_eq!(refused, StoreError::SequenceExhausted { last: too_far, more: 3 });

    let empty = KeyRange { from: Some(key(1)), to: Some(key(1)) };
    let refused = store.commit(&swarm(), puts(1).delete_range(namespace!("state"), empty)).unwrap_err();
    assert_eq!(refused, InvalidInput::Empty { field: "key range" }.into());
    assert_eq!(store.commit(&swarm(), Batch::new()).unwrap_err().code(), "input.empty");

    assert_eq!(store.standing(&swarm()), before);
    assert_eq!(store.changes(&swarm(), None, 10).unwrap().happened, []);
}

#[test]
fn the_last_number_is_used_and_none_after_it() {
    let store = store();
    let floor = Version::new(Version::MAX.get() - 2).unwrap();
    assert_eq!(store.commit(&swarm(), puts(2).floor(floor)).unwrap().last, Version::MAX);
    let refused = store.commit(&swarm(), puts(1)).unwrap_err();
    assert_eq!(refused, StoreError::SequenceExhausted { last: Version::MAX, more: 1 });
    assert_eq!(store.changes(&swarm(), None, 1).unwrap().happened.len(), 2);
}

#[test]
fn a_floor_below_the_last_number_never_takes_the_sequence_back() {
    let store = store();
    store.commit(&swarm(), puts(5)).unwrap();
    let committed = store.commit(&swarm(), puts(1).floor(Version::new(2).unwrap())).unwrap();
    assert_eq!(committed.first.get(), 6);
}

#[test]
fn swarms_and_namespaces_do_not_see_each_other() {
    let store = store();
    store.commit(&swarm(), puts(3)).unwrap();
    let other = swarm_id!("swarm-002");
    assert_eq!(store.get(&other, &namespace!("state"), &key(1)), None);
    assert_eq!(store.get(&swarm(), &namespace!("decisions"), &key(1)), None);
    assert_eq!(store.list(&swarm(), &namespace!("decisions"), &KeyRange::ALL, None, 10).unwrap().entries, []);

    store.commit(&other, Batch::new().delete_range(namespace!("state"), KeyRange::ALL)).unwrap();
    store.commit(&swarm(), Batch::new().delete_range(namespace!("decisions"), KeyRange::ALL)).unwrap();
    assert_eq!(store.list(&swarm(), &namespace!("state"), &KeyRange::ALL, None, 10).unwrap().entries.len(), 3);
    assert_eq!(store.standing(&other).last.version.get(), 1);
}

#[test]
fn a_cursor_from_elsewhere_is_not_taken_for_ours() {
    let store = store();
    let committed = store.commit(&swarm(), puts(3)).unwrap();
    let elsewhere = Cursor { epoch: Epoch::from_bytes([9; 8]), version: Version::new(1).unwrap() };
    let refused = store.changes(&swarm(), Some(elsewhere), 10).unwrap_err();
    let oldest = Cursor { epoch: committed.epoch, version: Version::ZERO };
    assert_eq!(refused, StoreError::TooOld { since: elsewhere, oldest });

    let mut place = store.snapshot(&swarm(), None, 1).unwrap().next;
    if let Some(place) = &mut place {
        place.start = elsewhere;
    }
    assert_eq!(store.snapshot(&swarm(), place, 1).unwrap_err().code(), "store.too_old");

    // The cursor of one swarm, in another one that has not got that far.
    let refused = store.changes(&swarm_id!("swarm-002"), Some(committed.cursor()), 10).unwrap_err();
    assert_eq!(refused, StoreError::CursorAhead { since: committed.cursor(), last: oldest });
}

#[test]
fn a_page_of_nothing_is_refused() {
    let store = store();
    let empty = StoreError::from(InvalidInput::Empty { field: "page" });
    assert_eq!(store.list(&swarm(), &namespace!("state"), &KeyRange::ALL, None, 0).unwrap_err(), empty);
    assert_eq!(store.changes(&swarm(), None, 0).unwrap_err(), empty);
    assert_eq!(store.snapshot(&swarm(), None, 0).unwrap_err(), empty);
}

#[test]
fn pages_are_cut_to_the_limit_of_the_store() {
    let store = store_with(Limits { page_items: 2, ..Limits::default() });
    for _ in 0..5 {
        store.commit(&swarm(), puts(5)).unwrap();
    }
    assert_eq!(store.list(&swarm(), &namespace!("state"), &KeyRange::ALL, None, usize::MAX).unwrap().entries.len(), 2);
    assert_eq!(store.snapshot(&swarm(), None, usize::MAX).unwrap().entries.len(), 2);
}

#[test]
fn a_page_ends_before_or_behind_the_byte_that_fills_it() {
    // Each entry has 5 + 5 bytes: two of them are 20.
    for (page_bytes, due) in [(0, 1), (1, 1), (10, 1), (11, 2), (19, 2), (20, 2), (21, 3), (30, 3), (31, 4)] {
        let store = store_with(Limits { page_bytes, ..Limits::default() });
        for number in 0..5 {
            store.commit(&swarm(), Batch::new().put(namespace!("state"), key(number), "value")).unwrap();
        }
        assert_eq!(store.list(&swarm(), &namespace!("state"), &KeyRange::ALL, None, 10).unwrap().entries.len(), due);
        assert_eq!(store.snapshot(&swarm(), None, 10).unwrap().entries.len(), due);
        assert_eq!(store.changes(&swarm(), None, 10).unwrap().happened.len(), due);
        assert_eq!(store.changes(&swarm(), None, 1).unwrap().happened.len(), 1);
    }
}

#[test]
fn a_value_that_came_and_went_is_missed_by_who_saw_nothing() {
    let store = store();
    let put =
        |expected| Batch::new().put(namespace!("state"), key(1), "old").require(namespace!("state"), key(1), expected);
    let seen = store.look(&swarm(), &namespace!("state"), &key(1));
    store.commit(&swarm(), puts(2)).unwrap();
    let cleared = store.commit(&swarm(), Batch::new().delete_range(namespace!("state"), KeyRange::ALL)).unwrap();
    let found = Some(Expected::Deleted(cleared.last));
    let missed = store.commit(&swarm(), put(seen.expected())).unwrap_err();
    assert!(matches!(missed, StoreError::Conflict { found: told, .. } if told == found), "{missed}");

    let seen = store.look(&swarm(), &namespace!("state"), &key(1));
    store.commit(&swarm(), Batch::new().delete_range(namespace!("state"), KeyRange::ALL)).unwrap();
    assert_eq!(store.commit(&swarm(), put(seen.expected())).unwrap_err().code(), "store.conflict");
    // Absent means no value, whatever the reason.
    store.commit(&swarm(), put(Expected::Absent)).unwrap();
}

#[test]
fn a_small_value_does_not_keep_a_large_buffer() {
    let store = store();
    let large = Bytes::from(vec![7; 1 << 20]);
    store.commit(&swarm(), Batch::new().put(namespace!("state"), key(1), large.slice(..4))).unwrap();
    assert!(large.is_unique());

    // What is read is shared, however often.
    let read = || store.get(&swarm(), &namespace!("state"), &key(1)).unwrap().value;
    assert_eq!(read(), &[7; 4][..]);
    assert_eq!(read().as_ptr(), read().as_ptr());
}

#[test]
fn readers_and_writers_never_see_half_a_batch() {
    const ROUNDS: usize = 300;
    let store = store();
    thread::scope(|scope| {
        for writer in 0..2 {
            let store = store.clone();
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let value = format!("{writer}-{round}");
                    let put = |batch: Batch, number| batch.put(namespace!("state"), key(number), value.clone());
                    let batch = Batch::new().delete_range(namespace!("state"), KeyRange::ALL);
                    store.commit(&swarm(), (0..5).fold(batch, put)).unwrap();
                }
            });
        }
        scope.spawn(|| {
            let mut since = None;
            loop {
                let listing = store.list(&swarm(), &namespace!("state"), &KeyRange::ALL, None, 10).unwrap();
                assert!(listing.entries.is_empty() || listing.entries.len() == 5);
                assert!(listing.entries.iter().all(|entry| entry.value == listing.entries[0].value));
                let page = store.changes(&swarm(), since, 1).unwrap();
                // One deletion and five values in each batch.
                assert_eq!(page.next.version.get() % 6, 0);
                since = Some(page.next);
                if page.next.version.get() == 2 * 6 * ROUNDS as u64 {
                    break;
                }
                thread::yield_now();
            }
        });
    });
}

#[test]
fn handles_share_one_store_and_stores_share_nothing() {
    pollster::block_on(async {
        let store = MemoryStore::new().unwrap();
        let other_handle: Box<dyn MemoryProvider> = Box::new(store.clone());
        let other_store = MemoryStore::new().unwrap();
        assert_eq!(store.persistence(), Persistence::Process);

        let committed = store.commit(&swarm(), puts(1)).await.unwrap();
        assert_eq!(other_handle.standing(&swarm()).await.unwrap().last, committed.cursor());
        assert_ne!(other_store.standing(&swarm()).await.unwrap().last.epoch, committed.epoch);
        assert!(format!("{store:?}").contains(&committed.epoch.to_string()));
    });
}
