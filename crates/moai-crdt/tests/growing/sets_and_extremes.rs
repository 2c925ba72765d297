//! Sets that only grow, sets that shrink once, and the greatest and least value.

use std::collections::BTreeSet;

use crate::swarm::{Event, Exam, run, steps};
use moai_crdt::{GSet, Max, Merge, Min, Part, Replicated, TwoPhaseSet};
use proptest::prelude::*;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Op {
    Add(u8),
    Remove(u8),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![(0..4_u8).prop_map(Op::Add), (0..4_u8).prop_map(Op::Remove)]
}

fn added(seen: &[&Event<Op>]) -> BTreeSet<u8> {
    let add = |event: &&Event<Op>| if let Op::Add(element) = event.op { Some(element) } else { None };
    seen.iter().filter_map(add).collect()
}

struct Growing;

impl Exam for Growing {
    type State = GSet<u8>;
    type Op = Op;

    fn act(state: &mut GSet<u8>, _: usize, op: &Op) -> Option<Part<GSet<u8>>> {
        if let Op::Add(element) = *op { Some(state.add(element)) } else { None }
    }

    fn says(history: &[Event<Op>], _: bool) -> Vec<usize> {
        vec![history.len() - 1]
    }

    fn check(state: &GSet<u8>, seen: &[&Event<Op>]) {
        let expected = added(seen);
        assert!(state.iter().eq(&expected));
        assert_eq!((state.len(), state.is_empty()), (expected.len(), expected.is_empty()));
        assert!((0..4).all(|element| state.contains(&element) == expected.contains(&element)));
    }
}

struct ShrinkingOnce;

/// A removal that found nothing is no event.
fn removed(seen: &[&Event<Op>]) -> BTreeSet<u8> {
    let removal = |event: &&Event<Op>| if let Op::Remove(element) = event.op { Some(element) } else { None };
    seen.iter().filter_map(removal).collect()
}

impl Exam for ShrinkingOnce {
    type State = TwoPhaseSet<u8>;
    type Op = Op;

    fn act(state: &mut TwoPhaseSet<u8>, _: usize, op: &Op) -> Option<Part<TwoPhaseSet<u8>>> {
        match *op {
            Op::Add(element) => Some(state.add(element)),
            Op::Remove(element) => {
                let known = state.contains(&element) || state.removed().any(|removed| *removed == element);
                let part = state.remove(&element);
                known.then_some(part)
            }
        }
    }

    /// A removal speaks of the addition that it removes; an addition after a removal that was known speaks of that.
    fn says(history: &[Event<Op>], _: bool) -> Vec<usize> {
        let at = history.len() - 1;
        let (Op::Add(element) | Op::Remove(element)) = history[at].op;
        let same = |&&at: &&usize| matches!(history[at].op, Op::Add(e) | Op::Remove(e) if e == element);
        history[at].knew.iter().filter(same).copied().chain([at]).collect()
    }

    fn check(state: &TwoPhaseSet<u8>, seen: &[&Event<Op>]) {
        let gone = removed(seen);
        let expected: BTreeSet<u8> = added(seen).difference(&gone).copied().collect();
        assert!(state.iter().eq(&expected), "{state:?} is not {expected:?}");
        assert!(state.removed().eq(&gone));
        assert_eq!((state.len(), state.is_empty()), (expected.len(), expected.is_empty()));
        assert!((0..4).all(|element| state.contains(&element) == expected.contains(&element)));
    }
}

struct Greatest;

impl Exam for Greatest {
    type State = Max<u8>;
    type Op = u8;

    fn act(state: &mut Max<u8>, _: usize, op: &u8) -> Option<Part<Max<u8>>> {
        Some(state.raise(*op))
    }

    /// It says what stands now: whatever was known.
    fn says(history: &[Event<u8>], _: bool) -> Vec<usize> {
        let at = history.len() - 1;
        history[at].knew.iter().copied().chain([at]).collect()
    }

    fn check(state: &Max<u8>, seen: &[&Event<u8>]) {
        assert_eq!(state.get().copied(), seen.iter().map(|event| event.op).max());
    }
}

struct Least;

impl Exam for Least {
    type State = Min<u8>;
    type Op = u8;

    fn act(state: &mut Min<u8>, _: usize, op: &u8) -> Option<Part<Min<u8>>> {
        Some(state.lower(*op))
    }

    fn says(history: &[Event<u8>], _: bool) -> Vec<usize> {
        Greatest::says(history, true)
    }

    fn check(state: &Min<u8>, seen: &[&Event<u8>]) {
        assert_eq!(state.get().copied(), seen.iter().map(|event| event.op).min());
    }
}

proptest! {
    #[test]
    fn an_addition_is_lost(steps in steps(op())) {
        run::<Growing>(&steps);
    }

    #[test]
    fn what_was_removed_comes_back(steps in steps(op())) {
        run::<ShrinkingOnce>(&steps);
    }

    #[test]
    fn a_smaller_value_wins(steps in steps(0..6_u8)) {
        run::<Greatest>(&steps);
    }

    #[test]
    fn a_greater_value_wins(steps in steps(0..6_u8)) {
        run::<Least>(&steps);
    }
}

#[test]
fn a_removal_loses_against_an_addition_that_comes_later() {
    let (mut left, mut right) = (TwoPhaseSet::new(), TwoPhaseSet::new());
    let _lost = left.add("x".to_owned());
    let removal = left.remove("x");
    // The removal comes before the addition that it removes.
    right.apply(&removal);
    let late = right.add("x".to_owned());
    left.apply(&late);
    assert_eq!(left, right);
    assert!(!right.contains("x"));
}

#[test]
fn removing_what_is_not_there_leaves_a_tombstone() {
    let mut set = TwoPhaseSet::<u8>::new();
    let part = set.remove(&1);
    assert!(!TwoPhaseSet::new().apply(&part));
    let _sent = set.add(1);
    assert!(set.contains(&1));
}

#[test]
fn nothing_is_less_than_nothing() {
    let (mut max, mut min) = (Max::<i8>::default(), Min::<i8>::default());
    assert_eq!((max.get(), min.get()), (None, None));
    let _sent = max.raise(i8::MIN);
    let _sent = min.lower(i8::MAX);
    assert_eq!((max.get(), min.get()), (Some(&i8::MIN), Some(&i8::MAX)));
    assert!(!max.merge(&Max::new()) && !min.merge(&Min::new()));
    assert_eq!((max.get(), min.get()), (Some(&i8::MIN), Some(&i8::MAX)));
}

#[test]
fn sets_read_differently_in_the_next_version() {
    let mut grown = GSet::new();
    let _sent = grown.add("b".to_owned());
    let _sent = grown.add("a".to_owned());
    assert_eq!(serde_json::to_string(&grown).unwrap(), r#"["a","b"]"#);
    assert_eq!(format!("{grown:?}"), r#"{"a", "b"}"#);

    let mut shrunk = TwoPhaseSet::new();
    for element in ["c", "a", "b"] {
        let _sent = shrunk.add(element.to_owned());
    }
    let _sent = shrunk.remove("b");
    assert_eq!(serde_json::to_string(&shrunk).unwrap(), r#"{"elements":["a","c"],"removed":["b"]}"#);
    assert_eq!(format!("{shrunk:?}"), r#"TwoPhaseSet { elements: ["a", "c"], removed: ["b"] }"#);

    for bad in [r#"["b","a"]"#, r#"["a","a"]"#, "{}"] {
        assert!(serde_json::from_str::<GSet<String>>(bad).is_err(), "{bad}");
    }
    for bad in [
        r#"{"elements":["a"],"removed":["a"]}"#,
        r#"{"elements":["b","a"],"removed":[]}"#,
        r#"{"elements":[],"removed":["a","a"]}"#,
        r#"{"elements":[]}"#,
        r#"{"elements":[],"removed":[],"more":0}"#,
    ] {
        assert!(serde_json::from_str::<TwoPhaseSet<String>>(bad).is_err(), "{bad}");
    }
    assert_eq!(serde_json::to_string(&Max::<u8>::new()).unwrap(), "null");
}
