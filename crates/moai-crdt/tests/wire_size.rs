//! How many bytes states take: sizes never depend on the machine, so they are held against their bars exactly.

#![allow(unused_must_use, reason = "the deltas go nowhere: only the state counts")]

mod wire;

use moai_crdt::{Causal, Delta, Merge, ReplicaId, Stamp, WireForm};
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
fn a_delta_of_many_takes_more_than_its_elements() {
    // 1,000 additions of small numbers: one byte each, or three, and next to nothing for dots and counts.
    let mut state = Causal::<Set>::default();
    let mut batch = Delta::default();
    for element in 0..1_000 {
        batch.join(&state.add(replicas()[0], element));
    }
    let elements = 248 + 8 * 2 + (1_000 - 256) * 3;
    assert_eq!(batch.to_bytes().len(), elements + 33);
    assert_eq!(Delta::<Set>::from_bytes(&batch.to_bytes()), Ok(batch));
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
    let registers = |key: &dyn Fn(u64) -> String, stamp: &dyn Fn(u64) -> u64| {
        let mut map = Causal::<moai_crdt::OrMap<String, moai_crdt::DotFun<(Stamp, u64)>>>::default();
        for number in 0..N {
            map.update(replicas()[0], key(number), |register, writer| {
                register.replace(writer.dot(), (Stamp::from_bits(stamp(number)), number))
            });
        }
        per_element(&map)
    };
    let steady = |number| (1_700_000_000_000 << 16) + number;
    let some_time_apart = |number| (1_700_000_000_000 + 10 * number + random(number) % 10) << 16;
    // 3.3 for a value below 100,000, nothing for stamps that count on, and 18 for the key: two that say how long it is and
    // how much it shares, and of its 22 bytes those behind "agent/" and, one time in 16, a further digit.
    let key = |number| format!("agent/{:016x}", random(number));
    assert_eq!(registers(&key, &steady), 2_127);
    // Some milliseconds apart: one byte more.
    assert!(registers(&key, &some_time_apart) <= 2_240);
    // One after the other: of 22 bytes hardly more than the last.
    let key = |number| format!("agent-{:05}/task-{:05}", number / 1_000, number % 1_000);
    assert_eq!(registers(&key, &steady), 645);
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
