//! What a synchronizer cleared does not come back from a peer that has not heard of it.

use moai_core::{
    CorrelationId, Envelope, Epoch, Handled, Handler, KeyRange, StateKey, Timestamp, Version, agent_id, swarm_id, value,
};
use moai_sync::{Replica, ReplicaHandler, SharedState, StateChange, StateRequest, StateVersion, message_kinds};

use crate::world::{World, key};

fn version(number: u64) -> Version {
    Version::new(number).unwrap()
}

/// What the swarm tells: this state, stored in this version, under a key that was cleared before in that version.
fn stored(name: &StateKey, text: &str, in_version: u64, cleared: u64) -> StateChange {
    let (time, agent) = (Timestamp::UNIX_EPOCH, agent_id!("somebody"));
    let state = StateVersion::new(name.clone(), value!(text), version(in_version), time, agent);
    StateChange::Put(SharedState::from(state.based_on(version(cleared))))
}

fn cleared(name: &StateKey, in_version: u64) -> StateChange {
    StateChange::Cleared { state_key: name.clone(), version: version(in_version) }
}

/// Two that were told the same.
fn two() -> World {
    let mut world = World::new(2);
    for number in 0..2 {
        world.replica(number).apply([stored(&key("task"), "old", 3, 0)]);
    }
    world.assert_same();
    world
}

#[test]
fn a_peer_that_has_not_heard_brings_back_what_was_cleared() {
    for everything in [false, true] {
        let mut world = two();
        let all = StateChange::RangeCleared { range: KeyRange::ALL, version: version(4) };
        world.replica(0).apply([if everything { all } else { cleared(&key("task"), 4) }]);
        // It even writes on.
        world.replica(1).put(&key("task"), "older").unwrap();
        for (asker, answerer) in [(0, 1), (1, 0)] {
            world.exchange(asker, answerer);
            assert_eq!(world.replica(0).value(&key("task")), None);
        }
        assert_eq!(world.halves[0].counts().refused, 2);
        assert_eq!(world.replica(1).value(&key("task")), Some(value!("older")), "a peer clears nothing");
        // It hears of it, and both hold the same.
        world.replica(1).apply([cleared(&key("task"), 4)]);
        world.assert_same();
    }
}

#[test]
fn a_key_that_it_never_held_comes_back() {
    let range = KeyRange::prefix(&key("ta"));
    for change in [cleared(&key("task"), 4), StateChange::RangeCleared { range, version: version(4) }] {
        let mut world = World::new(2);
        world.replica(1).apply([stored(&key("task"), "old", 3, 0)]);
        world.replica(0).apply([change]);
        world.exchange(0, 1);
        assert_eq!(world.replica(0).value(&key("task")), None);
    }
}

#[test]
fn what_was_written_after_the_clearing_is_refused_or_mixed_with_what_was_cleared() {
    let mut world = two();
    // One has heard that it was cleared and written again, and writes on top of that.
    world.replica(0).apply([stored(&key("task"), "new", 5, 4)]);
    world.replica(0).put(&key("task"), "newer").unwrap();
    world.exchange(1, 0);
    assert_eq!(world.replica(0).value(&key("task")), Some(value!("newer")));
    assert_eq!(world.halves[0].counts().refused, 1, "what is from before the clearing");
    // The other believes that nothing cleared is in it: written on, it is taken back.
    assert_eq!(world.replica(1).value(&key("task")), Some(value!("newer")));
    world.replica(1).put(&key("task"), "newest").unwrap();
    world.exchange(0, 1);
    assert_eq!(world.replica(0).value(&key("task")), Some(value!("newest")));
    world.assert_same();
    // And when it hears of the clearing itself, that takes nothing away.
    world.replica(1).apply([cleared(&key("task"), 4)]);
    assert_eq!(world.replica(1).value(&key("task")), Some(value!("newest")));
    assert!(world.replica(1).get(&key("task")).unwrap().based_on >= version(4), "and the swarm will take it");
}

#[test]
fn a_peer_says_what_it_likes_of_versions_that_nobody_has_heard_of() {
    let mut world = World::new(2);
    world.replica(0).apply([stored(&key("other"), "x", 9, 0)]);
    world.replica(0).apply([stored(&key("task"), "a", 8, 0)]);
    world.exchange(0, 1);
    // The swarm would refuse what is based on a version that it does not have: that stands beside the state.
    assert_eq!(world.replica(1).get(&key("task")).unwrap().based_on, Version::ZERO);
    // Clearings later than what the peer had seen take it away.
    world.replica(1).apply([cleared(&key("task"), 9)]);
    assert_eq!(world.replica(1).value(&key("task")), None);
}

#[test]
fn a_write_that_began_with_nothing_is_taken_for_what_was_cleared_before_it() {
    let mut world = World::new(2);
    for number in 0..2 {
        world.replica(number).apply([StateChange::RangeCleared { range: KeyRange::ALL, version: version(7) }]);
    }
    world.replica(1).put(&key("task"), "fresh").unwrap();
    world.exchange(0, 1);
    assert_eq!(world.replica(0).value(&key("task")), Some(value!("fresh")));
    world.assert_same();
    // Now it is given: what is cleared later goes.
    world.replica(1).apply([cleared(&key("task"), 8)]);
    world.replica(0).apply([cleared(&key("task"), 8)]);
    assert_eq!((world.replica(0).value(&key("task")), world.replica(1).value(&key("task"))), (None, None));
    world.exchange(0, 1);
    world.assert_same();
}

#[test]
fn what_a_peer_held_is_taken_for_new_where_it_was_merged_with_what_is() {
    let mut world = World::new(2);
    world.replica(0).add(&key("set"), "here").unwrap();
    world.replica(1).add(&key("set"), "there").unwrap();
    world.begin(1, 0);
    // The first one takes in a state, and is never asked for its own.
    while world.halves[0].counts().taken == 0 {
        let is_want = world.under_way.front().unwrap().envelope.payload().starts_with(&[1, 6]);
        match is_want {
            true => drop(world.under_way.pop_front()),
            false => world.deliver(0),
        }
    }
    assert_eq!(
        (world.halves[0].counts().given, world.replica(0).value(&key("set"))),
        (0, Some(value!(["here", "there"])))
    );
    world.replica(0).apply([cleared(&key("set"), 4)]);
    assert_eq!(world.replica(0).value(&key("set")), None);
}

#[test]
fn what_is_made_of_two_states_has_seen_more_than_one_of_them() {
    // Both write with nothing there, and are given to nobody before: up to what each has heard of nothing cleared is in
    // it.
    let mut world = World::new(2);
    for (number, seen) in [(0, 8), (1, 3)] {
        world.replica(number).apply([stored(&key("other"), "x", seen, 0)]);
        world.replica(number).add(&key("set"), i64::try_from(seen).unwrap()).unwrap();
    }
    world.exchange(0, 1);
    for number in 0..2 {
        let state = world.replica(number).get(&key("set")).unwrap();
        assert_eq!((state.value, state.based_on), (value!([3, 8]), version(3)));
    }
}

#[test]
fn what_came_from_a_peer_is_not_told_to_the_swarm() {
    let mut world = World::new(2);
    world.replica(0).contribute(&key("count"), 42).unwrap();
    world.exchange(0, 1);
    // The swarm tells something else: what came from the peer counts as the agent's own, and is merged with it.
    let swarm = Replica::new(agent_id!("agent-9")).with_clock(world.clock.clone());
    swarm.contribute(&key("count"), 8).unwrap();
    let mut told = swarm.get(&key("count")).unwrap();
    told.version = version(5);
    world.replica(1).apply([StateChange::Put(SharedState::from(told))]);
    assert_eq!(world.replica(1).value(&key("count")), Some(value!(50)));
    world.exchange(1, 0);
    assert_eq!(world.replica(0).value(&key("count")), Some(value!(50)));
    world.assert_same();
}

#[test]
fn a_peers_claim_outlives_what_the_swarm_told_since() {
    let mut world = World::new(2);
    world.replica(0).apply([stored(&key("other"), "x", 9, 0)]);
    world.replica(0).add(&key("set"), "a").unwrap();
    world.exchange(0, 1);
    // Up to 9 nothing cleared is in it, says the peer. What the swarm held in 7 is not of that.
    let swarm = Replica::new(agent_id!("agent-9")).with_clock(world.clock.clone());
    swarm.add(&key("set"), "b").unwrap();
    let mut told = swarm.get(&key("set")).unwrap();
    told.version = version(7);
    world.replica(1).apply([StateChange::Put(SharedState::from(told))]);
    assert_eq!(world.replica(1).value(&key("set")), Some(value!(["a", "b"])));
    world.replica(1).apply([cleared(&key("set"), 8)]);
    assert_eq!(world.replica(1).value(&key("set")), None);
}

#[test]
fn what_a_peer_kept_of_a_former_life_counts_as_written_in_this_one() {
    let mut world = World::new(2);
    let former = Replica::new(world.replica(1).agent().clone()).with_clock(world.clock.clone());
    former.contribute(&key("count"), 5).unwrap();
    world.replica(0).apply([StateChange::Put(SharedState::from(former.get(&key("count")).unwrap()))]);
    world.exchange(1, 0);
    assert_eq!(world.replica(1).value(&key("count")), Some(value!(5)));
    // The swarm has what it contributed later in that life.
    former.contribute(&key("count"), 9).unwrap();
    let mut told = former.get(&key("count")).unwrap();
    told.version = version(6);
    world.replica(1).apply([StateChange::Put(SharedState::from(told))]);
    assert_eq!(world.replica(1).value(&key("count")), Some(value!(9)));
}

#[test]
fn what_was_cleared_in_another_life_of_the_memory_holds_for_ever() {
    let mut world = World::new(2);
    let mut half = ReplicaHandler::new(swarm_id!("swarm-001"), world.replica(0).clone());
    let mut tell = |epoch| {
        let request = StateRequest::new(Epoch::from_bytes([epoch; 8]), Vec::new()).to_bytes();
        let (about, from) = (CorrelationId::from_bytes([1; 16]), agent_id!("state-synchronizer"));
        let envelope = Envelope::new(swarm_id!("swarm-001"), from, message_kinds::REQUEST, about, request);
        assert!(matches!(half.handle(&envelope), Handled::Done(_)));
    };
    tell(1);
    world.replica(0).apply([cleared(&key("task"), 4)]);
    world.replica(1).put(&key("task"), "new").unwrap();
    world.exchange(0, 1);
    assert_eq!(world.replica(0).value(&key("task")), None);
    tell(2);
    world.exchange(0, 1);
    assert_eq!(world.replica(0).value(&key("task")), Some(value!("new")));
    world.assert_same();
}
