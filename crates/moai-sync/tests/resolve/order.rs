//! Whatever the order, however often: everybody ends with the same.

use moai_core::{AgentId, Value, Version, value};
use moai_sync::{AgentClock, ByPrefix, Crdt, CrdtType, Lww, Metadata, Resolved, StateVersion, Strategy as Way, Vector};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::states::{agent, at_noon, key, ten_o_clock};

/// Few values, times, versions and agents, so that they meet.
fn any_state(kind: Option<CrdtType>) -> impl Strategy<Value = StateVersion> {
    let value = match kind {
        Some(CrdtType::Counter) => (-3_i64..4).prop_map(Value::from).boxed(),
        Some(CrdtType::Set) => vec(0_i64..4, 0..4).prop_map(Value::from).boxed(),
        Some(CrdtType::Map) => vec(("[abc]", 0_i64..3), 0..3)
            .prop_map(|all| Value::from(std::collections::BTreeMap::from_iter(all)))
            .boxed(),
        _ => prop_oneof![Just(value!(1)), Just(value!("text")), Just(value!([1, 2])), Just(value!({"a": 1}))].boxed(),
    };
    let clock = proptest::option::of(vec((1_u64..4, 0_u64..3), 0..4));
    let seen = (0_u64..2, 0_u64..2);
    (value, 0_u64..3, 0_i64..3, 0_u64..4, clock, proptest::bool::ANY, seen).prop_map(
        move |(value, version, seconds, by, clock, says_more, (based_on, forgotten))| {
            let mut metadata = kind.map_or_else(Metadata::new, Metadata::of_type);
            if let Some(clock) = clock {
                let clock = clock.into_iter().map(|(number, count)| (agent(number), count));
                metadata = metadata.with_vector_clock(AgentClock::from_iter(clock));
            }
            if says_more {
                metadata = metadata.with("note", "more");
            }
            let by = if by == 0 { AgentId::COORDINATOR } else { agent(by) };
            let [version, based_on, forgotten] = [version, based_on, forgotten].map(|it| Version::new(it).unwrap());
            let state = StateVersion::new(key("state"), value, version, ten_o_clock(seconds), by);
            let mut state = state.with_metadata(metadata).based_on(based_on);
            state.forgotten = forgotten;
            state
        },
    )
}

fn any_states() -> impl Strategy<Value = Vec<StateVersion>> {
    let kinds = [None, Some(CrdtType::Counter), Some(CrdtType::Set), Some(CrdtType::Map), Some(CrdtType::Register)];
    proptest::sample::select(kinds.to_vec()).prop_flat_map(|kind| vec(any_state(kind), 2..8))
}

type Resolve = Box<dyn Fn(&[StateVersion]) -> Resolved>;

fn resolvers() -> Vec<(&'static str, Resolve)> {
    fn one(strategy: impl Way + 'static) -> Resolve {
        let resolver = at_noon(strategy);
        Box::new(move |versions| resolver.resolve(&key("state"), versions).unwrap())
    }
    vec![
        ("lww", one(Lww)),
        ("vector", one(Vector)),
        ("crdt", one(Crdt::new())),
        ("by prefix", one(ByPrefix::new(Lww).with("st", Crdt::new()))),
    ]
}

proptest! {
    #[test]
    fn the_order_of_versions_changes_what_comes_out(states in any_states(), seed in any::<u64>()) {
        for (name, resolve) in resolvers() {
            let resolved = resolve(&states);
            let mut shuffled = states.clone();
            shuffled.reverse();
            let places = shuffled.len() as u64;
            shuffled.rotate_left(usize::try_from(seed % places).unwrap());
            prop_assert_eq!(&resolve(&shuffled), &resolved, "{}", name);
        }
    }

    #[test]
    fn a_version_that_comes_twice_changes_what_comes_out(states in any_states()) {
        for (name, resolve) in resolvers() {
            let resolved = resolve(&states);
            let twice: Vec<_> = states.iter().chain(&states).cloned().collect();
            prop_assert_eq!(&resolve(&twice).state, &resolved.state, "{}", name);
        }
    }

    #[test]
    fn resolving_again_what_was_resolved_changes_it(states in any_states()) {
        for (name, resolve) in resolvers() {
            let resolved = resolve(&states);
            let mut again = states.clone();
            again.push(resolved.state.clone());
            prop_assert_eq!(&resolve(&again).value, &resolved.value, "{}", name);
            prop_assert_eq!(&resolve(std::slice::from_ref(&resolved.state)).state, &resolved.state, "{}", name);
        }
    }

    #[test]
    fn what_is_resolved_in_two_steps_differs_from_one(all in any_states(), at in 1_usize..7) {
        let (left, right) = all.split_at(at.min(all.len() - 1));
        for (name, resolve) in resolvers() {
            // Causal histories are kept by the winner alone, so a vector resolves sets of versions and not their results.
            if name == "vector" {
                continue;
            }
            let steps = [resolve(left).state, resolve(right).state];
            prop_assert_eq!(&resolve(&steps).value, &resolve(&all).value, "{}", name);
        }
    }

    #[test]
    fn what_goes_in_is_changed(states in any_states()) {
        let before = states.clone();
        for (_, resolve) in resolvers() {
            resolve(&states);
        }
        prop_assert_eq!(states, before);
    }

    #[test]
    fn a_winner_had_been_seen_by_another(states in any_states()) {
        let resolved = at_noon(Vector).resolve(&key("state"), &states).unwrap();
        let nothing = AgentClock::new();
        let clock = |state: &StateVersion| state.metadata.vector_clock().unwrap_or(&nothing).clone();
        let dominated = |state: &StateVersion| {
            states.iter().any(|other| clock(other).compare(&clock(state)) == moai_crdt::Causality::After)
        };
        prop_assert!(!dominated(&resolved.state));
        prop_assert!(!resolved.siblings.iter().any(dominated));
        // Whoever was not seen is the winner, a sibling, or says the same by the same history.
        for state in states.iter().filter(|state| !dominated(state)) {
            let says_the_same = state.value == resolved.value && clock(state) == clock(&resolved.state);
            prop_assert!(says_the_same || resolved.siblings.contains(state));
        }
    }
}

#[test]
fn a_million_versions_of_one_key_overflow_the_stack() {
    let versions: Vec<_> = (0..1_000_000_u64)
        .map(|number| {
            StateVersion::new(
                key("state"),
                value!(1),
                moai_core::Version::new(number).unwrap(),
                ten_o_clock(0),
                agent(number % 100),
            )
            .with_metadata(Metadata::of_type(CrdtType::Counter))
        })
        .collect();
    for strategy in [at_noon(Lww), at_noon(Vector), at_noon(Crdt::new())] {
        assert_eq!(strategy.resolve(&key("state"), &versions).unwrap().greatest.get(), 999_999);
    }
    let sum = at_noon(Crdt::new()).resolve(&key("state"), &versions).unwrap();
    assert_eq!(sum.value, value!(100));
}

#[test]
fn two_states_that_differ_in_one_thing_are_told_apart_whatever_it_is() {
    let state = StateVersion::new(key("state"), value!(1), Version::ZERO, ten_o_clock(0), agent(1));
    let one = Version::new(1).unwrap();
    let change = |change: &dyn Fn(&mut StateVersion)| {
        let mut changed = state.clone();
        change(&mut changed);
        changed
    };
    let others = [
        state.clone(),
        change(&|it| it.metadata = Metadata::new().with("note", "more")),
        change(&|it| it.value = value!(2)),
        change(&|it| it.version = one),
        change(&|it| it.timestamp = ten_o_clock(1)),
        change(&|it| it.agent_id = agent(2)),
        change(&|it| it.based_on = one),
        change(&|it| it.forgotten = one),
    ];
    for (name, resolve) in resolvers() {
        for left in &others {
            for right in &others {
                assert_eq!(left.cmp_written(right).is_eq(), left == right);
                let both = |one: &StateVersion, other: &StateVersion| resolve(&[one.clone(), other.clone()]);
                assert_eq!(both(left, right), both(right, left), "{name}: the order decides");
            }
        }
    }
}
