//! What a synchronizer cleared does not come back from a peer that has not heard of it.

use moai_core::{KeyRange, StateKey, Timestamp, Version, agent_id, value};
use moai_sync::{Replica, StateChange, StateVersion};

use crate::world::{World, key};

fn version(number: u64) -> Version {
    Version::new(number).unwrap()
}

/// What the swarm tells: this state, stored in this version, under a key that was cleared before in that version.
fn stored(name: &StateKey, text: &str, in_version: u64, cleared: u64) -> StateChange {
    let (time, agent) = (Timestamp::UNIX_EPOCH, agent_id!("somebody"));
    let state = StateVersion::new(name.clone(), value!(text), version(in_version), time, agent);
    StateChange::Put(Box::new(state.based_on(version(cleared))))
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
    let mut world = World::new(2);
    world.replica(1).apply([stored(&key("task"), "old", 3, 0)]);
    world.replica(0).apply([cleared(&key("task"), 4)]);
    world.exchange(0, 1);
    assert_eq!(world.replica(0).value(&key("task")), None);
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
fn what_came_from_a_peer_is_not_told_to_the_swarm() {
    let mut world = World::new(2);
    world.replica(0).contribute(&key("count"), 42).unwrap();
    world.exchange(0, 1);
    // The swarm tells something else: what came from the peer counts as the agent's own, and is merged with it.
    let swarm = Replica::new(agent_id!("agent-9")).with_clock(world.clock.clone());
    swarm.contribute(&key("count"), 8).unwrap();
    let mut told = swarm.get(&key("count")).unwrap();
    told.version = version(5);
    world.replica(1).apply([StateChange::Put(Box::new(told))]);
    assert_eq!(world.replica(1).value(&key("count")), Some(value!(50)));
    world.exchange(1, 0);
    assert_eq!(world.replica(0).value(&key("count")), Some(value!(50)));
    world.assert_same();
}
