//! Commits that are refused, or of which nobody knows what became.

use std::task::Poll;

use moai_core::{Batch, Expected, MemoryProvider, StoreError, Version};
use moai_store::Fault;
use pollster::block_on;

use crate::{cached, done, kept, key, looked, poll, put, space, swarm, write};

#[test]
fn a_conflict_changes_nothing_and_is_told() {
    let store = cached();
    write(&store, put("a", "old")).unwrap();
    let batch = put("a", "new").require(space(), key("a"), Expected::Nothing);
    assert!(matches!(write(&store, batch), Err(StoreError::Conflict { .. })));
    assert_eq!(kept(&store, "a"), None, "it was taken away for the write");
    assert_eq!(looked(&store, "a"), "old@1");
    assert_eq!(kept(&store, "a").as_deref(), Some("old@1"), "the mark is gone");
}

#[test]
fn a_refused_commit_leaves_no_mark() {
    let store = cached();
    store.inner().behind.blocking().commit(&swarm(), put("a", "old")).unwrap();
    store.inner().faults.next_write(Fault::Before);
    assert!(matches!(write(&store, put("a", "new")), Err(StoreError::Unavailable { .. })));
    store.inner().faults.fill();
    assert!(matches!(write(&store, put("a", "new")), Err(StoreError::Full { .. })));
    assert!(matches!(write(&store, Batch::new()), Err(StoreError::Input(_) | StoreError::Full { .. })));
    assert_eq!(looked(&store, "a"), "old@1");
    assert_eq!(kept(&store, "a").as_deref(), Some("old@1"));
}

#[test]
fn after_a_failed_commit_nothing_is_answered() {
    for applied in [false, true] {
        let store = cached();
        write(&store, put("a", "1").put(space(), key("b"), "2")).unwrap();
        store.inner().behind.blocking().commit(&swarm(), put("c", "3")).unwrap();
        started!(reading = store.look("c"));
        assert!(poll(reading.as_mut()).is_pending());
        store.inner().faults.next_write(Fault::During { applied });
        assert!(matches!(write(&store, put("a", "new")), Err(StoreError::Failed { .. })));
        ready!(reading);
        for at in ["a", "b", "c"] {
            let answer = done(&store, store.look(&swarm(), &space(), &key(at)));
            assert!(matches!(answer, Err(StoreError::Poisoned { .. })), "{at}: {answer:?}");
        }
        // Opened again behind a cache that knew the life before: nothing of that is told, and nothing is kept.
        store.inner().faults.reopen();
        assert_eq!(store.statistics().entries, 0);
        looked(&store, "c");
        write(&store, put("d", "4")).unwrap();
        assert_eq!((kept(&store, "c"), kept(&store, "d")), (None, None));
    }
}

#[test]
fn after_a_failed_compaction_nothing_is_kept() {
    let store = cached();
    write(&store, put("a", "1")).unwrap();
    store.inner().faults.next_write(Fault::During { applied: true });
    assert!(matches!(block_on(store.compact(&swarm(), Version::MAX)), Err(StoreError::Failed { .. })));
    assert_eq!(store.statistics().entries, 0);
}

#[test]
fn a_store_is_poisoned_past_the_cache() {
    let store = cached();
    write(&store, put("a", "1")).unwrap();
    assert_eq!(kept(&store, "a").as_deref(), Some("1@1"));
    // Nobody waits for the answer of the one that fails.
    started!(writing = store.commit(put("b", "2")));
    drop(writing);
    store.inner().faults.next_write(Fault::During { applied: false });
    assert!(store.inner().land());
    let answer = block_on(store.get(&swarm(), &space(), &key("a")));
    assert!(matches!(answer, Err(StoreError::Poisoned { .. })), "{answer:?}");
    assert!(matches!(store.admit(), Err(StoreError::Poisoned { .. })));
    assert_eq!(store.statistics().entries, 0);
}
