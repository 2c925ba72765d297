//! Changes since a place, and as they happen.

use std::sync::Arc;
use std::time::Duration;

use moai_core::{Coordinator, MemoryProvider, StoreError, Version, value};
use moai_store::MemoryStore;
use moai_sync::{ConflictResolver, Since, StateChange, SyncError};

use crate::world::{World, key};

#[tokio::test(start_paused = true)]
async fn a_watcher_is_told_of_other_keys_too_late_or_twice() {
    let world = World::new(ConflictResolver::lww()).await;
    let one = world.agent(1).await;
    let mut watch = world.synchronizer.watch("task", Since::Beginning).await.unwrap();
    let waited = tokio::time::timeout(Duration::from_secs(1), watch.next()).await;
    assert!(waited.is_err(), "nothing has happened: {waited:?}");
    for (name, number) in [("task-1", 1), ("other", 2), ("task-2", 3)] {
        one.replica.put(&key(name), number).unwrap();
        world.synchronizer.synchronize_state(&key(name)).await.unwrap();
    }
    world.synchronizer.clear_state(&key("task-1")).await.unwrap();
    let mut told = Vec::new();
    for _ in 0..2 {
        told.push(watch.next().await.unwrap().unwrap().version().get());
    }
    assert_eq!(told, [3, 4], "of a key that changed twice the last change tells it all");
    let waited = tokio::time::timeout(Duration::from_secs(1), watch.next()).await;
    assert!(waited.is_err(), "{waited:?}");
    let waiting =
        tokio::spawn(async move { watch.next().await.map(|change| change.map(|change| change.version().get())) });
    world.settle().await;
    one.replica.put(&key("task-9"), 9).unwrap();
    world.synchronizer.synchronize_state(&key("task-9")).await.unwrap();
    assert_eq!(waiting.await.unwrap(), Ok(Some(5)));
}

#[tokio::test(start_paused = true)]
async fn who_lags_behind_what_is_kept_is_told_nothing() {
    let world = World::new(ConflictResolver::lww()).await;
    let one = world.agent(1).await;
    for number in 0..5 {
        one.replica.put(&key("key"), number).unwrap();
        world.synchronizer.synchronize_state(&key("key")).await.unwrap();
    }
    world.synchronizer.clear_state(&key("gone")).await.unwrap();
    let mut watch = world.synchronizer.watch("", Version::ZERO).await.unwrap();
    let swarm = world.swarm.swarm_id();
    let last = world.memory.standing(swarm).await.unwrap().last;
    world.memory.compact(swarm, last.version).await.unwrap();
    let refused = world.synchronizer.delta_sync(Version::ZERO).await.unwrap_err();
    assert!(matches!(refused, SyncError::Store(StoreError::TooOld { .. })), "{refused}");
    assert!(matches!(watch.next().await, Err(SyncError::Store(StoreError::TooOld { .. }))));
    // Another life of the memory is another sequence.
    let other = World::over(Arc::new(MemoryStore::new().unwrap()), ConflictResolver::lww()).await;
    let refused = other.synchronizer.delta_sync(last).await.unwrap_err();
    assert!(matches!(refused, SyncError::Store(StoreError::TooOld { .. })), "{refused}");
    // A snapshot replaces.
    let page = world.synchronizer.snapshot(None).await.unwrap();
    assert_eq!((page.after, page.through, page.next), (None, None, None));
    assert_eq!(page.states.iter().map(|state| state.value.clone()).collect::<Vec<_>>(), [value!(4)]);
    assert!(world.synchronizer.delta_sync(page.start).await.unwrap().changes.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_delta_misses_what_changed_between_two_pages() {
    let world = World::new(ConflictResolver::lww()).await;
    let one = world.agent(1).await;
    let keys: Vec<_> = (0..2_500).map(|number| key(&format!("key-{number:04}"))).collect();
    for key in &keys {
        one.replica.put(key, 1).unwrap();
    }
    world.synchronizer.synchronize_many(&keys, Duration::from_secs(1)).await.unwrap();
    let (mut at, mut told) = (Since::Beginning, Vec::new());
    loop {
        let delta = world.synchronizer.delta_sync(at).await.unwrap();
        told.extend(delta.changes.iter().map(StateChange::version));
        at = delta.next.into();
        if !delta.more {
            break;
        }
    }
    assert_eq!(told.len(), 2_500);
    assert!(told.windows(2).all(|pair| pair[0] < pair[1]));
}

#[tokio::test(start_paused = true)]
async fn a_watcher_that_goes_on_later_misses_what_it_was_not_told() {
    let world = World::new(ConflictResolver::lww()).await;
    let one = world.agent(1).await;
    let keys = ["a", "b", "c"].map(key);
    for key in &keys {
        one.replica.put(key, 1).unwrap();
    }
    world.synchronizer.synchronize_many(&keys, Duration::from_secs(1)).await.unwrap();
    let mut watch = world.synchronizer.watch("", Since::Beginning).await.unwrap();
    assert_eq!(watch.next().await.unwrap().unwrap().version().get(), 1);
    let mut again = world.synchronizer.watch("", watch.at()).await.unwrap();
    for version in [2, 3] {
        assert_eq!(again.next().await.unwrap().unwrap().version().get(), version);
    }
}

/// What else the memory holds, before the states and behind them, fills pages of its own.
#[tokio::test(start_paused = true)]
async fn a_page_of_something_else_says_that_there_are_no_states() {
    let world = World::new(ConflictResolver::lww()).await;
    let (one, swarm) = (world.agent(1).await, world.swarm.swarm_id());
    let mut others = moai_core::Batch::new();
    for number in 0..1_500 {
        let other = key(&format!("{number:04}"));
        others = others.put(moai_core::namespace!("before"), other.clone(), "x");
        others = others.put(moai_core::namespace!("zzz"), other, "x");
    }
    world.memory.commit(swarm, others).await.unwrap();
    for name in ["leader", "later"] {
        one.replica.put(&key(name), 1).unwrap();
        world.synchronizer.synchronize_state(&key(name)).await.unwrap();
        world.settle().await;
    }
    let (mut place, mut pages) = (None, 0);
    loop {
        let page = world.synchronizer.snapshot(place).await.unwrap();
        (place, pages) = (page.next.clone(), pages + 1);
        one.replica.replace(page);
        assert_eq!(one.replica.value(&key("leader")), Some(value!(1)));
        if place.is_none() {
            break;
        }
    }
    assert_eq!(pages, 1);
}
