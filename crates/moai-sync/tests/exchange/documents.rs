//! Of a large document goes what the peer lacks, and not all of it.

use moai_core::{Value, value};
use moai_crdt::{Path, ReplicaId, Schema, Stamp};
use moai_sync::Replica;

use crate::world::{World, key};

/// Sets one field of a document.
fn set(replica: &Replica, document: &str, field: &str, value: impl Into<Value>, time: u64) {
    let (me, now) = (ReplicaId::derive(replica.agent(), 0), Stamp::new(time, 0).unwrap());
    let edited = replica.edit(&key(document), |state| {
        let path = Path::root().then(field);
        let _delta = state.assign(me, now, &path, &value.into(), &Schema::new())?;
        Ok(())
    });
    edited.unwrap();
}

fn text(number: usize) -> String {
    value!(u64::try_from(number).unwrap()).digest().to_string()
}

/// Two that hold the same document of 200 fields, about 20 KB.
fn two() -> World {
    let mut world = World::new(2);
    for number in 0..200 {
        set(world.replica(0), "plan", &format!("field-{number}"), text(number), 1);
    }
    world.exchange(0, 1);
    world.assert_same();
    world
}

#[test]
fn a_large_document_goes_whole_for_one_field() {
    let mut world = two();
    let whole = world.replica(0).get(&key("plan")).unwrap().to_bytes().len();
    assert!(whole > 10_000, "{whole}");
    let refused = |world: &World| world.halves[0].counts().refused + world.halves[1].counts().refused;
    // One side, the other side, and both at once.
    for (time, writers) in [(2, &[0][..]), (3, &[1]), (4, &[0, 1])] {
        for writer in writers {
            set(world.replica(*writer), "plan", &format!("of-{writer}-{time}"), text(time), time as u64);
            set(world.replica(*writer), "plan", &format!("field-{writer}"), "changed", time as u64);
        }
        let bytes = world.exchange(0, 1);
        assert!(bytes < 2_000, "{bytes} of {whole}");
        for writer in writers {
            let field = format!("of-{writer}-{time}");
            for number in 0..2 {
                let value = world.replica(number).value(&key("plan")).unwrap();
                assert_eq!(value.as_map().unwrap().get(&field), Some(&value!(text(time))));
            }
        }
        world.assert_same();
    }
    assert_eq!(refused(&world), 0);
}

#[test]
fn what_was_taken_out_of_a_large_document_comes_back() {
    let mut world = two();
    let me = ReplicaId::derive(world.replica(1).agent(), 0);
    for number in 0..150 {
        let path = Path::root().then(format!("field-{number}"));
        let removed = world.replica(1).edit(&key("plan"), |state| state.remove(me, &path).map(drop));
        removed.unwrap();
    }
    let bytes = world.exchange(0, 1);
    assert!(bytes < 3_000, "{bytes}");
    let value = world.replica(0).value(&key("plan")).unwrap();
    assert_eq!(value.as_map().unwrap().len(), 50);
    world.assert_same();
}

#[test]
fn a_large_document_that_the_peer_does_not_hold_does_not_come() {
    for asker in [0, 1] {
        let mut world = World::new(2);
        for number in 0..100 {
            set(world.replica(0), "here", &format!("field-{number}"), text(number), 1);
            set(world.replica(1), "there", &format!("field-{number}"), text(number), 1);
        }
        world.exchange(asker, 1 - asker);
        assert_eq!(world.replica(0).keys().len(), 2);
        world.assert_same();
        assert_eq!((world.halves[0].counts().refused, world.halves[1].counts().refused), (0, 0));
    }
}

#[test]
fn what_was_written_while_a_part_is_on_its_way_is_lost() {
    let mut world = two();
    set(world.replica(0), "plan", "here", 1, 2);
    set(world.replica(1), "plan", "there", 2, 2);
    world.begin(0, 1);
    let mut step = 0;
    while !world.under_way.is_empty() {
        world.deliver(0);
        step += 1;
        set(world.replica(step % 2), "plan", &format!("step-{step}"), u64::try_from(step).unwrap(), 3 + step as u64);
    }
    assert!(step > 5, "{step}");
    world.exchange(1, 0);
    for number in 0..2 {
        let value = world.replica(number).value(&key("plan")).unwrap();
        let fields = ["here".to_owned(), "there".to_owned()].into_iter();
        for field in fields.chain((1..=step).map(|step| format!("step-{step}"))) {
            assert!(value.as_map().unwrap().get(&field).is_some(), "{field}");
        }
    }
    world.assert_same();
}

#[test]
fn a_document_that_only_one_side_finds_large_goes_one_way() {
    for (asker, larger) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let mut world = World::new(2);
        for number in 0..12 {
            set(world.replica(0), "plan", &format!("field-{number}"), text(number), 1);
        }
        world.exchange(0, 1);
        set(world.replica(1 - larger), "plan", "field-0", 1, 2);
        for number in 12..16 {
            set(world.replica(larger), "plan", &format!("field-{number}"), text(number), 2);
        }
        let bytes = |number: usize| world.replica(number).get(&key("plan")).unwrap().to_bytes().len();
        assert!(bytes(1 - larger) < 1_000 && bytes(larger) > 1_100, "{} {}", bytes(1 - larger), bytes(larger));
        world.exchange(asker, 1 - asker);
        let value = world.replica(1 - larger).value(&key("plan")).unwrap();
        assert_eq!(value.as_map().unwrap().len(), 16);
        let value = world.replica(larger).value(&key("plan")).unwrap();
        assert_eq!(value.as_map().unwrap().get("field-0"), Some(&value!(1)));
        world.assert_same();
    }
}
