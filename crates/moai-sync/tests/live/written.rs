//! What agents write goes the way of a round.

use std::sync::Arc;

use moai_core::{KeyRange, StateKey, agent_id, value};
use moai_store::{Fault, Faults, FaultyStore, MemoryStore};
use moai_sync::{
    ConflictResolver, ReplicaHandler, ResolveError, Resolved, StateSynchronizer, StateVersion, Strategy, Way,
    message_kinds,
};

use crate::rest::only_renewals;
use crate::world::{Fate, Network, Ticking, World, agent, holds, key, options};

/// The smallest value.
struct Smallest;

impl Strategy for Smallest {
    fn resolve(&self, key: &StateKey, versions: &[StateVersion]) -> Result<Resolved, ResolveError> {
        let smallest = versions.iter().min_by_key(|state| (state.value.clone(), state.timestamp, &state.agent_id));
        let smallest = smallest.ok_or_else(|| ResolveError::Empty { state_key: key.clone() })?;
        Ok(Resolved::new(smallest.clone(), Way::Own("smallest")))
    }
}

#[tokio::test(start_paused = true)]
async fn agents_that_do_not_merge_as_the_swarm_does_push_for_ever() {
    for resolver in
        [ConflictResolver::lww(), ConflictResolver::vector(), ConflictResolver::new(Smallest), ConflictResolver::crdt()]
    {
        let world = World::new(resolver).await;
        let agents = [world.agent(1).await, world.agent(2).await, world.agent(3).await];
        for round in 0..5 {
            for (number, agent) in (0..).zip(&agents) {
                agent.replica.contribute(&key("count"), 10 * round + number).unwrap();
                agent.replica.put(&key("price"), 100 - round + number).unwrap();
                agent.replica.add(&key("tasks"), round).unwrap();
                world.pass(3).await;
            }
        }
        world.pass(10_000).await;
        let held = world.held().await;
        for agent in &agents {
            assert_eq!(holds(&agent.replica), held);
        }
        only_renewals(&world, 10, 1..=3).await;
        let keys = [key("count"), key("price"), key("tasks")];
        let reports = world.synchronizer.synchronize_many(&keys, options_time());
        assert!(reports.await.unwrap().0.iter().all(|report| !report.changed), "a round finds nothing new");
    }
}

fn options_time() -> std::time::Duration {
    std::time::Duration::from_secs(1)
}

/// What one agent pushes alone is settled as a round with its answer alone would be.
#[tokio::test(start_paused = true)]
async fn a_push_is_settled_otherwise_than_a_round() {
    for make in [ConflictResolver::lww, ConflictResolver::vector, ConflictResolver::crdt] {
        let mut outcomes = Vec::new();
        for pushes in [true, false] {
            let world = World::new(make()).await;
            let set = move |half: ReplicaHandler| if pushes { half.pushes() } else { half };
            let one = world.agent_with(world.replica(1), set).await;
            let keys = [key("count"), key("leader"), key("tasks"), key("config")];
            for round in 0..4_i64 {
                one.replica.contribute(&keys[0], round).unwrap();
                one.replica.put(&keys[1], round).unwrap();
                one.replica.add(&keys[2], round).unwrap();
                one.replica.set_field(&keys[3], "field", round).unwrap();
                if round == 2 {
                    world.synchronizer.clear_state(&keys[2]).await.unwrap();
                }
                if !pushes {
                    world.synchronizer.synchronize_many(&keys, options_time()).await.unwrap();
                }
                world.pass(100).await;
            }
            outcomes.push((world.held().await, holds(&one.replica), world.last().await));
        }
        assert_eq!(outcomes[0], outcomes[1]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_written_while_a_push_is_under_way_is_taken_for_pushed() {
    let world = World::new(ConflictResolver::crdt()).await;
    let (one, other) = (world.agent(1).await, world.agent(2).await);
    world.pass(100).await;
    one.replica.contribute(&key("count"), 1).unwrap();
    one.replica.put(&key("leader"), "first").unwrap();
    // Within the window: it has left, and is not answered.
    world.pass(2).await;
    one.replica.contribute(&key("count"), 2).unwrap();
    one.replica.put(&key("leader"), "second").unwrap();
    world.pass(20).await;
    let held = world.held().await;
    assert_eq!((&held[&key("count")], &held[&key("leader")]), (&value!(2), &value!("second")));
    assert_eq!((holds(&one.replica), holds(&other.replica)), (held.clone(), held));
}

#[tokio::test(start_paused = true)]
async fn a_memory_that_fails_loses_what_was_pushed_or_stops_the_feed() {
    let (clock, network) = (Arc::new(Ticking::default()), Network::new(moai_core::Limits::default()));
    let (memory, faults) = (Arc::new(MemoryStore::new().unwrap()), Faults::new());
    let faulty = Arc::new(FaultyStore::new(memory.clone(), faults.clone()));
    let resolver = ConflictResolver::lww();
    let synchronizer = StateSynchronizer::with(network.clone(), faulty, resolver, options(&clock)).await.unwrap();
    let world = World { network, memory, synchronizer, clock };
    let (one, other) = (world.agent(1).await, world.agent(2).await);
    world.pass(100).await;
    faults.next_write(Fault::Before);
    one.replica.put(&key("leader"), 1).unwrap();
    world.pass(100).await;
    assert_eq!((world.held().await.len(), other.replica.value(&key("leader"))), (0, None));
    world.pass(1_000).await;
    assert_eq!(other.replica.value(&key("leader")), Some(value!(1)));
    // It cannot be read for a while.
    one.replica.put(&key("leader"), 2).unwrap();
    faults.spoil();
    world.pass(5_000).await;
    assert_eq!(other.replica.value(&key("leader")), Some(value!(1)));
    faults.mend();
    world.pass(5_000).await;
    assert_eq!(other.replica.value(&key("leader")), Some(value!(2)));
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_only_follows_pushes_and_one_that_only_pushes_follows() {
    let world = World::new(ConflictResolver::lww()).await;
    let follower = world.agent_with(world.replica(1), |half| half.follows(KeyRange::ALL)).await;
    let pusher = world.agent_with(world.replica(2), ReplicaHandler::pushes).await;
    let neither = world.agent_with(world.replica(3), |half| half).await;
    for agent in [&follower, &pusher, &neither] {
        agent.replica.put(&key(agent.replica.agent().as_str()), 1).unwrap();
    }
    world.pass(1_000).await;
    assert_eq!(world.held().await.keys().collect::<Vec<_>>(), [&key("agent-2")]);
    assert_eq!(follower.replica.keys(), [key("agent-1"), key("agent-2")]);
    assert_eq!(pusher.replica.keys(), [key("agent-2")]);
    assert_eq!(neither.replica.keys(), [key("agent-3")]);
    // A round finds the others, and the follower hears of that at once.
    let report = world.synchronizer.synchronize_state(&key("agent-3")).await.unwrap();
    assert!(report.changed);
    world.pass(10).await;
    assert_eq!(follower.replica.value(&key("agent-3")), Some(value!(1)));
    assert_eq!(world.network.sent(&agent(3), &message_kinds::FOLLOWED), 0);
    // Twice: before the first it could not know of which memory its versions are.
    assert_eq!(world.network.sent(&agent_id!("state-synchronizer"), &message_kinds::WRITTEN), 2);
}

#[tokio::test(start_paused = true)]
async fn a_push_that_was_lost_is_lost_with_the_loop_that_sent_it() {
    let world = World::new(ConflictResolver::lww()).await;
    let mut one = world.agent(1).await;
    world.pass(100).await;
    world.network.fate(
        |_, envelope| {
            if *envelope.kind() == message_kinds::WRITTEN { Fate::IsLost } else { Fate::Arrives }
        },
    );
    one.replica.put(&key("leader"), 1).unwrap();
    world.pass(100).await;
    one.leave().await;
    world.network.fate(|_, _| Fate::Arrives);
    let set = |half: ReplicaHandler| half.follows(KeyRange::ALL).pushes();
    let again = world.agent_with(one.replica.clone(), set).await;
    world.pass(100).await;
    assert_eq!(world.held().await, holds(&again.replica));
    assert_eq!(world.held().await.len(), 1);
}
