//! The cache is never older than the store behind it, in whatever order things happen.

#[path = "slow/mod.rs"]
mod slow;

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use moai_core::{
    Batch, Expected, Held, KeyRange, MemoryProvider, Namespace, StateKey, StoreError, SwarmId, Version, namespace,
    swarm_id,
};
use moai_store::{CachedStore, Fault, MemoryStore};
use pollster::block_on;
use slow::Slow;

type Cached = CachedStore<Slow>;

fn swarm() -> SwarmId {
    swarm_id!("swarm-001")
}

fn space() -> Namespace {
    namespace!("state")
}

fn key(text: &str) -> StateKey {
    StateKey::new(text).unwrap()
}

fn put(at: &str, value: &str) -> Batch {
    Batch::new().put(space(), key(at), value.to_owned())
}

fn range(from: &str, to: &str) -> KeyRange {
    KeyRange { from: Some(key(from)), to: Some(key(to)) }
}

fn cached() -> Cached {
    CachedStore::new(Arc::new(Slow::new()), 1 << 20)
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Drives a future to its end; whatever is queued meanwhile lands.
fn done<F: Future>(store: &Cached, future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = poll(future.as_mut()) {
            return output;
        }
        store.inner().land();
    }
}

fn write(store: &Cached, batch: Batch) -> Result<Version, StoreError> {
    done(store, store.commit(&swarm(), batch)).map(|committed| committed.last)
}

/// Text and version of what the cache says, or `-` and `""`.
fn told(held: Held) -> String {
    match held {
        Held::Value(entry) => format!("{}@{}", String::from_utf8_lossy(&entry.value), entry.version),
        Held::Deleted(version) => format!("-@{version}"),
        Held::Nothing => String::new(),
    }
}

/// What the cache says about a key at its first poll, which only what is kept can answer.
fn kept(store: &Cached, at: &str) -> Option<String> {
    let (swarm, space, key) = (swarm(), space(), key(at));
    let mut look = pin!(store.look(&swarm, &space, &key));
    match poll(look.as_mut()) {
        Poll::Ready(held) => Some(told(held.unwrap())),
        Poll::Pending => None,
    }
}

/// What the cache or the store says about a key. Nothing lands meanwhile.
fn looked(store: &Cached, at: &str) -> String {
    let (swarm, space, key) = (swarm(), space(), key(at));
    let mut look = pin!(store.look(&swarm, &space, &key));
    loop {
        if let Poll::Ready(held) = poll(look.as_mut()) {
            return told(held.unwrap());
        }
    }
}

/// Starts a look, or a commit, as a variable that can be polled.
macro_rules! started {
    ($future:ident = $store:ident.look($at:expr)) => {
        let (its_swarm, its_space, its_key) = (swarm(), space(), key($at));
        let mut $future = Box::pin($store.look(&its_swarm, &its_space, &its_key));
        assert!(poll($future.as_mut()).is_pending(), "it has asked the store");
    };
    ($future:ident = $store:ident.commit($batch:expr)) => {
        let its_swarm = swarm();
        let mut $future = Box::pin($store.commit(&its_swarm, $batch));
        assert!(poll($future.as_mut()).is_pending(), "it is queued");
    };
}

/// The second poll looks, the third answers.
macro_rules! ready {
    ($future:ident) => {
        match poll($future.as_mut()) {
            Poll::Ready(output) => output.unwrap(),
            Poll::Pending => panic!("it waits for more"),
        }
    };
}

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
fn a_read_that_began_before_a_commit_returns_after_it() {
    let store = cached();
    store.inner().behind.blocking().commit(&swarm(), put("a", "old")).unwrap();
    started!(reading = store.look("a"));
    assert!(poll(reading.as_mut()).is_pending(), "it has seen the old value");
    write(&store, put("a", "new")).unwrap();
    assert_eq!(told(ready!(reading)), "old@1");
    assert_eq!(kept(&store, "a").as_deref(), Some("new@2"));
}

#[test]
fn a_read_that_began_during_a_commit_returns_after_it() {
    let store = cached();
    store.inner().behind.blocking().commit(&swarm(), put("a", "old")).unwrap();
    // A delete keeps nothing itself, so that only the reader could.
    started!(writing = store.commit(Batch::new().delete(space(), key("a"))));
    started!(reading = store.look("a"));
    assert!(poll(reading.as_mut()).is_pending(), "it has seen the old value");
    store.inner().land();
    ready!(writing);
    assert_eq!(told(ready!(reading)), "old@1");
    assert_eq!(kept(&store, "a"), None);
    assert_eq!(looked(&store, "a"), "-@2");
}

#[test]
fn a_commit_takes_away_what_was_kept_before_it_lands() {
    let store = cached();
    write(&store, put("a", "old")).unwrap();
    started!(writing = store.commit(put("a", "new")));
    assert_eq!(kept(&store, "a"), None);
    store.inner().land();
    assert_eq!(looked(&store, "a"), "new@2", "it has landed, though nobody was told");
    ready!(writing);
    assert_eq!(kept(&store, "a").as_deref(), Some("new@2"));
}

#[test]
fn two_commits_return_in_another_order() {
    let store = cached();
    started!(first = store.commit(put("a", "first")));
    started!(second = store.commit(put("a", "second")));
    store.inner().land();
    store.inner().land();
    ready!(second);
    assert_ne!(kept(&store, "a").as_deref(), Some("first@1"));
    ready!(first);
    assert_ne!(kept(&store, "a").as_deref(), Some("first@1"), "the second came after it");
    assert_eq!(looked(&store, "a"), "second@2");
    assert_eq!(kept(&store, "a").as_deref(), Some("second@2"), "nothing is under way");
}

/// Stores need not make them in the order in which they were asked: nothing is kept when either could be the last.
#[test]
fn the_earlier_of_two_commits_is_made_last() {
    let store = cached();
    started!(early = store.commit(Batch::new().delete(space(), key("a"))));
    started!(late = store.commit(put("a", "late")));
    store.inner().reverse();
    store.inner().land();
    store.inner().land();
    ready!(early);
    ready!(late);
    assert_eq!(kept(&store, "a"), None);
    assert_eq!(looked(&store, "a"), "-@2");
}

#[test]
fn a_dropped_commit_lands_later() {
    let store = cached();
    store.inner().behind.blocking().commit(&swarm(), put("a", "old").put(space(), key("b"), "old")).unwrap();
    started!(writing = store.commit(put("a", "new")));
    drop(writing);
    assert_eq!(looked(&store, "b"), "old@2");
    assert_eq!(kept(&store, "b").as_deref(), Some("old@2"), "it is about another key");
    assert_eq!(looked(&store, "a"), "old@1");
    assert_eq!(kept(&store, "a"), None, "it may still land");
    assert!(store.inner().land());
    assert_eq!(looked(&store, "a"), "new@3");
    assert_eq!(kept(&store, "a"), None, "nobody knows that it has landed");
    write(&store, put("c", "later")).unwrap();
    assert_eq!(looked(&store, "a"), "new@3");
    assert_eq!(kept(&store, "a").as_deref(), Some("new@3"), "a later one came through");
}

#[test]
fn a_commit_that_began_before_another_was_dropped_settles_nothing() {
    let store = cached();
    store.inner().behind.blocking().commit(&swarm(), put("a", "old")).unwrap();
    started!(other = store.commit(put("b", "1")));
    started!(writing = store.commit(put("a", "new")));
    drop(writing);
    assert!(store.inner().land());
    ready!(other);
    assert_eq!(looked(&store, "a"), "old@1");
    assert!(store.inner().land());
    assert_eq!(looked(&store, "a"), "new@3");
}

#[test]
fn a_commit_in_another_swarm_settles_nothing() {
    let store = cached();
    store.inner().behind.blocking().commit(&swarm(), put("a", "old")).unwrap();
    started!(writing = store.commit(put("a", "new")));
    drop(writing);
    let elsewhere = swarm_id!("swarm-002");
    done(&store, store.commit(&elsewhere, put("a", "elsewhere"))).unwrap();
    looked(&store, "a");
    assert_eq!(kept(&store, "a"), None);
}

#[test]
fn a_dropped_range_deletion_lands_later() {
    let store = cached();
    store.inner().behind.blocking().commit(&swarm(), put("b", "old").put(space(), key("d"), "old")).unwrap();
    started!(writing = store.commit(Batch::new().delete_range(space(), range("a", "c"))));
    drop(writing);
    assert_eq!((looked(&store, "b").as_str(), looked(&store, "d").as_str()), ("old@1", "old@2"));
    assert_eq!((kept(&store, "b"), kept(&store, "d").as_deref()), (None, Some("old@2")));
    assert!(store.inner().land());
    assert_eq!(looked(&store, "b"), "-@3");
}

#[test]
fn a_range_is_deleted_during_a_read() {
    let store = cached();
    store.inner().behind.blocking().commit(&swarm(), put("b", "old")).unwrap();
    started!(reading = store.look("b"));
    assert!(poll(reading.as_mut()).is_pending(), "it has seen the old value");
    write(&store, Batch::new().delete_range(space(), range("a", "c"))).unwrap();
    assert_eq!(told(ready!(reading)), "old@1");
    assert_eq!(kept(&store, "b"), None);
    assert_eq!(looked(&store, "b"), "-@2");
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
