//! Counters: slots that only grow, and what is read from them.

use std::collections::BTreeMap;

use crate::swarm::{Event, Exam, laws, replica, run, steps};
use moai_core::Coded;
use moai_crdt::{Causality, GCounter, Merge, Overflow, Part, PnCounter, ReplicaId, Replicated, VectorClock};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Op {
    Add(u64),
    Subtract(u64),
    Retire(usize, usize),
}

/// A count speaks of everything of its kind that its author counted before; naming an heir when a greater one is known
/// says nothing.
fn counted_so_far(history: &[Event<Op>], grew: bool) -> Vec<usize> {
    let Some(last) = history.last() else { return Vec::new() };
    let alike = |event: &Event<Op>| {
        event.author == last.author && std::mem::discriminant(&event.op) == std::mem::discriminant(&last.op)
    };
    match last.op {
        Op::Retire(..) => {
            if grew {
                vec![history.len() - 1]
            } else {
                Vec::new()
            }
        }
        _ => (0..history.len()).filter(|&at| alike(&history[at])).collect(),
    }
}

/// What was counted by `author`, or by anyone.
fn sum(seen: &[&Event<Op>], author: Option<usize>) -> i128 {
    let its = seen.iter().filter(|event| author.is_none_or(|author| event.author == author));
    its.map(|event| match event.op {
        Op::Add(n) => i128::from(n),
        Op::Subtract(n) => -i128::from(n),
        Op::Retire(..) => 0,
    })
    .sum()
}

/// Who answers for whom, straight from the definition: the greatest heir anyone named, and so on, and oneself on a circle.
fn heir(seen: &[&Event<Op>], of: usize) -> usize {
    let mut heirs = BTreeMap::new();
    for event in seen {
        if let Op::Retire(dead, into) = event.op
            && dead != into
        {
            let heir = heirs.entry(dead).or_insert(into);
            *heir = (*heir).max(into);
        }
    }
    let (mut last, mut way) = (of, vec![of]);
    while let Some(&next) = heirs.get(&last) {
        if way.contains(&next) {
            return of;
        }
        way.push(next);
        last = next;
    }
    last
}

struct Growing;

impl Exam for Growing {
    type State = GCounter;
    type Op = Op;

    fn act(state: &mut GCounter, me: usize, op: &Op) -> Option<Part<GCounter>> {
        match *op {
            Op::Add(n) => state.add(replica(me), n).ok(),
            Op::Subtract(_) => None,
            Op::Retire(dead, into) => Some(state.retire(replica(dead), replica(into))),
        }
    }

    fn says(history: &[Event<Op>], grew: bool) -> Vec<usize> {
        counted_so_far(history, grew)
    }

    fn check(state: &GCounter, seen: &[&Event<Op>]) {
        assert_eq!(i128::try_from(state.value()).unwrap(), sum(seen, None));
        for me in 0..3 {
            assert_eq!(i128::from(state.counts().get(replica(me))), sum(seen, Some(me)));
            assert_eq!(state.heir(replica(me)), replica(heir(seen, me)));
            let its: i128 = (0..3).filter(|&counted| heir(seen, counted) == me).map(|of| sum(seen, Some(of))).sum();
            assert_eq!(i128::try_from(state.of(replica(me))).unwrap(), its);
        }
    }
}

struct BothWays;

impl Exam for BothWays {
    type State = PnCounter;
    type Op = Op;

    fn act(state: &mut PnCounter, me: usize, op: &Op) -> Option<Part<PnCounter>> {
        match *op {
            Op::Add(n) => state.add(replica(me), n).ok(),
            Op::Subtract(n) => state.subtract(replica(me), n).ok(),
            Op::Retire(dead, into) => Some(state.retire(replica(dead), replica(into))),
        }
    }

    fn says(history: &[Event<Op>], grew: bool) -> Vec<usize> {
        counted_so_far(history, grew)
    }

    fn check(state: &PnCounter, seen: &[&Event<Op>]) {
        assert_eq!(state.value(), sum(seen, None));
        for me in 0..3 {
            assert_eq!(state.heir(replica(me)), replica(heir(seen, me)));
            let its: i128 = (0..3).filter(|&counted| heir(seen, counted) == me).map(|of| sum(seen, Some(of))).sum();
            assert_eq!(state.of(replica(me)), its);
        }
    }
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => (0..5_u64).prop_map(Op::Add),
        3 => (0..5_u64).prop_map(Op::Subtract),
        // Numbers that would go beyond a slot are refused.
        1 => (u64::MAX - 3..=u64::MAX).prop_map(Op::Add),
        1 => (u64::MAX - 3..=u64::MAX).prop_map(Op::Subtract),
        2 => (0..3_usize, 0..3_usize).prop_map(|(dead, into)| Op::Retire(dead, into)),
    ]
}

fn clock() -> impl Strategy<Value = BTreeMap<u64, u64>> {
    // Sometimes few of many, so that both ways to merge are taken.
    prop_oneof![
        prop::collection::btree_map(1..60_u64, 1..4_u64, 0..3),
        prop::collection::btree_map(1..60_u64, 1..4_u64, 0..50)
    ]
}

fn to_clock(counts: &BTreeMap<u64, u64>) -> VectorClock {
    counts.iter().map(|(&replica, &count)| (ReplicaId::new(replica).unwrap(), count)).collect()
}

fn to_counter(counts: &BTreeMap<u64, u64>) -> GCounter {
    let mut counter = GCounter::new();
    for (&replica, &count) in counts.iter().rev() {
        let _whole_state_is_tested = counter.add(ReplicaId::new(replica).unwrap(), count).unwrap();
    }
    counter
}

proptest! {
    #[test]
    fn an_increment_is_lost_or_counted_twice(steps in steps(op())) {
        run::<Growing>(&steps);
    }

    #[test]
    fn a_decrement_is_lost_or_counted_twice(steps in steps(op())) {
        run::<BothWays>(&steps);
    }

    #[test]
    fn the_laws_do_not_hold_for_many_replicas(a in clock(), b in clock(), c in clock()) {
        laws(&to_counter(&a), &to_counter(&b), &to_counter(&c));
    }

    #[test]
    fn a_vector_clock_merges_to_something_else_than_the_greatest_counts(a in clock(), b in clock()) {
        let (left, right) = (to_clock(&a), to_clock(&b));
        let mut merged = left.clone();
        let grew = merged.merge(&right);
        let mut expected = a;
        for (replica, count) in b {
            let known = expected.entry(replica).or_default();
            *known = count.max(*known);
        }
        prop_assert_eq!(&merged, &to_clock(&expected));
        prop_assert_eq!(grew, merged != left);
        prop_assert_eq!(grew, matches!(left.compare(&right), Causality::Before | Causality::Concurrent));
        let text = serde_json::to_string(&merged).unwrap();
        prop_assert_eq!(serde_json::from_str::<VectorClock>(&text).unwrap(), merged);
    }
}

#[test]
fn a_counter_wraps_at_its_end() {
    let mut counter = GCounter::new();
    let _sent = counter.add(replica(0), u64::MAX).unwrap();
    let full = counter.clone();
    let overflow = counter.increment(replica(0)).unwrap_err();
    assert_eq!(overflow, Overflow { what: "a counter" });
    assert_eq!(overflow.to_string(), "a counter would go beyond its range; nothing changed");
    assert_eq!(overflow.code(), "crdt.overflow");
    assert_eq!(counter, full);
    // Another one still can, and the sum does not wrap either.
    let _sent = counter.add(replica(1), u64::MAX).unwrap();
    assert_eq!(counter.value(), 2 * u128::from(u64::MAX));

    let mut both_ways = PnCounter::new();
    let _sent = both_ways.subtract(replica(0), u64::MAX).unwrap();
    let _sent = both_ways.subtract(replica(1), u64::MAX).unwrap();
    assert!(both_ways.decrement(replica(0)).is_err());
    assert_eq!(both_ways.value(), -2 * i128::from(u64::MAX));
    assert!(both_ways.increment(replica(0)).is_ok());
}

#[test]
fn a_clock_that_is_collected_keeps_a_lesser_count() {
    let (a, b) = (replica(0), replica(1));
    let clock: VectorClock = [(b, 2), (a, 1), (b, 0), (b, 3), (a, 1), (b, 1)].into_iter().collect();
    assert!(clock.iter().eq([(a, 1), (b, 3)]));
    assert!([(a, 0)].into_iter().collect::<VectorClock>().is_empty());
}

#[test]
fn a_clock_forgets_more_than_it_should() {
    let (a, b) = (replica(0), replica(1));
    let mut clock: VectorClock = [(a, 1), (b, 2)].into_iter().collect();
    clock.forget(a);
    assert!(clock.iter().eq([(b, 2)]));
    clock.forget(a);
    clock.forget(b);
    assert_eq!(clock, VectorClock::new());
}

#[test]
fn adding_nothing_leaves_a_slot_of_zero() {
    let mut counter = GCounter::new();
    let part = counter.add(replica(0), 0).unwrap();
    assert_eq!(counter, GCounter::new());
    assert!(!GCounter::new().apply(&part));
}

#[test]
fn a_retired_count_is_counted_twice() {
    let (dead, heir, other) = (replica(0), replica(1), replica(2));
    let mut here = GCounter::new();
    let _sent = here.add(dead, 40).unwrap();
    let _sent = here.add(heir, 2).unwrap();
    let (mut there, not_yet) = (here.clone(), here.clone());
    let _sent = here.retire(dead, heir);
    let _sent = there.retire(dead, other);
    let mut late = GCounter::new();
    let _sent = late.add(dead, 41).unwrap();
    for state in [&there, &not_yet, &late, &there] {
        here.merge(state);
    }
    assert_eq!((here.value(), here.of(other), here.of(heir), here.of(dead)), (43, 41, 2, 0));
}

#[test]
fn two_who_retire_each_other_vanish_from_the_sum() {
    let mut here = GCounter::new();
    let _sent = here.add(replica(0), 1).unwrap();
    let _sent = here.add(replica(1), 2).unwrap();
    let _sent = here.add(replica(2), 4).unwrap();
    let _sent = here.retire(replica(0), replica(1));
    let _sent = here.retire(replica(1), replica(0));
    let _sent = here.retire(replica(2), replica(0));
    assert_eq!((here.of(replica(0)), here.of(replica(1)), here.of(replica(2)), here.value()), (1, 2, 4, 7));
}

#[test]
fn a_counter_reads_differently_in_its_next_version() {
    let mut counter = GCounter::new();
    let _sent = counter.add(replica(1), 2).unwrap();
    let _sent = counter.add(replica(0), 40).unwrap();
    let _sent = counter.retire(replica(0), replica(1));
    let text =
        r#"{"counts":{"0000000000000001":40,"0000000000000002":2},"retired":{"0000000000000001":"0000000000000002"}}"#;
    assert_eq!(serde_json::to_string(&counter).unwrap(), text);
    assert_eq!(format!("{:?}", counter.counts()), "{r1: 40, r2: 2}");

    for bad in [
        r#"{"counts":{"0000000000000001":0},"retired":{}}"#,
        r#"{"counts":{"0000000000000001":1,"0000000000000001":1},"retired":{}}"#,
        r#"{"counts":{},"retired":{"0000000000000001":"0000000000000001"}}"#,
        r#"{"counts":{},"retired":{},"more":1}"#,
        r#"{"counts":{"0000000000000000":1},"retired":{}}"#,
    ] {
        assert!(serde_json::from_str::<GCounter>(bad).is_err(), "{bad}");
    }
}
