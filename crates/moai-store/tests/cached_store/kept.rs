//! What is kept, and how much of it.

use std::sync::Arc;

use moai_core::{Batch, KeyRange, MemoryProvider, StoreError, Version, namespace};
use moai_store::{CachedStore, MemoryStore};
use pollster::block_on;

use crate::{cached, done, kept, key, looked, put, range, space, swarm, write};

#[test]
fn what_was_read_or_written_is_kept() {
    let store = cached();
    write(&store, put("a", "1").put(space(), key("b"), "2").delete(space(), key("c"))).unwrap();
    assert_eq!(kept(&store, "a").as_deref(), Some("1@1"));
    assert_eq!(kept(&store, "b").as_deref(), Some("2@2"));
    for at in ["c", "d"] {
        assert_eq!(kept(&store, at), None, "only values are kept");
        looked(&store, at);
        assert_eq!(kept(&store, at), None, "only values are kept");
    }
    // What lies there already is kept once it was read, by either way of reading.
    store.inner().behind.blocking().commit(&swarm(), put("e", "5").put(space(), key("f"), "6")).unwrap();
    assert_eq!(looked(&store, "e"), "5@4");
    assert_eq!(kept(&store, "e").as_deref(), Some("5@4"));
    let entry = done(&store, store.get(&swarm(), &space(), &key("f"))).unwrap().unwrap();
    assert_eq!(entry.version.get(), 5);
    assert_eq!(block_on(store.get(&swarm(), &space(), &key("f"))).unwrap(), Some(entry));
    let statistics = store.statistics();
    assert_eq!((statistics.hits, statistics.misses, statistics.entries), (4, 8, 4));
}

#[test]
fn a_batch_leaves_its_last_word() {
    let store = cached();
    let batch = put("a", "1").put(space(), key("a"), "2").put(space(), key("b"), "3").put(space(), key("c"), "4");
    let batch = batch.delete(space(), key("b")).delete_range(space(), range("c", "d")).put(space(), key("d"), "7");
    write(&store, batch).unwrap();
    assert_eq!(kept(&store, "a").as_deref(), Some("2@2"));
    assert_eq!(kept(&store, "d").as_deref(), Some("7@7"));
    assert_eq!((kept(&store, "b"), kept(&store, "c")), (None, None));
}

#[test]
fn a_range_takes_what_lies_in_it_and_nothing_else() {
    let store = cached();
    let batch = ["a", "b", "c", "d"].into_iter().fold(Batch::new(), |batch, at| batch.put(space(), key(at), at));
    write(&store, batch.put(namespace!("other"), key("b"), "other")).unwrap();
    write(&store, Batch::new().delete_range(space(), range("b", "d"))).unwrap();
    let found = ["a", "b", "c", "d"].map(|at| kept(&store, at).is_some());
    assert_eq!(found, [true, false, false, true]);
    assert_eq!(store.statistics().entries, 3);
    write(&store, Batch::new().delete_range(space(), KeyRange::ALL)).unwrap();
    assert_eq!(store.statistics().entries, 1);
    let backwards = Batch::new().delete_range(space(), range("d", "b"));
    assert!(matches!(write(&store, backwards.put(space(), key("c"), "1")), Err(StoreError::Input(_))));
}

#[test]
fn a_compaction_changes_no_answer() {
    let store = cached();
    write(&store, put("a", "1").delete(space(), key("b"))).unwrap();
    assert_eq!(looked(&store, "b"), "-@2");
    block_on(store.compact(&swarm(), Version::MAX)).unwrap();
    assert_eq!(kept(&store, "a").as_deref(), Some("1@1"));
    assert_eq!(looked(&store, "b"), "");
}

#[test]
fn it_keeps_no_more_than_it_was_told() {
    let memory = Arc::new(MemoryStore::new().unwrap());
    let store: CachedStore = CachedStore::new(memory, 10_000);
    for number in 0..1_000 {
        let batch = put(&format!("key-{number:03}"), &"v".repeat(number % 300));
        block_on(store.commit(&swarm(), batch)).unwrap();
        let hot = block_on(store.get(&swarm(), &space(), &key("key-000"))).unwrap();
        assert!(hot.is_some());
        assert!(store.statistics().bytes <= 10_000);
    }
    let statistics = store.statistics();
    assert_eq!((statistics.hits, statistics.misses), (1_000, 0), "what is asked for again and again stays");
    assert!(statistics.bytes > 9_000, "{statistics:?}");
    // Larger than everything, and a part of something larger.
    block_on(store.commit(&swarm(), put("key-999", &"v".repeat(10_000)))).unwrap();
    assert!(store.statistics().bytes <= 10_000);
    block_on(store.get(&swarm(), &space(), &key("key-999"))).unwrap().unwrap();
    assert_eq!(store.statistics().misses, 1);
}

#[test]
fn clones_are_one_cache() {
    let store = cached();
    write(&store.clone(), put("a", "1")).unwrap();
    assert_eq!(kept(&store, "a").as_deref(), Some("1@1"));
    write(&store, put("a", "2")).unwrap();
    assert_eq!(kept(&store.clone(), "a").as_deref(), Some("2@2"));
    assert_eq!(store.clone().statistics(), store.statistics());
}
