//! Agents that were away, and synchronizers that begin anew.

use std::sync::Arc;

use moai_core::{Coordinator, KeyRange, MemoryProvider, Version, agent_id, value};
use moai_store::MemoryStore;
use moai_sync::{ConflictResolver, ReplicaHandler, message_kinds};

use crate::world::{Fate, World, agent, holds, key, told};

fn all(half: ReplicaHandler) -> ReplicaHandler {
    half.follows(KeyRange::ALL).pushes()
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_was_away_is_told_all_again_or_too_little() {
    let world = World::new(ConflictResolver::lww()).await;
    let (one, mut away) = (world.agent(1).await, world.agent(2).await);
    for number in 0..2_500 {
        one.replica.put(&key(&format!("key-{number:04}")), number).unwrap();
    }
    world.pass(1_000).await;
    assert_eq!(away.replica.keys().len(), 2_500);
    away.leave().await;
    one.replica.put(&key("key-0001"), "changed").unwrap();
    world.synchronizer.clear_state(&key("key-0002")).await.unwrap();
    away.replica.put(&key("written-away"), 1).unwrap();
    world.pass(1_000).await;
    let before = world.network.bytes();
    let back = world.agent_with(away.replica.clone(), all).await;
    world.pass(1_000).await;
    assert_eq!(holds(&back.replica), world.held().await);
    assert_eq!(holds(&one.replica), world.held().await);
    assert_eq!(back.replica.keys().len(), 2_500, "one less, one more");
    let cost = world.network.bytes() - before;
    assert!(cost < 1_500, "it costs what changed: {cost} bytes");
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_was_away_too_long_keeps_what_was_cleared() {
    let world = World::new(ConflictResolver::crdt()).await;
    let (one, mut away) = (world.agent(1).await, world.agent(2).await);
    for name in ["kept", "cleared", "changed"] {
        one.replica.put(&key(name), "before").unwrap();
    }
    world.pass(1_000).await;
    away.leave().await;
    one.replica.put(&key("changed"), "after").unwrap();
    world.synchronizer.clear_state(&key("cleared")).await.unwrap();
    world.pass(1_000).await;
    let swarm = world.network.swarm_id();
    world.memory.compact(swarm, Version::MAX).await.unwrap();
    away.replica.put(&key("written-away"), 1).unwrap();
    let back = world.agent_with(away.replica.clone(), all).await;
    world.pass(1_000).await;
    let held = world.held().await;
    assert_eq!((holds(&back.replica), holds(&one.replica)), (held.clone(), held.clone()));
    assert_eq!(held.keys().map(|key| key.as_str()).collect::<Vec<_>>(), ["changed", "kept", "written-away"]);
    // Nobody begins anew who follows.
    let before = told(&world.network, 1);
    one.replica.put(&key("next"), 1).unwrap();
    world.pass(1_000).await;
    assert_eq!(told(&world.network, 1), before + 1);
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_was_started_again_with_nothing_stays_empty_or_loses_what_it_writes() {
    // Also where it hears of its former life by the answer alone.
    for set in [all, ReplicaHandler::pushes] {
        started_again(set).await;
    }
}

async fn started_again(set: fn(ReplicaHandler) -> ReplicaHandler) {
    let world = World::new(ConflictResolver::crdt()).await;
    let (mut former, other) = (world.agent(1).await, world.agent(2).await);
    for number in 1..=5 {
        former.replica.contribute(&key("count"), number).unwrap();
        former.replica.set_field(&key("config"), "timeout", number).unwrap();
        world.pass(100).await;
    }
    former.leave().await;
    let anew = world.agent_with(world.replica(1), set).await;
    anew.replica.contribute(&key("count"), 7).unwrap();
    anew.replica.set_field(&key("config"), "timeout", 60).unwrap();
    world.pass(1_000).await;
    let held = world.held().await;
    assert_eq!(held[&key("count")], value!(7));
    assert_eq!(held[&key("config")], value!({"timeout": 60}));
    assert_eq!((holds(&anew.replica), holds(&other.replica)), (held.clone(), held));
}

/// It hears first what was cleared long ago, so its write is not taken for an old one, whatever is lost.
#[tokio::test(start_paused = true)]
async fn a_new_write_is_taken_for_one_that_was_cleared_long_ago() {
    let world = World::new(ConflictResolver::lww()).await;
    let one = world.agent(1).await;
    one.replica.put(&key("leader"), "agent-1").unwrap();
    world.pass(100).await;
    world.synchronizer.clear_all().await.unwrap();
    let replica = world.replica(2);
    replica.put(&key("leader"), "agent-2").unwrap();
    // Its first push is lost.
    let mut pushes = 0;
    world.network.fate(move |_, envelope| {
        pushes += usize::from(*envelope.kind() == message_kinds::WRITTEN);
        if pushes == 1 && *envelope.kind() == message_kinds::WRITTEN { Fate::IsLost } else { Fate::Arrives }
    });
    world.agent_with(replica, all).await;
    world.pass(100).await;
    assert_eq!(one.replica.value(&key("leader")), None);
    world.pass(1_000).await;
    assert_eq!(one.replica.value(&key("leader")), Some(value!("agent-2")));
    // One that only pushes has heard nothing: its write outlives that as well.
    world.synchronizer.clear_all().await.unwrap();
    let replica = world.replica(3);
    replica.put(&key("leader"), "agent-3").unwrap();
    world.agent_with(replica, ReplicaHandler::pushes).await;
    world.pass(100).await;
    assert_eq!(one.replica.value(&key("leader")), Some(value!("agent-3")));
}

#[tokio::test(start_paused = true)]
async fn a_synchronizer_that_begins_again_is_followed_by_nobody() {
    let mut world = World::new(ConflictResolver::crdt()).await;
    let (one, other) = (world.agent(1).await, world.agent(2).await);
    one.replica.contribute(&key("count"), 1).unwrap();
    world.pass(1_000).await;
    let memory = world.memory.clone();
    world.restart(ConflictResolver::crdt(), memory).await;
    one.replica.contribute(&key("count"), 2).unwrap();
    world.pass(100).await;
    assert_eq!(other.replica.value(&key("count")), Some(value!(2)));
    // What is written while there is none is not lost.
    world.synchronizer.shutdown().await;
    one.replica.contribute(&key("count"), 3).unwrap();
    world.pass(300_000).await;
    let memory = world.memory.clone();
    world.restart(ConflictResolver::crdt(), memory).await;
    world.pass(100).await;
    assert_eq!(other.replica.value(&key("count")), Some(value!(3)));
    assert_eq!(world.held().await, holds(&one.replica));
}

#[tokio::test(start_paused = true)]
async fn a_memory_that_begins_anew_takes_down_what_the_agents_hold() {
    let mut world = World::new(ConflictResolver::crdt()).await;
    let (one, other) = (world.agent(1).await, world.agent(2).await);
    for agent in [&one, &other] {
        agent.replica.contribute(&key("count"), 5).unwrap();
    }
    one.replica.put(&key("leader"), "agent-1").unwrap();
    one.replica.put(&key("gone"), 1).unwrap();
    world.pass(1_000).await;
    world.synchronizer.clear_state(&key("gone")).await.unwrap();
    world.pass(1_000).await;
    let held = world.held().await;
    assert_eq!(held.len(), 2);
    world.restart(ConflictResolver::crdt(), Arc::new(MemoryStore::new().unwrap())).await;
    world.pass(1_000).await;
    assert_eq!(world.held().await, held);
    assert_eq!((holds(&one.replica), holds(&other.replica)), (held.clone(), held));
    // And it goes on.
    other.replica.contribute(&key("count"), 6).unwrap();
    world.pass(1_000).await;
    assert_eq!(one.replica.value(&key("count")), Some(value!(11)));
}

/// And an agent that was not greeted learns of it by the answer to what it writes.
#[tokio::test(start_paused = true)]
async fn a_write_that_is_based_on_a_memory_that_is_gone_is_refused_for_ever() {
    for set in [all, ReplicaHandler::pushes] {
        let mut world = World::new(ConflictResolver::crdt()).await;
        let one = world.agent_with(world.replica(1), set).await;
        for number in 1..=5 {
            one.replica.contribute(&key("count"), number).unwrap();
            one.replica.put(&key("leader"), number).unwrap();
            world.pass(100).await;
        }
        world.network.greets(false);
        world.restart(ConflictResolver::crdt(), Arc::new(MemoryStore::new().unwrap())).await;
        one.replica.contribute(&key("count"), 6).unwrap();
        world.pass(100).await;
        assert_eq!(world.held().await, holds(&one.replica), "both, also what it did not write again");
        assert_eq!(one.replica.value(&key("count")), Some(value!(6)));
        assert_eq!(world.held().await.len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_of_some_keys_says_of_others_that_they_are_gone() {
    let world = World::new(ConflictResolver::lww()).await;
    let tasks = |half: ReplicaHandler| half.follows(KeyRange::prefix(&key("task/")));
    let (one, mut some) = (world.agent(1).await, world.agent_with(world.replica(2), tasks).await);
    for name in ["task/1", "task/2", "leader"] {
        one.replica.put(&key(name), 1).unwrap();
    }
    world.pass(100).await;
    // A round tells it of a key that it does not follow.
    world.synchronizer.synchronize_state(&key("leader")).await.unwrap();
    world.pass(100).await;
    some.leave().await;
    world.synchronizer.clear_state(&key("task/1")).await.unwrap();
    world.memory.compact(world.network.swarm_id(), Version::MAX).await.unwrap();
    let some = world.agent_with(some.replica.clone(), tasks).await;
    world.pass(100).await;
    assert_eq!(some.replica.keys(), [key("leader"), key("task/2")]);
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_was_not_greeted_is_forgotten() {
    let mut world = World::new(ConflictResolver::lww()).await;
    let (one, other) = (world.agent(1).await, world.agent(2).await);
    world.pass(1_000).await;
    // The greeting reaches nobody.
    world.network.greets(false);
    let memory = world.memory.clone();
    world.restart(ConflictResolver::lww(), memory).await;
    world.pass(1_000).await;
    // With what one writes, the synchronizer hears that it follows, and asks it where it stands.
    one.replica.put(&key("leader"), "agent-1").unwrap();
    world.pass(100).await;
    world.synchronizer.clear_state(&key("leader")).await.unwrap();
    world.pass(100).await;
    assert_eq!(one.replica.value(&key("leader")), None);
    assert_eq!(world.network.sent(&agent(1), &message_kinds::BEGUN), 0);
    // The other is found as soon as it writes as well or renews, or a synchronizer begins.
    world.network.greets(true);
    let memory = world.memory.clone();
    world.restart(ConflictResolver::lww(), memory).await;
    one.replica.put(&key("leader"), "again").unwrap();
    world.pass(100).await;
    assert_eq!(other.replica.value(&key("leader")), Some(value!("again")));
}

/// It writes nothing, the greeting is lost, and so are its first words after that.
#[tokio::test(start_paused = true)]
async fn a_follower_that_writes_nothing_never_finds_out_that_its_synchronizer_began_anew() {
    for is_new in [false, true] {
        let mut world = World::new(ConflictResolver::crdt()).await;
        let set = |half: ReplicaHandler| half.follows(KeyRange::ALL).renews_after(std::time::Duration::from_secs(20));
        let quiet = world.agent_with(world.replica(1), set).await;
        let other = world.agent(2).await;
        other.replica.contribute(&key("count"), 1).unwrap();
        world.pass(1_000).await;
        world.network.greets(false);
        let mut is_said = 0;
        world.network.fate(move |_, envelope| {
            let is_its = *envelope.sender() == agent(1);
            is_said += usize::from(is_its);
            if is_its && is_said < 3 { Fate::IsLost } else { Fate::Arrives }
        });
        let memory = if is_new { Arc::new(MemoryStore::new().unwrap()) } else { world.memory.clone() };
        world.restart(ConflictResolver::crdt(), memory).await;
        other.replica.contribute(&key("count"), 2).unwrap();
        world.pass(1_000).await;
        assert_eq!(quiet.replica.value(&key("count")), Some(value!(1)), "nobody tells it");
        // A quarter more than twenty seconds, and two that were lost.
        world.pass(25_000 + 1_000 + 2_000).await;
        assert_eq!(quiet.replica.value(&key("count")), Some(value!(2)));
        other.replica.contribute(&key("count"), 3).unwrap();
        world.pass(10).await;
        assert_eq!(quiet.replica.value(&key("count")), Some(value!(3)), "it is followed from then on");
    }
}

#[tokio::test(start_paused = true)]
async fn a_follower_that_writes_nothing_clings_to_a_synchronizer_that_is_gone() {
    let world = World::new(ConflictResolver::lww()).await;
    let by = |half: ReplicaHandler| half.follows(KeyRange::ALL).told_by([agent_id!("first"), agent_id!("second")]);
    let first = world.another("first", ConflictResolver::lww()).await;
    let quiet = world.agent_with(world.replica(1), by).await;
    world.pass(100).await;
    // The second begins, and nobody hears of it; the first ends.
    world.network.greets(false);
    let second = world.another("second", ConflictResolver::lww()).await;
    first.shutdown().await;
    world.pass(80_000).await;
    let writer = world.agent(2).await;
    writer.replica.put(&key("leader"), 1).unwrap();
    world.pass(100).await;
    second.clear_state(&key("other")).await.unwrap();
    world.pass(100).await;
    assert_eq!(quiet.replica.value(&key("leader")), Some(value!(1)));
}

/// What another synchronizer stored on the same memory, a follower hears when it says again where it stands.
#[tokio::test(start_paused = true)]
async fn what_is_stored_beside_a_synchronizer_is_never_told_to_its_followers() {
    let world = World::new(ConflictResolver::lww()).await;
    let quiet = world.agent(1).await;
    let by = |half: ReplicaHandler| all(half).told_by([agent_id!("beside")]);
    let beside = world.another("beside", ConflictResolver::lww()).await;
    let writer = world.agent_with(world.replica(2), by).await;
    world.pass(100).await;
    writer.replica.put(&key("leader"), 1).unwrap();
    world.pass(100).await;
    assert_eq!((world.held().await.len(), quiet.replica.keys().len()), (1, 0));
    world.pass(76_000).await;
    assert_eq!(quiet.replica.value(&key("leader")), Some(value!(1)));
    drop(beside);
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_comes_before_its_synchronizer_waits_for_ever() {
    let mut world = World::new(ConflictResolver::lww()).await;
    world.synchronizer.shutdown().await;
    let (one, other) = (world.agent(1).await, world.agent(2).await);
    one.replica.put(&key("leader"), "agent-1").unwrap();
    world.pass(3_600_000).await;
    let memory = world.memory.clone();
    world.restart(ConflictResolver::lww(), memory).await;
    // It does not wait until they try again.
    world.pass(20).await;
    assert_eq!(other.replica.value(&key("leader")), Some(value!("agent-1")));
}

#[tokio::test(start_paused = true)]
async fn one_of_two_synchronizers_ends_and_takes_its_followers_with_it() {
    let world = World::new(ConflictResolver::lww()).await;
    let by = |half: ReplicaHandler| all(half).told_by([agent_id!("second"), agent_id!("state-synchronizer")]);
    let one = world.agent_with(world.replica(1), by).await;
    let other = world.agent_with(world.replica(2), by).await;
    world.pass(100).await;
    let second = world.another("second", ConflictResolver::lww()).await;
    world.pass(100).await;
    one.replica.put(&key("leader"), 1).unwrap();
    world.pass(100).await;
    assert_eq!(other.replica.value(&key("leader")), Some(value!(1)));
    // What they write goes to the second; it ends, and they find the first.
    second.shutdown().await;
    one.replica.put(&key("leader"), 2).unwrap();
    world.pass(2_000).await;
    assert_eq!(world.held().await[&key("leader")], value!(2));
    other.replica.put(&key("leader"), 3).unwrap();
    world.pass(2_000).await;
    assert_eq!(one.replica.value(&key("leader")), Some(value!(3)));
}
