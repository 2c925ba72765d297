//! Commits that nobody waits for any more, and that land all the same.

use std::task::Poll;

use moai_core::{Batch, MemoryProvider, swarm_id};

use crate::{cached, done, kept, key, looked, poll, put, range, space, swarm, write};

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
