//! Whatever its kind, a state holds what both sides wrote.

use moai_core::{Limits, Value, Version, swarm_id, value};
use moai_crdt::{Path, ReplicaId, Schema, Stamp};
use moai_sync::{ByPrefix, ConflictResolver, Crdt, CrdtType, Exchange, Lww, Metadata, Replica, Vector};

use crate::world::{World, agent, key};

#[test]
fn a_kind_of_state_does_not_merge_or_takes_two_exchanges() {
    let mut world = World::new(2);
    for (number, element) in [(0, "a"), (1, "b")] {
        let replica = world.replica(number);
        replica.contribute(&key("counter"), 40 + i64::try_from(number).unwrap()).unwrap();
        replica.add(&key("set"), element).unwrap();
        replica.set_field(&key("map"), element, 1).unwrap();
        replica.set_field(&key("map"), "shared", element).unwrap();
        replica.put(&key("register"), element).unwrap();
        edit(replica, "document", element, 1);
        // States that say how they merge, and are bare.
        let bare =
            [(CrdtType::Counter, value!(7)), (CrdtType::Set, value!([element])), (CrdtType::Map, value!({"x": 1}))];
        for (kind, value) in bare {
            replica.put_with(&key(&format!("bare-{kind}")), value, Metadata::of_type(kind)).unwrap();
        }
    }
    world.exchange(0, 1);
    for number in 0..2 {
        let value = |name: &str| world.replica(number).value(&key(name)).unwrap();
        assert_eq!(value("counter"), value!(81));
        assert_eq!(value("set"), value!(["a", "b"]));
        assert_eq!(value("map"), value!({"a": 1, "b": 1, "shared": "b"}));
        assert_eq!(value("register"), value!("b"), "the last that was written");
        let register = world.replica(number).get(&key("register")).unwrap();
        let seen = register.metadata.vector_clock().unwrap();
        assert_eq!((seen.get(&agent(0)), seen.get(&agent(1))), (1, 1), "and it has seen the other");
        assert_eq!(value("document"), value!({"tags": ["a", "b"], "from-a": 1, "from-b": 1}));
        assert_eq!(value("bare-counter"), value!(14));
        assert_eq!(value("bare-set"), value!(["a", "b"]));
        assert_eq!(value("bare-map"), value!({"x": 1}));
    }
    world.assert_same();
    // Both go on from there, and nothing is counted twice.
    world.replica(0).contribute(&key("counter"), 50).unwrap();
    edit(world.replica(1), "document", "c", 2);
    world.exchange(1, 0);
    assert_eq!(world.replica(1).value(&key("counter")), Some(value!(91)));
    assert_eq!(
        world.replica(0).value(&key("document")).unwrap().as_map().unwrap().get("tags"),
        Some(&value!(["a", "b", "c"]))
    );
    world.assert_same();
}

/// Adds a tag and a field of its own.
fn edit(replica: &Replica, document: &str, tag: &str, time: u64) {
    let (me, now) = (ReplicaId::derive(replica.agent(), 0), Stamp::new(time, 0).unwrap());
    let schema = Schema::new().set("/tags").unwrap();
    let mut tags: Vec<Value> = Vec::new();
    let edited = replica.edit(&key(document), |state| {
        if let Some(known) = state.to_value().as_map().and_then(|map| map.get("tags")?.as_array().cloned()) {
            tags.extend(known.iter().cloned());
        }
        tags.push(tag.into());
        let path = Path::root();
        let _delta =
            state.assign(me, now, &path, &value!({"tags": tags.clone(), (format!("from-{tag}")): 1}), &schema)?;
        Ok(())
    });
    edited.unwrap();
}

#[test]
fn what_one_wrote_on_top_of_the_other_becomes_a_third_state() {
    let mut world = World::new(3);
    world.replica(0).contribute(&key("counter"), 1).unwrap();
    world.exchange(0, 1);
    world.replica(1).contribute(&key("counter"), 2).unwrap();
    let written = world.states(1);
    world.exchange(0, 1);
    world.exchange(2, 0);
    assert_eq!(world.states(2), written, "handed on as it was written");
    world.assert_same();
}

#[test]
fn a_strategy_of_keys_does_not_hold_between_peers() {
    let strategy = ByPrefix::new(Lww).with("sum/", Crdt::inferring()).with("causal/", Vector);
    let mut world = World::with(2, &ConflictResolver::new(strategy), &Limits::default());
    for number in 0..2 {
        world.replica(number).put(&key("sum/a"), 10 + i64::try_from(number).unwrap()).unwrap();
    }
    world.replica(0).put(&key("causal/a"), "first").unwrap();
    world.exchange(0, 1);
    // The other has seen the first, so it wins; the first one writes at once, so that is concurrent.
    world.replica(1).put(&key("causal/a"), "second").unwrap();
    world.exchange(0, 1);
    assert_eq!(world.replica(0).value(&key("causal/a")), Some(value!("second")));
    assert_eq!(world.replica(0).value(&key("sum/a")), Some(value!(21)));
    world.replica(0).put(&key("causal/a"), "here").unwrap();
    world.replica(1).put(&key("causal/a"), "there").unwrap();
    world.exchange(0, 1);
    assert_eq!(world.replica(0).value(&key("causal/a")), Some(value!("there")));
    world.assert_same();
}

#[test]
fn two_types_under_one_key_block_the_others_or_one_of_them_goes() {
    let mut world = World::new(2);
    world.replica(0).put(&key("odd"), "a text").unwrap();
    world.replica(1).add(&key("odd"), "an element").unwrap();
    world.replica(0).put(&key("even"), 1).unwrap();
    for _ in 0..2 {
        world.exchange(0, 1);
    }
    assert_eq!(world.replica(1).value(&key("even")), Some(value!(1)));
    assert_eq!(world.replica(0).value(&key("odd")), Some(value!("a text")));
    assert_eq!(world.replica(1).value(&key("odd")), Some(value!(["an element"])));
    assert_eq!(world.halves[0].counts().refused, 2, "at each exchange again");
}

#[test]
fn a_peers_state_has_no_version_to_write_on() {
    let mut world = World::new(2);
    world.replica(0).put(&key("a"), 1).unwrap();
    world.exchange(0, 1);
    world.replica(1).put(&key("a"), 2).unwrap();
    world.exchange(0, 1);
    assert_eq!(world.replica(0).value(&key("a")), Some(value!(2)));
    assert!(world.replica(0).get(&key("a")).unwrap().version > Version::ZERO);
    world.assert_same();
}

#[test]
fn what_an_agent_contributes_after_it_was_started_again_is_lost_against_its_former_life() {
    for asker in 0..2 {
        let mut world = World::new(3);
        for number in 1..=5 {
            world.replica(1).contribute(&key("count"), 100 * number).unwrap();
        }
        world.exchange(0, 1);
        // It starts again, and writes before it has heard of anything; so does a third one.
        let anew = Replica::new(agent(1)).with_clock(world.clock.clone());
        world.halves[1] =
            Exchange::new(swarm_id!("swarm-001"), anew, ConflictResolver::crdt()).with_peers((0..3).map(agent));
        world.replica(1).contribute(&key("count"), 7).unwrap();
        world.replica(2).contribute(&key("count"), 1).unwrap();
        world.exchange(1, 2);
        world.exchange(asker, 1 - asker);
        assert_eq!(world.replica(1).value(&key("count")), Some(value!(8)));
        // What is on top travels with the next one.
        world.exchange(0, 1);
        world.exchange(0, 2);
        assert_eq!(world.replica(2).value(&key("count")), Some(value!(8)));
        world.assert_same();
        // And from here on all is as ever.
        world.replica(1).contribute(&key("count"), 9).unwrap();
        world.exchange(2, 1);
        world.exchange(0, 1);
        world.assert_same();
        assert_eq!(world.replica(0).value(&key("count")), Some(value!(10)));
    }
}

#[test]
fn each_peer_keeps_another_piece_of_a_former_life() {
    let mut world = World::new(3);
    for peer in [0, 2] {
        for number in 0..3 {
            world.replica(1).contribute(&key("count"), 100 + number).unwrap();
        }
        world.exchange(1, peer);
    }
    let anew = Replica::new(agent(1)).with_clock(world.clock.clone());
    world.halves[1] =
        Exchange::new(swarm_id!("swarm-001"), anew, ConflictResolver::crdt()).with_peers((0..3).map(agent));
    world.replica(1).contribute(&key("count"), 7).unwrap();
    for (asker, answerer) in [(1, 0), (1, 2), (1, 0), (1, 2)] {
        world.exchange(asker, answerer);
        assert_eq!(world.replica(1).value(&key("count")), Some(value!(7)));
    }
    world.assert_same();
}
