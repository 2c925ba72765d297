//! One writes, and the other has it.

use moai_core::{KeyRange, value};
use moai_sync::{ConflictResolver, message_kinds};

use crate::rest::only_renewals;
use crate::world::{World, agent, holds, key, told};

#[tokio::test(start_paused = true)]
async fn nobody_hears_of_a_write_until_somebody_asks() {
    let world = World::new(ConflictResolver::lww()).await;
    let (one, other) = (world.agent(1).await, world.agent(2).await);
    world.pass(1_000).await;
    one.replica.put(&key("leader"), "agent-1").unwrap();
    // One window, and what the machine needs.
    world.pass(6).await;
    assert_eq!(other.replica.value(&key("leader")), Some(value!("agent-1")));
    assert_eq!(world.held().await, holds(&other.replica));
    // What is cleared goes as well.
    world.synchronizer.clear_state(&key("leader")).await.unwrap();
    world.pass(6).await;
    assert!(one.replica.keys().is_empty() && other.replica.keys().is_empty());
    // The other writes it after it has heard of that, and it is there again.
    other.replica.put(&key("leader"), "agent-2").unwrap();
    world.pass(6).await;
    assert_eq!(one.replica.value(&key("leader")), Some(value!("agent-2")));
    assert_eq!(world.last().await, 3, "nothing is stored twice");
}

#[tokio::test(start_paused = true)]
async fn a_swarm_in_which_nothing_happens_says_more_than_that_it_stands() {
    let world = World::new(ConflictResolver::crdt()).await;
    let agents = [world.agent(1).await, world.agent(2).await, world.agent(3).await];
    for agent in &agents {
        agent.replica.contribute(&key("count"), 1).unwrap();
    }
    world.pass(10_000).await;
    let last = world.last().await;
    only_renewals(&world, 24 * 60, 1..=3).await;
    assert_eq!(world.last().await, last);
    for agent in &agents {
        assert_eq!(agent.replica.value(&key("count")), Some(value!(3)));
    }
}

#[tokio::test(start_paused = true)]
async fn each_of_many_commits_goes_out_alone() {
    let world = World::new(ConflictResolver::lww()).await;
    let follower = world.agent(1).await;
    world.pass(1_000).await;
    let before = told(&world.network, 1);
    for number in 0..50 {
        world.synchronizer.clear_state(&key(&format!("key-{number}"))).await.unwrap();
    }
    world.pass(6).await;
    assert_eq!((told(&world.network, 1) - before, follower.replica.seen().get()), (1, 50));
    // What is written while a push is under way goes with the next.
    for number in 0..50 {
        follower.replica.put(&key(&format!("key-{number}")), number).unwrap();
        tokio::task::yield_now().await;
    }
    world.pass(20).await;
    let pushes = world.network.sent(&moai_core::agent_id!("state-synchronizer"), &message_kinds::WRITTEN);
    assert!(pushes <= 2, "{pushes}");
    assert_eq!(world.held().await.len(), 50);
}

#[tokio::test(start_paused = true)]
async fn who_follows_some_keys_is_told_of_others() {
    let world = World::new(ConflictResolver::lww()).await;
    let tasks = |half: moai_sync::ReplicaHandler| half.follows(KeyRange::prefix(&key("task/")));
    let mut some = world.agent_with(world.replica(1), tasks).await;
    let all = world.agent(2).await;
    some.replica.put(&key("own"), 1).unwrap();
    for number in 0..9 {
        all.replica.put(&key(&format!("task/{number}")), number).unwrap();
        all.replica.put(&key(&format!("other/{number}")), number).unwrap();
    }
    world.pass(50).await;
    assert_eq!(some.replica.keys().len(), 10, "the tasks, and what it wrote itself");
    let before = told(&world.network, 1);
    all.replica.put(&key("other/1"), 10).unwrap();
    world.pass(50).await;
    assert_eq!(told(&world.network, 1), before, "that is none of its business");
    all.replica.put(&key("task/1"), 10).unwrap();
    world.pass(50).await;
    assert_eq!(some.replica.value(&key("task/1")), Some(value!(10)));
    assert_eq!(told(&world.network, 1), before + 1, "nothing was missed in between");
    // A new one begins with a page, and drops nothing of its own.
    some.leave().await;
    let again = world.replica(1);
    again.put(&key("own"), 2).unwrap();
    let again = world.agent_with(again, tasks).await;
    world.pass(50).await;
    assert_eq!(again.replica.keys().len(), 10);
    assert_eq!(world.network.sent(&agent(1), &message_kinds::UPDATE), 0);
}
