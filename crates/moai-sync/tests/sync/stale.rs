//! The shortest histories in which a write is lost, a cleared key comes back, or a swarm does not come to rest.

use std::time::Duration;

use moai_core::{
    Coordinator, CorrelationId, Envelope, Handler, MemoryProvider, StoreError, Version, agent_id, swarm_id, value,
};
use moai_sync::{
    ConflictResolver, Crdt, CrdtType, Known, Metadata, Replica, ReplicaHandler, SharedState, Since, StateChange,
    StateRequest, StateUpdate, SyncError, Vector, WriteError, message_kinds,
};

use crate::world::{World, agent, key};

fn from_synchronizer(kind: moai_core::MessageKind, payload: Vec<u8>) -> Envelope {
    // Of rounds of their own.
    let round = CorrelationId::from_bytes([u8::from(kind == message_kinds::UPDATE); 16]);
    Envelope::new(swarm_id!("swarm-001"), agent_id!("state-synchronizer"), kind, round, payload)
}

/// Nothing is lost and nobody is away: whoever first writes to a key that was cleared before and written again is not heard.
#[tokio::test(start_paused = true)]
async fn the_first_write_of_an_agent_to_a_key_that_was_cleared_and_written_again_is_lost() {
    let world = World::new(ConflictResolver::crdt()).await;
    world.synchronizer.clear_state(&key("tasks")).await.unwrap();
    let one = world.agent(1).await;
    one.replica.add(&key("tasks"), "a").unwrap();
    world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
    let two = world.agent(2).await;
    two.replica.add(&key("tasks"), "b").unwrap();
    for _ in 0..2 {
        world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
        world.settle().await;
    }
    assert_eq!(two.replica.value(&key("tasks")), Some(value!(["a", "b"])));
}

/// A delta overtakes an update that waits in the mailbox: what the update brings back had been seen to be cleared.
#[tokio::test(start_paused = true)]
async fn an_update_that_was_overtaken_by_a_clear_takes_the_next_write_with_it() {
    let world = World::new(ConflictResolver::crdt()).await;
    let one = world.agent(1).await;
    one.replica.add(&key("tasks"), "old").unwrap();
    world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
    // The update lies in its mailbox.
    let cleared = world.synchronizer.clear_state(&key("tasks")).await.unwrap();
    one.replica.apply(world.synchronizer.delta_sync(Version::ZERO).await.unwrap().changes);
    assert_eq!((one.replica.value(&key("tasks")), one.replica.seen()), (None, cleared));
    world.settle().await;
    assert_eq!(one.replica.value(&key("tasks")), None, "it had seen that this was cleared");
    one.replica.add(&key("tasks"), "new").unwrap();
    let report = world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
    assert_eq!(report.state.map(|state| state.value), Some(value!(["new"])));
}

/// The same, of a key that it had never held: nothing went when it read of the clear, and yet it has seen it.
#[tokio::test(start_paused = true)]
async fn a_first_update_that_was_overtaken_by_a_clear_takes_the_next_write_with_it() {
    for clears_all in [false, true] {
        let world = World::new(ConflictResolver::crdt()).await;
        let (one, two) = (world.agent(1).await, world.agent(2).await);
        two.replica.put(&key("leader"), "old").unwrap();
        world.synchronizer.synchronize_state(&key("leader")).await.unwrap();
        // The update lies in its mailbox.
        if clears_all {
            world.synchronizer.clear_all().await.unwrap();
        } else {
            world.synchronizer.clear_state(&key("leader")).await.unwrap();
        }
        one.replica.apply(world.synchronizer.delta_sync(Version::ZERO).await.unwrap().changes);
        world.settle().await;
        one.replica.put(&key("leader"), "new").unwrap();
        let report = world.synchronizer.synchronize_state(&key("leader")).await.unwrap();
        assert_eq!(report.state.map(|state| state.value), Some(value!("new")));
    }
}

/// One synchronizer is slow to tell what it stored, and meanwhile another asks knowing that it was cleared.
#[tokio::test(start_paused = true)]
async fn an_update_that_was_overtaken_by_a_clear_brings_back_what_was_cleared() {
    let world = World::new(ConflictResolver::crdt()).await;
    let one = world.agent_told_by(Replica::new(agent(1)).with_clock(world.clock.clone()), ["nobody"]).await;
    one.replica.add(&key("tasks"), "old").unwrap();
    let stored = world.synchronizer.synchronize_state(&key("tasks")).await.unwrap().state.unwrap();
    world.swarm.leave(&agent(1)).await.unwrap();
    let cleared = world.synchronizer.clear_state(&key("tasks")).await.unwrap();
    let two = world.agent_with(Replica::new(agent(2)).with_clock(world.clock.clone())).await;
    two.replica.add(&key("tasks"), "new").unwrap();
    // It is asked, and so knows of the clear.
    let epoch = world.memory.standing(&swarm_id!("swarm-001")).await.unwrap().last.epoch;
    let question = StateRequest::new(epoch, vec![(key("tasks"), Known::NOTHING.cleared(cleared))]).to_bytes();
    let mut half = ReplicaHandler::new(swarm_id!("swarm-001"), two.replica.clone());
    let _ = half.handle(&from_synchronizer(message_kinds::REQUEST, question));
    let late = StateUpdate::new(vec![StateChange::Put(SharedState::from(stored))]).to_bytes();
    let _ = half.handle(&from_synchronizer(message_kinds::UPDATE, late));
    let report = world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
    assert_eq!(report.state.map(|state| state.value), Some(value!(["new"])));
}

/// A question that was asked before everything was cleared is answered after it.
#[tokio::test(start_paused = true)]
async fn a_write_made_after_a_clear_was_seen_is_lost_to_an_earlier_question() {
    let world = World::new(ConflictResolver::crdt()).await;
    let replica = Replica::new(agent(1)).with_clock(world.clock.clone());
    let cleared = world.synchronizer.clear_all().await.unwrap();
    replica.apply(world.synchronizer.delta_sync(Version::ZERO).await.unwrap().changes);
    assert_eq!(replica.seen(), cleared);
    replica.add(&key("tasks"), "new").unwrap();
    // It was asked before.
    let epoch = world.memory.standing(&swarm_id!("swarm-001")).await.unwrap().last.epoch;
    let question = StateRequest::new(epoch, vec![(key("tasks"), Known::NOTHING)]).to_bytes();
    let mut half = ReplicaHandler::new(swarm_id!("swarm-001"), replica.clone());
    let _ = half.handle(&from_synchronizer(message_kinds::REQUEST, question));
    let _one = world.agent_with(replica).await;
    let report = world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
    assert_eq!(report.state.map(|state| state.value), Some(value!(["new"])));
}

/// The memory has forgotten that the key was cleared, and an agent that was away has not heard of it.
#[tokio::test(start_paused = true)]
async fn a_cleared_key_comes_back_once_the_memory_has_forgotten_it() {
    let world = World::new(ConflictResolver::crdt()).await;
    let (one, _two) = (world.agent(1).await, world.agent(2).await);
    one.replica.add(&key("tasks"), "old").unwrap();
    world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
    world.settle().await;
    world.swarm.leave(&agent(1)).await.unwrap();
    let version = world.synchronizer.clear_state(&key("tasks")).await.unwrap();
    let _ = world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
    world.settle().await;
    world.memory.compact(&swarm_id!("swarm-001"), version).await.unwrap();
    let _back = world.agent_with(one.replica.clone()).await;
    let report = world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
    assert_eq!(report.state.map(|state| state.value), None);
}

/// The last writer wins, and the other goes on holding both for ever.
#[tokio::test(start_paused = true)]
async fn sets_of_a_swarm_that_does_not_merge_never_come_to_rest() {
    for resolver in [ConflictResolver::lww(), ConflictResolver::new(Vector)] {
        let world = World::new(resolver).await;
        let (one, two) = (world.agent(1).await, world.agent(2).await);
        one.replica.add(&key("tasks"), "a").unwrap();
        two.replica.add(&key("tasks"), "b").unwrap();
        for _ in 0..5 {
            world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
            world.settle().await;
        }
        let report = world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
        assert_eq!((report.changed, report.informed), (false, Vec::new()));
        assert_eq!(one.replica.value(&key("tasks")), two.replica.value(&key("tasks")));
    }
}

/// What bare values are is inferred, and one text among numbers is no number.
#[tokio::test(start_paused = true)]
async fn one_agent_that_holds_a_text_blocks_a_counter_that_is_inferred() {
    let world = World::new(ConflictResolver::new(Crdt::inferring())).await;
    for (number, count) in [(1, 42), (2, 38)] {
        world.agent(number).await.replica.put(&key("count"), count).unwrap();
    }
    world.agent(3).await.replica.put(&key("count"), "many").unwrap();
    let report = world.synchronizer.synchronize_state(&key("count")).await.unwrap();
    assert_eq!(report.state.map(|state| state.value), Some(value!(80)));
    assert_eq!(report.refused.first().map(|refused| &refused.agent_id), Some(&agent(3)));
}

/// A number that was taken for a counter is one from then on.
#[tokio::test(start_paused = true)]
async fn a_bare_number_that_was_taken_for_a_counter_is_overwritten_by_a_register() {
    let world = World::new(ConflictResolver::new(Crdt::inferring())).await;
    let (one, two) = (world.agent(1).await, world.agent(2).await);
    one.replica.put(&key("count"), 42).unwrap();
    two.replica.put(&key("count"), 38).unwrap();
    world.synchronizer.synchronize_state(&key("count")).await.unwrap();
    world.settle().await;
    let refused = one.replica.put(&key("count"), 43).unwrap_err();
    assert!(matches!(refused, WriteError::OtherType { kind: CrdtType::Counter, .. }), "{refused}");
    one.replica.contribute(&key("count"), 43).unwrap();
    let report = world.synchronizer.synchronize_state(&key("count")).await.unwrap();
    assert_eq!(report.state.map(|state| state.value), Some(value!(81)));
}

/// Nobody gets beyond what an agent claims to have seen of all others.
#[tokio::test(start_paused = true)]
async fn an_agent_that_claims_to_have_seen_everything_wins_for_ever() {
    let world = World::new(ConflictResolver::vector()).await;
    let (one, liar) = (world.agent(1).await, Replica::new(agent(2)).with_clock(world.clock.clone()));
    liar.put(&key("leader"), "liar").unwrap();
    let claims = [(agent(1), u64::MAX), (agent(2), u64::MAX)].into_iter().collect();
    let mut lie = liar.get(&key("leader")).unwrap();
    lie.metadata = Metadata::new().with_vector_clock(claims);
    let claimed = Replica::new(agent(2)).with_clock(world.clock.clone());
    claimed.apply([StateChange::Put(SharedState::from(lie))]);
    let _liar = world.agent_with(claimed).await;
    one.replica.put(&key("leader"), "agent-1").unwrap();
    let report = world.synchronizer.synchronize_state(&key("leader")).await.unwrap();
    assert_eq!(report.state.map(|state| state.value), Some(value!("agent-1")), "{:?}", report.refused);
}

/// A thousand keys are asked for in one question, and the answer does not fit into a message.
#[tokio::test(start_paused = true)]
async fn many_keys_that_are_large_together_make_an_agent_silent() {
    let world = World::new(ConflictResolver::lww()).await;
    let one = world.agent(1).await;
    let keys: Vec<_> = (0..1_000).map(|number| key(&format!("key-{number:04}"))).collect();
    for (at, key) in keys.iter().enumerate() {
        // Words that do not pack.
        let mut text = String::new();
        for step in 0..700_u64 {
            text += &moai_core::DigestBuilder::new("noise").u64(at as u64).u64(step).finish().to_string();
        }
        one.replica.put(key, text).unwrap();
    }
    let (reports, _) = world.synchronizer.synchronize_many(&keys, Duration::from_secs(1)).await.unwrap();
    assert!(reports.iter().all(|report| report.changed));
}

/// Whoever reads from the beginning is told that the beginning is no longer kept, or else what there is.
#[tokio::test(start_paused = true)]
async fn changes_since_the_beginning_leave_out_what_stands_before_the_horizon() {
    let world = World::new(ConflictResolver::lww()).await;
    world.agent(1).await.replica.put(&key("leader"), "agent-1").unwrap();
    let version = world.synchronizer.synchronize_state(&key("leader")).await.unwrap().version().unwrap();
    world.memory.compact(&swarm_id!("swarm-001"), version).await.unwrap();
    match world.synchronizer.delta_sync(Since::Beginning).await {
        Err(SyncError::Store(StoreError::TooOld { .. })) => {}
        other => assert_eq!(other.unwrap().changes.len(), 1),
    }
}

/// The key was cleared, the memory has forgotten it, and somebody else began anew before the stale agent came back.
#[tokio::test(start_paused = true)]
async fn a_stale_agent_brings_back_what_was_forgotten_once_another_has_written_there() {
    let world = World::new(ConflictResolver::crdt()).await;
    let one = world.agent(1).await;
    one.replica.add(&key("tasks"), "old").unwrap();
    world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
    world.settle().await;
    world.swarm.leave(&agent(1)).await.unwrap();
    let version = world.synchronizer.clear_state(&key("tasks")).await.unwrap();
    world.memory.compact(&swarm_id!("swarm-001"), version).await.unwrap();
    world.agent(2).await.replica.add(&key("tasks"), "new").unwrap();
    world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
    let _back = world.agent_with(one.replica.clone()).await;
    let report = world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
    assert_eq!(report.state.map(|state| state.value), Some(value!(["new"])));
}
