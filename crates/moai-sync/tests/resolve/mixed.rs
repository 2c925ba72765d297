//! Bare and mergeable forms of one kind together, in every order and every grouping, by every strategy.

use moai_core::{StateKey, Value, value};
use moai_crdt::{Causal, Document, Path, ReplicaId, Schema, Stamp};
use moai_sync::{
    ByPrefix, ConflictResolver, Crdt, CrdtType, Lww, Mergeable, Metadata, ResolveError, Resolved, StateVersion,
    Strategy as Way, Vector,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::states::{agent, at_noon, key, of_type, state};

/// A strategy of one's own, written from the documentation: the greatest value.
#[derive(Clone)]
struct Greatest;

impl Way for Greatest {
    fn resolve(&self, key: &StateKey, versions: &[StateVersion]) -> Result<Resolved, ResolveError> {
        let greatest = versions.iter().max_by(|left, right| left.value.cmp(&right.value).then(left.cmp_written(right)));
        let greatest = greatest.ok_or_else(|| ResolveError::Empty { state_key: key.clone() })?;
        Ok(Resolved::new(greatest.clone(), moai_sync::Way::Own("greatest")))
    }
}

fn strategies() -> Vec<(&'static str, ConflictResolver)> {
    vec![
        ("lww", at_noon(Lww)),
        ("vector", at_noon(Vector)),
        ("crdt", at_noon(Crdt::new())),
        ("inferring", at_noon(Crdt::inferring())),
        ("own", at_noon(Greatest)),
        ("by prefix, crdt", at_noon(ByPrefix::new(Lww).with("mix", Crdt::new()).with("m", Vector))),
        ("by prefix, own", at_noon(ByPrefix::new(Lww).with("mixed", Greatest))),
    ]
}

/// Every order of up to five.
fn orders(places: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for place in 0..places {
        let longer = |order: &Vec<usize>| {
            (0..=order.len()).map(|at| [&order[..at], &[place], &order[at..]].concat()).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}

fn resolve(resolver: &ConflictResolver, states: &[StateVersion]) -> Resolved {
    resolver.resolve(&key("mixed"), states).unwrap()
}

/// What must not depend on order or grouping: what it reads as, and what it is made of.
fn outcome(resolved: &Resolved) -> (Value, Option<Mergeable>) {
    (resolved.value.clone(), resolved.metadata.mergeable().cloned())
}

fn bare(kind: CrdtType) -> BoxedStrategy<StateVersion> {
    let value = match kind {
        CrdtType::Counter => (-3_i64..4).prop_map(Value::from).boxed(),
        CrdtType::Set => vec(prop_oneof![Just(value!(1)), Just(value!({"id": 2})), Just(value!(["x"]))], 0..3)
            .prop_map(|all| Value::from(all.into_iter().collect::<moai_core::Array>()))
            .boxed(),
        CrdtType::Map => vec(("[ab]", 0_i64..3), 0..3)
            .prop_map(|all| Value::from(std::collections::BTreeMap::from_iter(all)))
            .boxed(),
        _ => (0_i64..4).prop_map(Value::from).boxed(),
    };
    // Nobody writes two things in one version at one time.
    (value, 0_u64..4, 1_u64..4)
        .prop_map(move |(value, version, by)| {
            let seconds = i64::try_from(version).unwrap();
            of_type(kind, "mixed", value, version, seconds, by)
        })
        .boxed()
}

/// A document as an agent has it after some edits, each in a history of its own.
fn document() -> BoxedStrategy<StateVersion> {
    (vec((vec("[abc]", 0..3), 0_i64..4), 1..4), 1_u64..4, 0_u64..9)
        .prop_map(|(edits, by, life)| {
            let schema = Schema::new().set("/auth/tags").unwrap().counter("/runs").unwrap();
            let mut document = Causal::<Document>::default();
            for (at, (tags, runs)) in (1_u64..).zip(edits) {
                let now = Stamp::new(1_700_000_000_000 + at, 0).unwrap();
                let tags: Value = tags.into();
                let value = value!({"auth": {"tags": tags}, "runs": runs});
                let replica = ReplicaId::derive(&agent(by), life);
                let _delta = document.assign(replica, now, &Path::root(), &value, &schema).unwrap();
            }
            let mergeable = Mergeable::Document(Box::new(document));
            let state = state("mixed", mergeable.to_value().unwrap(), by, 0, by);
            state.with_metadata(Metadata::new().with_mergeable(mergeable))
        })
        .boxed()
}

/// Bare ones, and ones that were merged from some.
fn mixed(kind: CrdtType) -> BoxedStrategy<Vec<StateVersion>> {
    if kind == CrdtType::Document {
        // Of one history there is one continuation.
        return vec(document(), 2..6)
            .prop_map(|all| {
                let mut met = std::collections::BTreeSet::new();
                let alone = |state: &StateVersion| met.insert(state.agent_id.clone());
                all.into_iter().filter(alone).collect()
            })
            .boxed();
    }
    (vec(bare(kind), 1..5), vec(vec(bare(kind), 1..3), 0..3))
        .prop_map(|(mut all, groups)| {
            all.extend(groups.iter().map(|group| resolve(&at_noon(Crdt::new()), group).state));
            all
        })
        .boxed()
}

fn any_mixed() -> impl Strategy<Value = Vec<StateVersion>> {
    proptest::sample::select(CrdtType::ALL.to_vec()).prop_flat_map(mixed)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_order_of_bare_and_merged_ones_changes_what_comes_out(
        (states, shuffled) in any_mixed().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
    ) {
        for (name, resolver) in strategies() {
            let before = states.clone();
            let expected = resolve(&resolver, &states);
            prop_assert_eq!(&resolve(&resolver, &shuffled), &expected, "{}", name);
            if states.len() <= 4 {
                for order in orders(states.len()) {
                    let ordered: Vec<_> = order.into_iter().map(|at| states[at].clone()).collect();
                    prop_assert_eq!(&resolve(&resolver, &ordered), &expected, "{}", name);
                }
            }
            prop_assert_eq!(&states, &before, "{} changed what went in", name);
        }
    }

    #[test]
    fn a_grouping_of_bare_and_merged_ones_changes_what_comes_out(
        states in any_mixed(),
        groups in vec(0_usize..3, 8),
    ) {
        for (name, resolver) in strategies() {
            // Histories are kept by the winner alone: of these a group is not its result.
            if name == "vector" {
                continue;
            }
            let expected = outcome(&resolve(&resolver, &states));
            let mut grouped: Vec<StateVersion> = Vec::new();
            for group in 0..3 {
                let its = states.iter().zip(&groups).filter(|(_, its)| **its == group);
                let its: Vec<_> = its.map(|(state, _)| state.clone()).collect();
                if !its.is_empty() {
                    grouped.push(resolve(&resolver, &its).state);
                }
            }
            let resolved = resolve(&resolver, &grouped);
            prop_assert_eq!(&outcome(&resolved), &expected, "{}", name);
            // One after the other.
            let (first, rest) = states.split_first().unwrap();
            let one_by_one = rest.iter().fold(first.clone(), |so_far, next| {
                resolve(&resolver, &[so_far, next.clone()]).state
            });
            prop_assert_eq!(&outcome(&resolve(&resolver, &[one_by_one])), &expected, "{}", name);
            // And once more with all that went in.
            let again: Vec<_> = states.iter().cloned().chain([resolved.state]).collect();
            prop_assert_eq!(&outcome(&resolve(&resolver, &again)), &expected, "{}", name);
        }
    }
}

#[test]
fn there_are_fewer_orders_than_there_are() {
    assert_eq!((orders(3).len(), orders(5).len()), (6, 120));
}

#[test]
fn five_of_each_kind_differ_by_their_order() {
    let crdt = at_noon(Crdt::new());
    let of = |kind, values: [Value; 4]| {
        let mut all: Vec<_> =
            values.into_iter().zip(1..).map(|(value, by)| of_type(kind, "mixed", value, by, 0, by)).collect();
        all.push(resolve(&crdt, &all[1..3]).state);
        all
    };
    for (states, expected) in [
        (of(CrdtType::Counter, [value!(1), value!(20), value!(300), value!(4000)]), value!(4321)),
        (of(CrdtType::Set, [value!(["a"]), value!(["b", "a"]), value!(["c"]), value!([])]), value!(["a", "b", "c"])),
        (
            of(CrdtType::Map, [value!({"a": 1}), value!({"a": 2, "b": 2}), value!({"b": 3}), value!({"c": 4})]),
            value!({"a": 2, "b": 3, "c": 4}),
        ),
    ] {
        for (name, resolver) in strategies() {
            let first = resolve(&resolver, &states);
            for order in orders(5) {
                let ordered: Vec<_> = order.into_iter().map(|at| states[at].clone()).collect();
                assert_eq!(resolve(&resolver, &ordered), first, "{name}");
            }
        }
        assert_eq!(resolve(&crdt, &states).value, expected);
    }
}

/// What JSON says may be a lie: one thing that is declared, made of another.
#[test]
fn a_state_that_is_made_of_something_else_is_refused_whatever_the_order() {
    let made_of = |kind: CrdtType, value: Value, by: u64| {
        let bare = of_type(kind, "mixed", value, by, 0, by);
        resolve(&at_noon(Crdt::new()), &[bare]).state
    };
    let counter = made_of(CrdtType::Counter, value!(3), 1);
    let set = made_of(CrdtType::Set, value!([1]), 2);
    let map = made_of(CrdtType::Map, value!({"a": 1}), 3);
    for kind in [CrdtType::Counter, CrdtType::Set, CrdtType::Map, CrdtType::Document] {
        let declared = |state: &StateVersion| {
            let mut json = serde_json::to_value(state).unwrap();
            json["metadata"]["crdt_type"] = kind.to_string().into();
            serde_json::from_value::<StateVersion>(json).unwrap()
        };
        let all = [declared(&counter), declared(&set), declared(&map)];
        let answers = orders(3).into_iter().map(|order| {
            let versions: Vec<StateVersion> = order.into_iter().map(|place| all[place].clone()).collect();
            at_noon(Crdt::new()).resolve(&key("mixed"), &versions).unwrap_err()
        });
        let answers: Vec<ResolveError> = answers.collect();
        assert!(
            matches!(answers[0], ResolveError::WrongValue { got: "made of something else", .. }),
            "{:?}",
            answers[0]
        );
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{kind}: the order decides");
    }
}
