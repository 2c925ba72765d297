//! How many bytes states take: sizes never depend on the machine, so they are held against their bars exactly.

#![allow(unused_must_use, reason = "the deltas go nowhere: only the state counts")]

mod wire;

use moai_crdt::{Causal, Merge, ReplicaId, WireForm};
use wire::{Registers, Set, replicas};

const N: u64 = 100_000;

/// The same numbers in every run, as if they were random (splitmix64).
fn random(number: u64) -> u64 {
    let mut x = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Hundredths of a byte for each of N.
fn per_element<T: WireForm + PartialEq>(state: &T) -> u64 {
    let bytes = state.to_bytes();
    assert!(T::from_bytes(&bytes).as_ref() == Ok(state));
    bytes.len() as u64 * 100 / N
}

fn by(writers: &[ReplicaId]) -> Causal<Set> {
    let mut parts = vec![Causal::<Set>::default(); writers.len()];
    for (number, at) in (0..N).zip((0..writers.len()).cycle()) {
        parts[at].add(writers[at], random(number));
    }
    parts
        .into_iter()
        .reduce(|mut all, part| {
            all.merge(&part);
            all
        })
        .unwrap()
}

#[test]
fn an_element_of_a_set_takes_more_than_itself() {
    let writers = replicas();
    assert_eq!(per_element(&by(&writers[..1])), 899);
    assert_eq!(per_element(&by(&writers)), 899);
}

#[test]
fn what_was_removed_still_takes_room() {
    let mut set = by(&replicas());
    // Half of it, here and there.
    for number in (0..N).filter(|number| random(random(*number)).is_multiple_of(2)) {
        set.remove(&random(number));
    }
    let left = u64::try_from(set.len()).unwrap();
    let each = set.to_bytes().len() as u64 * 100 / left;
    assert!(each <= 1_030, "{each}");
    set.clear();
    assert!(set.to_bytes().len() <= 60);
}

#[test]
fn an_element_that_all_added_takes_more_than_two_bytes_for_each_of_the_others() {
    let writers = replicas();
    let mut parts = [(); 3].map(|()| Causal::<Set>::default());
    for (part, writer) in parts.iter_mut().zip(writers) {
        for number in 0..N {
            part.add(writer, random(number));
        }
    }
    let [mut all, second, third] = parts;
    all.merge(&second);
    all.merge(&third);
    assert_eq!(per_element(&all), 1_299);
}

#[test]
fn a_key_of_a_map_takes_more_than_its_text_and_its_value() {
    let registers = |stamp: &dyn Fn(u64) -> u64| {
        let mut map = Causal::<moai_crdt::OrMap<String, moai_crdt::DotFun<(wire::Stamp, u64)>>>::default();
        for number in 0..N {
            let key = format!("agent/{:016x}", random(number));
            map.update(replicas()[0], key, |register, writer| {
                register.replace(writer.dot(), (wire::Stamp(stamp(number)), number))
            });
        }
        per_element(&map)
    };
    // 23 bytes for the key, 3.3 for a value below 100,000, and nothing for stamps that count on.
    assert_eq!(registers(&|number| (1_700_000_000_000 << 16) + number), 2_634);
    // Some milliseconds apart: one byte more.
    assert!(registers(&|number| (1_700_000_000_000 + 10 * number + random(number) % 10) << 16) <= 2_740);
}

#[test]
fn a_map_that_was_filled_and_emptied_keeps_something() {
    let mut map = Causal::<Registers>::default();
    for round in 0..10 {
        for key in 0..1_000 {
            wire::put(&mut map, replicas()[key % 3], &format!("key-{key}"), round, "value");
        }
        map.clear();
    }
    assert!(map.to_bytes().len() <= 60, "{}", map.to_bytes().len());
}
