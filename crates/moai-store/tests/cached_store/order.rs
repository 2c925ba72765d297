//! Reads and commits that overlap, in every order that matters.

use std::task::Poll;

use moai_core::{Batch, MemoryProvider};

use crate::{cached, kept, key, looked, poll, put, range, space, swarm, told, write};

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
