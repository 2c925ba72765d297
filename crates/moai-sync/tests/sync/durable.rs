//! A memory in a file: what was agreed on is there in the next life, and so are cursors and what was cleared.

#[path = "../../../moai-store/tests/folder/mod.rs"]
mod folder;

use std::sync::Arc;

use moai_core::{MemoryProvider, Version, value};
use moai_store::SqliteStore;
use moai_sync::{ConflictResolver, SharedState, StateChange};

use crate::world::{World, key};

#[tokio::test]
async fn the_next_life_begins_anew_or_brings_back_what_was_cleared() {
    let folder = folder::Folder::new("sync-durable");
    let path = folder.path("state.db");
    let (stale, cursor) = {
        let world = World::new(ConflictResolver::crdt()).await;
        let memory: Arc<dyn MemoryProvider> = Arc::new(SqliteStore::open(&path).unwrap());
        let synchronizer =
            World::synchronizer(&world.swarm, memory, ConflictResolver::crdt(), &world.clock, "first").await;
        let one = world.agent(1).await;
        one.replica.contribute(&key("count"), 42).unwrap();
        one.replica.add(&key("tasks"), "old").unwrap();
        for name in ["count", "tasks"] {
            synchronizer.synchronize_state(&key(name)).await.unwrap();
        }
        let stale = synchronizer.get_state(&key("tasks")).await.unwrap().unwrap();
        let cursor = synchronizer.delta_sync(Version::ZERO).await.unwrap().next;
        synchronizer.clear_state(&key("tasks")).await.unwrap();
        synchronizer.shutdown().await;
        (stale, cursor)
    };
    let world = World::new(ConflictResolver::crdt()).await;
    let memory: Arc<dyn MemoryProvider> = Arc::new(SqliteStore::open(&path).unwrap());
    let synchronizer =
        World::synchronizer(&world.swarm, memory, ConflictResolver::crdt(), &world.clock, "second").await;
    assert_eq!(synchronizer.get_state(&key("count")).await.unwrap().unwrap().value, value!(42));
    // The cursor of the first life goes on, and the deletion arrives.
    let delta = synchronizer.delta_sync(cursor).await.unwrap();
    assert!(matches!(delta.changes.as_slice(), [StateChange::Cleared { state_key, .. }] if *state_key == key("tasks")));
    // An agent that slept through all of it.
    let replica = moai_sync::Replica::new(crate::world::agent(2)).with_clock(world.clock.clone());
    replica.apply([StateChange::Put(SharedState::from(stale))]);
    let late = world.agent_with(replica).await;
    assert_eq!(synchronizer.synchronize_state(&key("tasks")).await.unwrap().state, None);
    late.replica.contribute(&key("count"), 8).unwrap();
    let report = synchronizer.synchronize_state(&key("count")).await.unwrap();
    assert_eq!((report.state.unwrap().value, late.replica.value(&key("tasks"))), (value!(50), None));
}
