//! The bytes of each form, one by one: what is stored and sent must be readable for ever.

#![allow(unused_must_use, reason = "the deltas go nowhere: only the state counts")]

mod wire;

use moai_crdt::{Causal, CausalContext, Delta, OrSet, VectorClock, WireForm};
use wire::{Registers, Set, Sets, dot, from_hex, replicas, to_hex};

/// Holds the bytes against those that were worked out from the description of the format alone, and reads them back.
fn assert_golden<T: WireForm + PartialEq + std::fmt::Debug>(value: &T, parts: &[&str]) {
    let golden = from_hex(&parts.concat());
    assert_eq!(to_hex(&value.to_bytes()), to_hex(&golden));
    assert_eq!(T::from_bytes(&golden).as_ref(), Ok(value));
}

const A: &str = "0000000000000001";
const B: &str = "0102030405060708";
const C: &str = "ffffffffffffffff";

#[test]
fn an_empty_set_has_other_bytes() {
    // Version, state, no replicas, no lanes; nothing known, no keys.
    assert_golden(&Causal::<Set>::default(), &["01 01 00 00", "00", "00"]);
}

#[test]
fn a_set_of_one_has_other_bytes() {
    let mut set = Causal::<Set>::default();
    set.add(replicas()[0], 7);
    assert_golden(
        &set,
        &[
            "01 01 01", A, "19",       // lanes 0, 3 and 4
            "01 00",    // replicas: the first
            "01 01",    // one leaf with one dot
            "02 00 00", // a run of one, as expected: seq 1
            "01 00 00", // known of one replica: nothing left out, one dot
            "01 07",    // one key, 7
        ],
    );
}

#[test]
fn a_set_with_conflicts_and_gaps_has_other_bytes() {
    assert_golden(
        &wire::set(),
        &[
            "01 01 03",
            A,
            B,
            C,
            "99",                          // lanes 0, 3, 4 and 7
            "03 000001",                   // replicas 0, 1, 2: each behind the one before; three times, so once more
            "05 01 02 0101 01",            // leaves of 1, 2, 1, 1, 1 dots
            "0a 0000 0401 010100 010206",  // a:1; a:3..=4, one further; replica 1 from 1; replica 2 from 7
            "02 0102",                     // the second dot of 30: replica 1, seq 2
            "03",                          // known: of three replicas
            "00 06",                       // 1..=4
            "00 02",                       // 1..=2
            "04 01 00 00",                 // 5, and another run: 7
            "05 0a 1e 28 f9012c fa011170", // 10, 30, 40, 300, 70,000: by their least dots
        ],
    );
}

#[test]
fn a_map_of_sets_has_other_bytes() {
    assert_golden(
        &wire::sets(),
        &[
            "01 01 02",
            A,
            B,
            "99",
            "03 000000",          // replicas 0 and 1, no more times
            "04 010100 02",       // leaves of 1, 1, 2 dots
            "06 0000 0001 0201",  // a:1; a:3, one further than expected; a:2, back behind it
            "02 0100",            // the second dot of "v": replica 1, seq 1
            "02 0004 0000",       // known: 1..=3, and 1
            "02",                 // two keys
            "01 78 02 0175 0177", // "x": "u", "w"
            "01 79 01 0176",      // "y": "v"
        ],
    );
}

#[test]
fn stamped_values_have_other_bytes() {
    assert_golden(
        &wire::registers(),
        &[
            "01 01 02",
            A,
            B,
            "9f", // lanes 0 to 4, and 7
            "03 000000",
            "04 02 00 01 04",             // upper bits: 1, 1, 0, 2
            "0a f922e0 02 f91bd9 f93ebc", // lower bits: 4,464, one more, 900, 8,930
            "03 01 02 01",
            "02 0800", // a run of three
            "02 0100",
            "02 0004 0000",
            "03",
            "01 6b 03 6f6e65",             // "k": "one"
            "01 6c 03 74776f 04 7a776569", // "l": "two", "zwei"
            "01 6d 05 7468726565",         // "m": "three"
        ],
    );
}

#[test]
fn a_delta_has_other_bytes() {
    assert_golden(
        &wire::delta(),
        &[
            "01 81 02",
            A,
            B,
            "78",              // lanes 3 to 6
            "04 010100 00",    // made: 1, 1, 0
            "04 0002 0201",    // a:3; a:2
            "03 01 00 01",     // killed: 1, 0, 1
            "05 0000 010100",  // a:1; replica 1, seq 1
            "03 0a 14 f9012c", // 10, 20, 300
            "00",              // no lost dead
        ],
    );
}

#[test]
fn what_a_digest_asks_for_has_other_bytes() {
    assert_golden(
        &wire::repair(),
        &[
            "01 81 01", A, "39", "01 00", "01 01", "02 0003",  // a:4
            "01 00",    // killed: 0
            "01 28",    // 40
            "01 00 04", // the lost dead: 1..=3
        ],
    );
}

#[test]
fn a_digest_has_other_bytes() {
    let [a, b, _] = replicas();
    let (mut left, mut right) = (Causal::<Set>::default(), Causal::<Set>::default());
    for element in [10, 20, 30, 40] {
        left.add(a, element);
    }
    left.remove(&20);
    right.add(b, 1);
    right.add(b, 2);
    let removal = right.remove(&2);
    left.apply(&removal);
    assert_golden(
        &left.digest(),
        &[
            "01 02 02",
            A,
            B,
            "01",
            "04 000000 03", // replicas 0, 1, and 0 again: two less than expected
            "02 0006 0100", // seen: 1..=4; 2
            "01 0001 0002", // alive: 1, and 3..=4
        ],
    );
}

#[test]
fn a_context_has_other_bytes() {
    let [a, b, _] = replicas();
    let mut context = CausalContext::new();
    for seq in (1..=300).chain([302]) {
        context.insert(dot(a, seq));
    }
    context.insert(dot(b, 5));
    context.insert(dot(b, 6));
    assert_golden(&context, &["01 03 02", A, B, "01 03 000000", "02", "00 f90257 00 00", "04 02"]);
}

#[test]
fn a_clock_has_other_bytes() {
    let [a, b, c] = replicas();
    let clock: VectorClock = [(a, 1), (b, 247), (c, 248)].into_iter().collect();
    assert_golden(&clock, &["01 04 03", A, B, C, "01 03 000001", "03 01 f7 f8f8"]);
}

#[test]
fn a_user_s_elements_have_other_bytes() {
    // Everything that can stand in an element, in one row.
    type Row = ((u8, u16, i8, i64), (bool, Option<u32>, Vec<()>, String), Vec<u8>);
    let row: Row = ((255, 300, -1, 64), (true, Some(0), vec![(), ()], "é".to_owned()), vec![0, 255]);
    let mut set = Causal::<OrSet<Row>>::default();
    set.add(replicas()[0], row);
    assert_golden(
        &set,
        &[
            "01 01 01",
            A,
            "19 0100 0101 020000 010000 01",
            "ff f9012c 01 80",
            "01 01 00",
            "02 00 00", // nothing, twice: a byte each
            "02 c3a9",
            "02 00 ff",
        ],
    );
}

#[test]
fn a_delta_of_many_costs_what_it_says() {
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
fn nothing_that_is_empty_takes_more_than_its_head() {
    assert_eq!(to_hex(&Causal::<Registers>::default().to_bytes()), "010100000000");
    assert_eq!(to_hex(&Causal::<Sets>::default().digest().to_bytes()), "010200000000");
    assert_eq!(to_hex(&Delta::<Sets>::default().to_bytes()), "018100000000");
}
