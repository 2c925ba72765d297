//! The story: a thousand keys, of which few differ.

use moai_core::value;

use crate::world::{World, key};

/// Two that hold the same thousand tasks.
fn two_with_a_thousand() -> World {
    let mut world = World::new(2);
    for number in 0..1_000 {
        world.replica(0).put(&key(&format!("task/{number:04}")), value!({"state": "open", "number": number})).unwrap();
    }
    world.exchange(0, 1);
    world.assert_same();
    world
}

#[test]
fn equal_replicas_say_more_than_64_bytes_to_each_other() {
    let mut world = two_with_a_thousand();
    for (asker, answerer) in [(0, 1), (1, 0), (0, 1)] {
        assert_eq!(world.exchange(asker, answerer), 52);
    }
    assert_eq!((world.halves[0].counts().refused, world.halves[1].counts().refused), (0, 0));
}

#[test]
fn one_exchange_leaves_a_difference_or_sends_what_both_hold() {
    let mut world = two_with_a_thousand();
    let before = (world.halves[0].counts(), world.halves[1].counts());
    for number in 0..5 {
        world.replica(0).put(&key(&format!("task/{number:04}")), value!("done by one")).unwrap();
        world.replica(1).put(&key(&format!("task/{:04}", 500 + number)), value!("done by the other")).unwrap();
    }
    world.replica(0).put(&key("new/here"), 1).unwrap();
    world.replica(1).put(&key("new/there"), 2).unwrap();
    let bytes = world.exchange(0, 1);
    // Ten changed keys are twenty ids, two more are new: each side sends eleven states, of which ten the other has seen
    // the one or the other of.
    let after = (world.halves[0].counts(), world.halves[1].counts());
    assert_eq!((after.0.given - before.0.given, after.1.given - before.1.given), (11, 11));
    assert_eq!((after.0.taken - before.0.taken, after.1.taken - before.1.taken), (6, 6));
    assert!(bytes < 3_500, "{bytes} bytes");
    assert_eq!(world.replica(1).value(&key("task/0003")), Some(value!("done by one")));
    assert_eq!(world.replica(0).value(&key("task/0503")), Some(value!("done by the other")));
    world.assert_same();
}

#[test]
fn what_was_written_during_an_exchange_is_lost() {
    let mut world = two_with_a_thousand();
    for number in 0..20 {
        world.replica(1).put(&key(&format!("task/{number:04}")), "changed").unwrap();
    }
    world.begin(0, 1);
    let mut step = 0;
    while !world.under_way.is_empty() {
        world.deliver(0);
        world.replica(0).put(&key(&format!("task/{step:04}")), "meanwhile here").unwrap();
        world.replica(1).put(&key(&format!("task/{:04}", 100 + step)), "meanwhile there").unwrap();
        step += 1;
    }
    assert!(step > 3);
    world.exchange(1, 0);
    for step in 0..step {
        assert_eq!(world.replica(1).value(&key(&format!("task/{step:04}"))), Some(value!("meanwhile here")));
        assert_eq!(world.replica(0).value(&key(&format!("task/{:04}", 100 + step))), Some(value!("meanwhile there")));
    }
    world.assert_same();
}

#[test]
fn two_that_begin_at_once_stand_in_each_others_way() {
    let mut world = two_with_a_thousand();
    world.replica(0).put(&key("here"), 1).unwrap();
    world.replica(1).put(&key("there"), 2).unwrap();
    world.begin(0, 1);
    world.begin(1, 0);
    world.settle();
    world.assert_same();
    assert_eq!((world.halves[0].counts().refused, world.halves[1].counts().refused), (0, 0));
}

#[test]
fn states_that_overtake_the_question_leave_an_exchange_behind() {
    let mut world = two_with_a_thousand();
    world.replica(0).put(&key("here"), 1).unwrap();
    world.replica(1).put(&key("there"), 2).unwrap();
    world.begin(0, 1);
    while world.under_way.len() < 2 {
        world.deliver(0);
    }
    world.deliver(1);
    world.settle();
    assert_eq!((world.halves[0].under_way(), world.halves[1].under_way()), (0, 0));
    world.assert_same();
}
