//! A voter is found by its name, whatever the others are called.

use std::collections::BTreeSet;

use moai_consensus::Electorate;
use moai_core::AgentId;
use proptest::prelude::*;

/// Names that are hard to tell apart: few letters, long common beginnings, one the beginning of another.
fn name() -> impl Strategy<Value = String> {
    (prop::sample::select(vec!["", "a", "agent-", "agent-0000000", "zzzzzzzzzzzzzzzz"]), "[ab0]{1,3}", 0..3_usize)
        .prop_map(|(start, middle, more)| format!("{start}{middle}{}", "agent-00".repeat(more)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_voter_is_not_found_or_a_stranger_is(names in prop::collection::btree_set(name(), 0..30), asked in name()) {
        let ids: Vec<AgentId> = names.iter().map(|name| AgentId::new(name).unwrap()).collect();
        let electorate = Electorate::of(ids.clone()).unwrap();
        for (place, id) in ids.iter().enumerate() {
            prop_assert_eq!(electorate.index_of(id), Some(place));
        }
        let place = ids.iter().position(|id| id.as_str() == asked);
        prop_assert_eq!(electorate.index_of(&AgentId::new(&asked).unwrap()), place);
    }
}

#[test]
fn names_that_differ_only_at_their_ends_are_confused() {
    // 64 bytes at most; these share 61.
    let names: BTreeSet<String> = (0..1_000).map(|number| format!("{}{number:03}", "x".repeat(61))).collect();
    // One more name leaves nothing in common, so that the others look alike to whoever sees their beginnings alone.
    for further in [None, Some("a".to_owned())] {
        let names: BTreeSet<String> = names.iter().cloned().chain(further).collect();
        let ids: Vec<AgentId> = names.iter().map(|name| AgentId::new(name).unwrap()).collect();
        let electorate = Electorate::of(ids.clone()).unwrap();
        for (place, id) in ids.iter().enumerate() {
            assert_eq!(electorate.index_of(id), Some(place));
        }
        for stranger in ["x", "y", "b", "0", &"x".repeat(61), &"x".repeat(64), &format!("{}00", "x".repeat(61))] {
            assert_eq!(electorate.index_of(&AgentId::new(stranger).unwrap()), None, "{stranger}");
        }
    }
}

#[test]
fn an_electorate_of_nobody_or_of_one_is_searched() {
    let (one, other) = (AgentId::new("agent-1").unwrap(), AgentId::new("agent-12").unwrap());
    assert_eq!(Electorate::of([]).unwrap().index_of(&one), None);
    let alone = Electorate::of([one.clone()]).unwrap();
    assert_eq!((alone.index_of(&one), alone.index_of(&other)), (Some(0), None));
    assert_eq!(alone.index_of(&AgentId::new("a").unwrap()), None);
}
