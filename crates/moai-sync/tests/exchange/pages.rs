//! Where too much differs, pages; and no message is longer than it may be.

use moai_core::{Limits, value};
use moai_sync::ConflictResolver;

use crate::world::{World, key};

#[test]
fn a_newcomer_gets_a_part_of_what_there_is() {
    let mut world = World::new(3);
    for number in 0..10_000 {
        world.replica(0).put(&key(&format!("task/{number}")), number).unwrap();
    }
    world.replica(1).put(&key("mine"), 1).unwrap();
    world.exchange(1, 0);
    assert_eq!(world.halves[1].counts().paged, 1);
    world.exchange(0, 2);
    assert_eq!(world.halves[0].counts().paged, 1, "also where the one who holds much asks");
    assert_eq!(world.replica(2).keys().len(), 10_001);
    world.assert_same();
    assert!((0..3).all(|number| world.halves[number].counts().refused == 0));
}

#[test]
fn pages_send_what_both_hold() {
    let mut world = World::new(2);
    for number in 0..3_000 {
        world.replica(0).put(&key(&format!("task/{number}")), number).unwrap();
    }
    world.exchange(0, 1);
    let before = (world.halves[0].counts().given, world.halves[1].counts().given);
    for number in 0..500 {
        world.replica(0).put(&key(&format!("task/{number}")), "changed").unwrap();
        world.replica(1).put(&key(&format!("new/{number}")), "new").unwrap();
    }
    world.exchange(0, 1);
    assert_eq!(world.halves[0].counts().paged, 2);
    let given = (world.halves[0].counts().given - before.0, world.halves[1].counts().given - before.1);
    assert_eq!(given, (500, 1_000), "what changed goes both ways");
    world.assert_same();
}

#[test]
fn a_message_is_longer_than_it_may_be() {
    let limits = Limits { payload_bytes: 2_048, ..Limits::default() };
    // All at once, and few among many.
    for (all, changed) in [(400, 300), (2_000, 60), (2_000, 30)] {
        let mut world = World::with(2, &ConflictResolver::crdt(), &limits);
        let noise = |number: usize| value!(u64::try_from(number).unwrap()).digest().to_string();
        for number in 0..all {
            world.replica(0).put(&key(&format!("task/{number}")), noise(number)).unwrap();
        }
        world.exchange(0, 1);
        for number in 0..changed {
            world.replica(0).put(&key(&format!("task/{number}")), noise(all + number)).unwrap();
            world.replica(1).put(&key(&format!("task/{}", all - 1 - number)), noise(number)).unwrap();
        }
        world.exchange(1, 0);
        assert!(world.sizes.iter().all(|size| *size <= 2_048), "{:?}", world.sizes.iter().max());
        assert!(world.sizes.iter().filter(|size| **size > 1_000).count() > 3, "messages are filled");
        world.assert_same();
        assert_eq!((world.halves[0].counts().refused, world.halves[1].counts().refused), (0, 0));
    }
}

#[test]
fn a_state_that_fits_into_no_message_blocks_the_others() {
    let limits = Limits { payload_bytes: 2_048, ..Limits::default() };
    let mut world = World::with(2, &ConflictResolver::crdt(), &limits);
    for number in 0..300 {
        world.replica(0).put(&key(&format!("task/{number}")), number).unwrap();
    }
    world.replica(0).put(&key("much"), "x".repeat(3_000)).unwrap();
    world.exchange(0, 1);
    world.exchange(1, 0);
    assert_eq!(world.replica(1).keys().len(), 300);
    assert_eq!(world.replica(1).value(&key("much")), None);
    assert_eq!((world.halves[0].under_way(), world.halves[1].under_way()), (0, 0));
}
