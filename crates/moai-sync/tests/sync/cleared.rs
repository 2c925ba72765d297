//! What was cleared stays cleared, and what is written after that is there again.

use moai_core::{Coordinator, Handled, Handler, Role, Version, swarm_id, value};
use moai_sync::{ConflictResolver, ReplicaHandler, StateChange};

use crate::world::{World, agent, key};

#[tokio::test(start_paused = true)]
async fn an_agent_that_still_holds_it_brings_back_what_was_cleared() {
    for resolver in [ConflictResolver::lww(), ConflictResolver::vector(), ConflictResolver::crdt()] {
        let world = World::new(resolver).await;
        let (one, other) = (world.agent(1).await, world.agent(2).await);
        one.replica.add(&key("tasks"), "old").unwrap();
        world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
        world.settle().await;
        let version = world.synchronizer.clear_state(&key("tasks")).await.unwrap();
        // It writes on without knowing of it.
        one.replica.add(&key("tasks"), "older").unwrap();
        let report = world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
        assert_eq!((report.changed, report.state), (false, None));
        assert_eq!(report.informed, [], "the question has told them");
        world.settle().await;
        assert_eq!((one.replica.value(&key("tasks")), other.replica.value(&key("tasks"))), (None, None));
        // What it writes from now on has seen it, and begins empty.
        one.replica.add(&key("tasks"), "new").unwrap();
        assert!(one.replica.get(&key("tasks")).unwrap().based_on >= version);
        let report = world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
        assert_eq!(report.state.as_ref().unwrap().value, value!(["new"]));
        assert!(report.version().unwrap() > version);
    }
}

#[tokio::test(start_paused = true)]
async fn clearing_everything_forgets_a_key_or_takes_a_write_that_knew_nothing_of_it() {
    let world = World::new(ConflictResolver::crdt()).await;
    let one = world.agent(1).await;
    for number in 0..10 {
        one.replica.contribute(&key(&format!("key-{number}")), number).unwrap();
        world.synchronizer.synchronize_state(&key(&format!("key-{number}"))).await.unwrap();
    }
    world.settle().await;
    let before = world.synchronizer.get_state_version(&key("key-9")).await.unwrap().unwrap();
    let version = world.synchronizer.clear_all().await.unwrap();
    assert_eq!(version.get(), before.get() + 1, "one entry, however many keys there are");
    // Written by somebody who never held it: nothing that was cleared is in it.
    let newcomer = world.agent(2).await;
    newcomer.replica.contribute(&key("key-3"), 7).unwrap();
    let keys: Vec<_> = (0..10).map(|number| key(&format!("key-{number}"))).collect();
    for _ in 0..2 {
        world.synchronizer.synchronize_many(&keys, std::time::Duration::from_secs(1)).await.unwrap();
        world.settle().await;
    }
    assert_eq!(one.replica.keys(), [key("key-3")]);
    assert_eq!(one.replica.value(&key("key-3")), Some(value!(7)));
    let delta = world.synchronizer.delta_sync(before).await.unwrap();
    assert!(matches!(delta.changes.first(), Some(StateChange::RangeCleared { .. })));
    // A replica that takes in the delta ends with the same.
    let third = world.agent(3).await;
    third.replica.apply(world.synchronizer.delta_sync(Version::ZERO).await.unwrap().changes);
    assert_eq!(third.replica.keys(), [key("key-3")]);
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_comes_back_after_a_key_was_written_again_brings_back_what_was_cleared_before() {
    for resolver in [ConflictResolver::lww(), ConflictResolver::vector(), ConflictResolver::crdt()] {
        let world = World::new(resolver).await;
        let (one, other) = (world.agent(1).await, world.agent(2).await);
        one.replica.add(&key("tasks"), "old").unwrap();
        world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
        world.settle().await;
        world.swarm.leave(&agent(2)).await.unwrap();
        world.synchronizer.clear_state(&key("tasks")).await.unwrap();
        world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
        world.settle().await;
        one.replica.add(&key("tasks"), "new").unwrap();
        world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
        world.settle().await;
        // It has even written on, without knowing of any of it.
        other.replica.add(&key("tasks"), "older").unwrap();
        let back = world.agent_with(other.replica.clone()).await;
        for _ in 0..2 {
            let report = world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
            assert_eq!(report.state.unwrap().value, value!(["new"]));
            world.settle().await;
        }
        assert_eq!(back.replica.value(&key("tasks")), Some(value!(["new"])));
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_merged_with_what_the_swarm_held_is_taken_for_new_when_that_is_cleared() {
    let world = World::new(ConflictResolver::crdt()).await;
    let (one, other) = (world.agent(1).await, world.agent(2).await);
    one.replica.add(&key("tasks"), "a").unwrap();
    other.replica.add(&key("tasks"), "b").unwrap();
    world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
    // Before it reads the update.
    one.replica.add(&key("tasks"), "c").unwrap();
    world.settle().await;
    world.synchronizer.clear_state(&key("tasks")).await.unwrap();
    for _ in 0..2 {
        assert_eq!(world.synchronizer.synchronize_state(&key("tasks")).await.unwrap().state, None);
        world.settle().await;
    }
    assert_eq!((one.replica.value(&key("tasks")), other.replica.value(&key("tasks"))), (None, None));
}

#[tokio::test(start_paused = true)]
async fn an_update_that_was_lost_makes_what_was_cleared_look_new() {
    let world = World::new(ConflictResolver::crdt()).await;
    // It answers, and hears of nothing that the swarm makes of it.
    let replica = moai_sync::Replica::new(agent(1)).with_clock(world.clock.clone());
    replica.add(&key("tasks"), "a").unwrap();
    let mut mailbox = world.swarm.join(agent(1), Role::Member).await.unwrap();
    let mut half = ReplicaHandler::new(swarm_id!("swarm-001"), replica.clone());
    let answers_once = async {
        let Handled::Done(answers) = half.handle(&mailbox.recv().await.unwrap()) else { panic!("no answer") };
        for answer in answers {
            world.swarm.send(&answer.to, answer.envelope).await.unwrap();
        }
    };
    let tasks = key("tasks");
    let (report, ()) = tokio::join!(world.synchronizer.synchronize_state(&tasks), answers_once);
    assert!(report.unwrap().changed);
    world.synchronizer.clear_state(&key("tasks")).await.unwrap();
    // It writes on, on top of what the swarm had and has no more.
    replica.add(&key("tasks"), "b").unwrap();
    world.swarm.leave(&agent(1)).await.unwrap();
    let back = world.agent_with(replica).await;
    for _ in 0..2 {
        assert_eq!(world.synchronizer.synchronize_state(&key("tasks")).await.unwrap().state, None);
        world.settle().await;
    }
    assert_eq!(back.replica.value(&key("tasks")), None);
    // What begins with nothing is there at the first round.
    back.replica.add(&key("tasks"), "c").unwrap();
    let newcomer = world.agent(2).await;
    newcomer.replica.add(&key("tasks"), "d").unwrap();
    let report = world.synchronizer.synchronize_state(&key("tasks")).await.unwrap();
    assert_eq!(report.state.unwrap().value, value!(["c", "d"]));
}
