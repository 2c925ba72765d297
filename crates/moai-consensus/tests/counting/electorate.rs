//! Who may vote: refused lists, weights that add up, the digest that stands in ballots.

use std::collections::BTreeSet;

use moai_consensus::{Elector, Electorate, Group, Ratio, Rule, Standing, Tally, Threshold, VoterKey};
use moai_core::{AgentId, Digest, InvalidInput, agent_id};
use proptest::prelude::*;

use super::slow::{electorate, voters};

fn id(number: usize) -> AgentId {
    AgentId::new(format!("agent-{number}")).unwrap()
}

fn key(byte: u8) -> VoterKey {
    VoterKey(Digest::from_bytes([byte; 32]))
}

fn pair() -> [Elector; 2] {
    let opus = Group::new("opus").unwrap();
    [Elector::new(id(1)).weighing(3).in_group(opus).with_veto().with_key(key(9)), Elector::new(id(2)).weighing(5)]
}

/// Two voters in epoch 7 whose weights are halves.
const PAIR: &str = concat!(
    r#"{"epoch":7,"unit":2,"electors":[{"id":"agent-1","weight":3,"group":"opus","veto":true,"key":"#,
    r#""0909090909090909090909090909090909090909090909090909090909090909"},{"id":"agent-2","weight":5}]}"#
);

#[test]
fn one_voter_counts_twice() {
    for ids in [[1, 2, 1], [2, 1, 1], [1, 1, 1]] {
        let refused = Electorate::of(ids.map(id)).unwrap_err();
        assert_eq!(refused, InvalidInput::DuplicateKey { field: "electorate", key: "agent-1".into() });
    }
    // However different it is listed.
    let [one, _] = pair();
    assert!(Electorate::new([one, Elector::new(id(2)), Elector::new(id(1))]).is_err());
}

#[test]
fn weights_that_do_not_fit_wrap() {
    let of = |weights: &[u64]| {
        Electorate::new(weights.iter().zip(0..).map(|(weight, number)| Elector::new(id(number)).weighing(*weight)))
    };
    assert_eq!(of(&[u64::MAX - 1, 1, 0]).unwrap().total_weight(), u64::MAX);
    for weights in [&[u64::MAX, 1][..], &[1, u64::MAX], &[u64::MAX / 2 + 1; 2], &[u64::MAX; 3]] {
        let refused = of(weights).unwrap_err();
        assert!(matches!(refused, InvalidInput::OutOfRange { field: "total weight", .. }), "{weights:?}: {refused}");
    }
}

#[test]
fn decimals_do_not_add_up() {
    let weight = |id: &AgentId| match id.as_str() {
        "agent-1" => "0.1".parse().ok(),
        "agent-2" => "0.2".parse().ok(),
        _ => "0.3".parse().ok(),
    };
    let electorate = Electorate::of([1, 2, 3].map(id)).unwrap().weighted(weight).unwrap();
    assert_eq!((electorate.total_weight(), electorate.unit()), (6, 10));
    let mut tally = Tally::new(electorate);
    for (place, standing) in [Standing::For, Standing::For, Standing::Against].into_iter().enumerate() {
        tally.record(place, standing);
    }
    let (half, end) = (Ratio::HALF, tally.as_it_is());
    assert!(Threshold::at_least(half).unwrap().by_weight().holds(&end).is_ok(), "0.1 + 0.2 is 0.3");
    assert!(Threshold::more_than(half).unwrap().by_weight().holds(&end).is_err(), "and no more");
}

#[test]
fn a_common_unit_that_does_not_fit_wraps() {
    let both = Electorate::of([1, 2].map(id)).unwrap();
    let refused = |first: (u64, u64), second: (u64, u64)| {
        let weight = |id: &AgentId| {
            let (n, d) = if id.as_str() == "agent-1" { first } else { second };
            Ratio::new(n, d).ok()
        };
        both.weighted(weight).map_err(|refused| refused.field())
    };
    assert_eq!(refused((1, 1 << 63), (1, 3)), Err("unit of weights"));
    assert_eq!(refused((u64::MAX, 1), (1, 2)), Err("weight"));
    assert_eq!(refused((u64::MAX, 1), (1, 1)), Err("total weight"));
    let fits = refused((u64::MAX - 1, 1), (1, 1)).unwrap();
    assert_eq!((fits.total_weight(), fits.unit()), (u64::MAX, 1));
    let fits = refused((1, 1 << 63), (1, 1 << 62)).unwrap();
    assert_eq!((fits.total_weight(), fits.unit()), (3, 1 << 63));
}

#[test]
fn weighing_anew_forgets_something_else() {
    let before = Electorate::new(pair()).unwrap().in_epoch(7);
    // Who is given no weight weighs 1, whatever it weighed before.
    let after = before.weighted(|id| (id.as_str() == "agent-2").then_some(Ratio::THIRD)).unwrap();
    let weights: Vec<u64> = after.electors().iter().map(|elector| elector.weight).collect();
    assert_eq!((weights, after.unit(), after.epoch()), (vec![3, 1], 3, 7));
    for (old, new) in before.electors().iter().zip(after.electors()) {
        assert_eq!(old.clone().weighing(new.weight), *new);
    }
}

#[test]
fn the_digest_in_ballots_changes_from_version_to_version() {
    // Both were worked out from the docs of `Electorate::digest`, without this crate.
    let (two, nobody): (Electorate, _) = (serde_json::from_str(PAIR).unwrap(), Electorate::of([]).unwrap());
    assert_eq!(two.digest().to_string(), "171e54b40f605fdc958e434be3688853f1047bea001c0c5619111d1387319c86");
    assert_eq!(nobody.digest().to_string(), "0a41f10e50f0cce138da4910da3d2d3e7d96fd8f5312d7641f0ee998ff1ce4da");
}

#[test]
fn two_electorates_share_a_digest() {
    let of = |electors: [Elector; 2]| Electorate::new(electors).unwrap();
    let [one, two] = pair();
    let group = |name: &str| Group::new(name).unwrap();
    let mut without_group = one.clone();
    without_group.group = None;
    let mut without_veto = one.clone();
    without_veto.veto = false;
    let mut without_key = one.clone();
    without_key.key = None;
    let mut other_name = one.clone();
    other_name.id = id(3);
    let halved: Electorate = serde_json::from_str(&PAIR.replace(r#""epoch":7"#, r#""epoch":0"#)).unwrap();
    let different = [
        of(pair()),
        of(pair()).in_epoch(1),
        halved,
        Electorate::new([one.clone()]).unwrap(),
        Electorate::new([two.clone()]).unwrap(),
        Electorate::of([]).unwrap(),
        of([one.clone().weighing(4), two.clone()]),
        // The weights the other way round.
        of([one.clone().weighing(5), two.clone().weighing(3)]),
        of([one.clone().in_group(group("haiku")), two.clone()]),
        of([without_group.clone(), two.clone()]),
        of([without_group, two.clone().in_group(group("opus"))]),
        of([without_veto.clone(), two.clone()]),
        of([without_veto, two.clone().with_veto()]),
        of([one.clone().with_key(key(8)), two.clone()]),
        of([without_key.clone(), two.clone()]),
        of([without_key, two.clone().with_key(key(9))]),
        of([other_name, two.clone()]),
    ];
    let digests: BTreeSet<Digest> = different.iter().map(Electorate::digest).collect();
    assert_eq!(digests.len(), different.len());
    // And what is the same shares it.
    assert_eq!(of([two, one]), of(pair()));
    assert_eq!(of(pair()).in_epoch(1).in_epoch(0), of(pair()));
}

#[test]
fn an_electorate_is_written_otherwise_than_it_is_read() {
    let two: Electorate = serde_json::from_str(PAIR).unwrap();
    assert_eq!((two.electors(), two.unit(), two.epoch()), (&pair()[..], 2, 7));
    assert_eq!(serde_json::to_string(&two).unwrap(), PAIR);
}

#[test]
fn strangers_write_an_electorate_that_could_not_be_made() {
    let refused = |json: &str| serde_json::from_str::<Electorate>(json).expect_err(json).to_string();
    let of = |electors: &str| format!(r#"{{"epoch":0,"unit":1,"electors":{electors}}}"#);
    let one = r#"{"id":"a","weight":1}"#;
    for (json, why) in [
        (of(&format!("[{one},{one}]")), "\"a\" twice"),
        (of(r#"[{"id":"a","weight":18446744073709551615},{"id":"b","weight":1}]"#), "total weight"),
        (of(r#"[{"id":"a","weight":18446744073709551616}]"#), "invalid type: floating point"),
        (of(r#"[{"id":"a","weight":-1}]"#), "invalid value: integer `-1`"),
        (of(r#"[{"id":"a","weight":0.5}]"#), "floating point `0.5`"),
        (of(r#"[{"id":"a"}]"#), "missing field `weight`"),
        (of(r#"[{"weight":1}]"#), "missing field `id`"),
        (of(r#"[{"id":"","weight":1}]"#), "empty"),
        (of(r#"[{"id":"A","weight":1}]"#), "may not stand there"),
        (of(r#"[{"id":"a","weight":1,"group":"Opus"}]"#), "may not stand there"),
        (of(r#"[{"id":"a","weight":1,"group":""}]"#), "empty"),
        (of(r#"[{"id":"a","weight":1,"veto":1}]"#), "invalid type: integer `1`"),
        (of(r#"[{"id":"a","weight":1,"key":"09"}]"#), "digest"),
        (of(r#"[{"id":"a","weight":1,"weight":2}]"#), "duplicate field `weight`"),
        (of(r#"[{"id":"a","weight":1,"power":2}]"#), "unknown field `power`"),
        (of("null"), "invalid type: null"),
        (of("[]").replace(r#""unit":1"#, r#""unit":0"#), "unit of weights is at least 1"),
        (of("[]").replace(r#""epoch":0,"#, ""), "missing field `epoch`"),
        (of("[]").replace(r#""epoch":0,"#, r#""epoch":0,"digest":"0","#), "unknown field `digest`"),
        ("[".repeat(10_000), "invalid"),
    ] {
        let said = refused(&json);
        assert!(said.contains(why), "{json:.80} says {said}");
    }
}

#[test]
fn who_has_left_still_votes() {
    let all = Electorate::new(pair()).unwrap().in_epoch(7);
    let left = all.without(&[id(1), agent_id!("stranger"), id(1)]);
    assert_eq!(left, Electorate::new([pair()[1].clone()]).unwrap().in_epoch(8));
    assert_eq!((left.total_weight(), left.groups().len(), left.classes().len()), (5, 0, 1));
    assert_eq!((left.index_of(&id(1)), left.index_of(&id(2))), (None, Some(0)));
    assert_eq!(all, Electorate::new(pair()).unwrap().in_epoch(7), "the old one stays as it is");
    let none = left.without(&[id(2)]);
    assert!(none.is_empty() && none.epoch() == 9 && none.total_weight() == 0);
    // Nobody leaves, and it is another picture all the same.
    assert_eq!(all.without(&[]), all.in_epoch(8));
    assert_eq!(all.in_epoch(u64::MAX).without(&[]).epoch(), u64::MAX);
    let halves: Electorate = serde_json::from_str(PAIR).unwrap();
    assert_eq!(halves.without(&[id(1)]).unit(), 2);
}

#[test]
fn ten_thousand_voters_are_too_many() {
    let ids: Vec<AgentId> = (0..10_000).map(|number| id(number * 7_919 % 10_000)).collect();
    let all = Electorate::of(ids.clone()).unwrap();
    assert_eq!((all.len(), all.total_weight(), all.classes().len()), (10_000, 10_000, 1));
    assert_eq!(all.classes()[0].members, 10_000);
    assert!(all.ids().is_sorted());
    for id in &ids {
        assert_eq!(&all.electors()[all.index_of(id).unwrap()].id, id);
    }
    assert!(all.index_of(&id(10_000)).is_none());
    assert_eq!(all, Electorate::of(ids.iter().rev().cloned()).unwrap());
    // Half of them leave, then all others.
    let (half, others) = ids.split_at(5_000);
    let left = all.without(half);
    assert_eq!((left.len(), left.without(others).len()), (5_000, 0));
    assert_eq!(left, Electorate::of(others.to_vec()).unwrap().in_epoch(1));
    // Halves and thirds.
    let weighted = all.weighted(|id| Ratio::new(1, 2 + id.as_str().len() as u64 % 2).ok());
    assert_eq!(weighted.unwrap().unit(), 6);
    let json = serde_json::to_string(&all).unwrap();
    assert_eq!(serde_json::from_str::<Electorate>(&json).unwrap(), all);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_share_of_weights_is_off(weights in prop::collection::vec(prop::option::of((0..100_u64, 1..13_u64)), 0..20)) {
        let ids: Vec<AgentId> = (0..weights.len()).map(|number| AgentId::new(format!("a{number:02}")).unwrap()).collect();
        let given = |id: &AgentId| {
            let (numerator, denominator) = weights[ids.binary_search(id).unwrap()]?;
            Ratio::new(numerator, denominator).ok()
        };
        let electorate = Electorate::of(ids.clone()).unwrap().weighted(given).unwrap();
        for elector in electorate.electors() {
            let meant = given(&elector.id).unwrap_or(Ratio::ONE);
            prop_assert_eq!(Ratio::new(elector.weight, electorate.unit()).unwrap(), meant);
        }
        // No unit is taken that is finer than needed.
        let least = electorate.electors().iter().fold(electorate.unit(), |common, elector| {
            let mut pair = (common, elector.weight);
            while pair.1 != 0 {
                pair = (pair.1, pair.0 % pair.1);
            }
            pair.0
        });
        prop_assert_eq!(least, 1);
        prop_assert_eq!(electorate.total_weight(), electorate.electors().iter().map(|elector| elector.weight).sum::<u64>());
    }

    #[test]
    fn an_electorate_is_read_back_as_another(voters in voters(12), epoch in any::<u64>()) {
        let electorate = electorate(&voters).in_epoch(epoch);
        let json = serde_json::to_string(&electorate).unwrap();
        let read: Electorate = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&read, &electorate);
        prop_assert_eq!(format!("{read:?}"), format!("{electorate:?}"));
        prop_assert_eq!(read.classes(), electorate.classes());
        prop_assert_eq!(serde_json::to_string(&read).unwrap(), json);
    }

    #[test]
    fn the_voters_left_are_not_those_who_stayed(voters in voters(12), leave in prop::collection::vec(any::<bool>(), 12)) {
        let all = electorate(&voters);
        let leaving: Vec<AgentId> =
            voters.iter().zip(&leave).filter(|(_, leaves)| **leaves).map(|(voter, _)| voter.elector().id).collect();
        let staying: Vec<_> =
            voters.iter().zip(&leave).filter(|(_, leaves)| !**leaves).map(|(voter, _)| voter.clone()).collect();
        let (left, expected) = (all.without(&leaving), electorate(&staying).in_epoch(1));
        prop_assert_eq!(&left, &expected);
        prop_assert_eq!(left.classes(), expected.classes());
        prop_assert_eq!(left.groups(), expected.groups());
        prop_assert_eq!(left.total_weight(), expected.total_weight());
    }
}
