//! Who may vote: an exact picture, and one digest for it.

use moai_consensus::{Elector, Electorate, Group, Ratio, VoterKey};
use moai_core::{AgentId, InvalidInput, agent_id};

fn group(name: &str) -> Group {
    Group::new(name).unwrap()
}

fn key() -> VoterKey {
    VoterKey::from_bytes(std::array::from_fn(|at| u8::try_from(at).unwrap()))
}

/// Three voters, out of order, with everything that a voter can have; with weights in halves, in epoch 3.
fn three() -> [Elector; 3] {
    [
        Elector::new(agent_id!("agent-3")).in_group(group("haiku")).with_veto(),
        Elector::new(agent_id!("agent-1")).in_group(group("opus")),
        Elector::new(agent_id!("agent-2")).with_veto().with_key(key()),
    ]
}

fn golden() -> Electorate {
    let weight = |id: &AgentId| match id.as_str() {
        "agent-1" => "2.5".parse().ok(),
        "agent-3" => Some(Ratio::ZERO),
        _ => None,
    };
    Electorate::new(three()).unwrap().weighted(weight).unwrap().in_epoch(3)
}

#[test]
fn a_voter_who_is_listed_twice_is_refused_by_name() {
    let twice = Electorate::of([agent_id!("b"), agent_id!("a"), agent_id!("c"), agent_id!("b")]);
    let refused = InvalidInput::DuplicateKey { field: "electorate", key: "b".into() };
    assert_eq!(twice.unwrap_err(), refused);
    let differently = [Elector::new(agent_id!("b")), Elector::new(agent_id!("b")).weighing(2).with_veto()];
    assert_eq!(Electorate::new(differently).unwrap_err(), refused);
}

#[test]
fn weights_fit_together_or_are_refused() {
    let two = |left, right| {
        Electorate::new([Elector::new(agent_id!("a")).weighing(left), Elector::new(agent_id!("b")).weighing(right)])
    };
    assert_eq!(two(u64::MAX - 1, 1).unwrap().total_weight(), u64::MAX);
    assert_eq!(two(0, 0).unwrap().total_weight(), 0);
    let refused = two(u64::MAX, 1).unwrap_err();
    assert_eq!(refused.field(), "total weight");
    let range = "total weight is more, the range is 0 to 18446744073709551615; nothing changed";
    assert_eq!(refused.to_string(), range);
}

#[test]
fn decimal_weights_become_whole_numbers_of_a_common_unit() {
    let weights = |each: &'static [&'static str]| {
        let ids = (0..each.len()).map(|at| AgentId::new(format!("a{at}")).unwrap());
        let flat = Electorate::of(ids).unwrap();
        let places: Vec<AgentId> = flat.ids().cloned().collect();
        flat.weighted(|id| each[places.iter().position(|place| place == id).unwrap()].parse().ok())
    };
    let each = |electorate: &Electorate| electorate.electors().iter().map(|one| one.weight).collect::<Vec<_>>();

    let scaled = weights(&["7.5", "1", "0.25", "none"]).unwrap();
    assert_eq!((scaled.unit(), scaled.total_weight(), each(&scaled)), (4, 39, vec![30, 4, 1, 4]));
    let thirds = weights(&["1/3", "1/4", "1/6"]).unwrap();
    assert_eq!((thirds.unit(), each(&thirds)), (12, vec![4, 3, 2]));
    let whole = weights(&["3", "0", "2.0"]).unwrap();
    assert_eq!((whole.unit(), each(&whole)), (1, vec![3, 0, 2]));
    // Weighing anew begins anew.
    assert_eq!(scaled.weighted(|_| None).unwrap().unit(), 1);

    let unit = weights(&["1/18446744073709551615", "1/18446744073709551614"]).unwrap_err();
    assert_eq!(unit.field(), "unit of weights");
    let weight = weights(&["18446744073709551615", "1/2"]).unwrap_err();
    assert_eq!(weight.field(), "weight");
    let sum = weights(&["18446744073709551615", "1"]).unwrap_err();
    assert_eq!(sum.field(), "total weight");
    for refused in [unit, weight, sum] {
        assert!(matches!(refused, InvalidInput::OutOfRange { .. }));
    }
    // What else voters are stays.
    let golden = golden();
    let second = golden.get(1).unwrap();
    assert_eq!((second.weight, second.veto, second.key), (2, true, Some(key())));
}

/// Worked out apart from this crate, from the layout that the documentation of `digest` tells.
#[test]
fn the_digest_is_as_documented() {
    const GOLDEN: &str = "cc83611b0496e4bfccb304fd5f7ba29f44368104bb5a4e187870b30cbe22c54a";
    const EMPTY: &str = "0a41f10e50f0cce138da4910da3d2d3e7d96fd8f5312d7641f0ee998ff1ce4da";
    assert_eq!(golden().digest().to_string(), GOLDEN);
    assert_eq!(Electorate::of([]).unwrap().digest().to_string(), EMPTY);
}

#[test]
fn every_part_changes_the_digest_and_order_does_not() {
    let [third, first, second] = three();
    let base = || vec![first.clone(), second.clone(), third.clone()];
    let with = |change: fn(&mut Vec<Elector>)| {
        let mut electors = base();
        change(&mut electors);
        Electorate::new(electors).unwrap()
    };
    let mut all = vec![
        with(|_| {}),
        with(|all| all[0].weight = 2),
        with(|all| all[0].group = None),
        with(|all| all[0].group = Some(group("haiku"))),
        with(|all| all[0].veto = true),
        with(|all| all[0].key = Some(key())),
        with(|all| all[1].key = None),
        with(|all| all[1].key = Some(VoterKey::from_bytes([0; 32]))),
        with(|all| all[0].id = agent_id!("agent-0")),
        with(|all| all.truncate(2)),
        with(|all| all.push(Elector::new(agent_id!("agent-4")))),
        with(Vec::clear),
        with(|_| {}).in_epoch(1),
    ];
    // The same weights in another unit.
    let halves = with(|_| {}).weighted(|_| Ratio::new(1, 2).ok()).unwrap();
    assert!(halves.electors().iter().all(|one| one.weight == 1));
    all.push(halves);
    for (at, one) in all.iter().enumerate() {
        for other in &all[..at] {
            assert_ne!(one.digest(), other.digest(), "{one:?} and {other:?}");
            assert_ne!(one, other);
        }
    }
    for order in [[0, 2, 1], [2, 1, 0], [1, 0, 2]] {
        let mixed = Electorate::new(order.map(|at| base()[at].clone())).unwrap();
        assert_eq!(mixed, all[0]);
        assert_eq!(mixed.electors(), all[0].electors());
    }
}

#[test]
fn classes_are_those_whom_no_rule_can_tell_apart() {
    let voter = |name: &str| Elector::new(AgentId::new(name).unwrap());
    let electors = [
        voter("a").weighing(2),
        voter("b").in_group(group("x")),
        voter("c").weighing(2).with_key(key()),
        voter("d").in_group(group("x")).with_veto(),
        voter("e").in_group(group("b")),
        voter("f").in_group(group("x")),
    ];
    let electorate = Electorate::new(electors).unwrap();
    assert_eq!(electorate.groups(), [group("b"), group("x")]);
    let mut found: Vec<_> =
        electorate.classes().iter().map(|one| (one.weight, one.group, one.veto, one.members)).collect();
    found.sort_unstable();
    let expected = [(1, Some(0), false, 1), (1, Some(1), false, 2), (1, Some(1), true, 1), (2, None, false, 2)];
    assert_eq!(found, expected);
}

#[test]
fn json_reads_back_and_strangers_json_is_held_against_everything() {
    for electorate in [golden(), Electorate::new(three()).unwrap(), Electorate::of([]).unwrap()] {
        let json = serde_json::to_string(&electorate).unwrap();
        let read: Electorate = serde_json::from_str(&json).unwrap();
        assert_eq!(
            (read.digest(), read.unit(), read.epoch()),
            (electorate.digest(), electorate.unit(), electorate.epoch())
        );
        assert_eq!(read.electors(), electorate.electors());
        assert_eq!(read.total_weight(), electorate.total_weight());
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
    }
    let plain = Electorate::of([agent_id!("a")]).unwrap();
    assert_eq!(serde_json::to_string(&plain).unwrap(), r#"{"epoch":0,"unit":1,"electors":[{"id":"a","weight":1}]}"#);
    let mixed = r#"{"electors":[{"id":"b","weight":1},{"weight":1,"id":"a"}],"unit":1,"epoch":0}"#;
    let mixed: Electorate = serde_json::from_str(mixed).unwrap();
    assert_eq!(mixed, Electorate::of([agent_id!("a"), agent_id!("b")]).unwrap());

    let hostile = [
        (r#"{"epoch":0,"unit":0,"electors":[]}"#, "unit"),
        (r#"{"epoch":0,"unit":1,"electors":[{"id":"a","weight":1},{"id":"a","weight":2}]}"#, "\"a\" twice"),
        (
            r#"{"epoch":0,"unit":1,"electors":[{"id":"a","weight":18446744073709551615},{"id":"b","weight":1}]}"#,
            "total",
        ),
        (r#"{"epoch":0,"unit":1,"electors":[],"more":1}"#, "unknown field"),
        (r#"{"epoch":0,"unit":1,"electors":[{"id":"a","weight":1,"more":1}]}"#, "unknown field"),
        (r#"{"epoch":0,"unit":1,"electors":[{"id":"a"}]}"#, "missing field"),
        (r#"{"epoch":0,"unit":1,"electors":[{"id":"A","weight":1}]}"#, "may not stand there"),
        (r#"{"epoch":0,"unit":1,"electors":[{"id":"a","weight":-1}]}"#, "invalid value"),
        (r#"{"epoch":0,"unit":1,"electors":[{"id":"a","weight":1.5}]}"#, "invalid type"),
        (r#"{"epoch":0,"unit":1,"electors":[{"id":"a","weight":1,"group":""}]}"#, "empty"),
        (r#"{"epoch":0,"unit":1,"electors":[{"id":"a","weight":1,"key":"00"}]}"#, "digest"),
        (r#"{"epoch":-1,"unit":1,"electors":[]}"#, "invalid value"),
        (r#"{"epoch":0,"electors":[]}"#, "missing field"),
        (r#"{"epoch":0,"epoch":0,"unit":1,"electors":[]}"#, "duplicate field"),
    ];
    for (json, why) in hostile {
        let refused = serde_json::from_str::<Electorate>(json).unwrap_err().to_string();
        assert!(refused.contains(why), "{json}: {refused}");
    }
}

#[test]
fn leaving_makes_another_picture_and_leaves_this_one() {
    let before = golden();
    let after = before.without(&[agent_id!("agent-1"), agent_id!("stranger"), agent_id!("agent-1")]);
    assert_eq!((before.len(), before.total_weight(), before.epoch()), (3, 7, 3));
    assert_eq!((after.len(), after.total_weight(), after.epoch(), after.unit()), (2, 2, 4, 2));
    assert_eq!(after.groups(), [group("haiku")], "a group that nobody is in any more is none");
    assert_eq!(after.electors(), &before.electors()[1..]);
    // Nobody left is a change of the picture too: whoever counts epochs sees that it was looked at.
    assert_ne!(before.without(&[]), before);
    assert_eq!(before.without(&[]).in_epoch(3), before);
    assert!(before.without(&before.ids().cloned().collect::<Vec<_>>()).is_empty());
    assert_eq!(before.in_epoch(u64::MAX).without(&[]).epoch(), u64::MAX);
}

#[test]
fn everybody_is_found_among_ten_thousand() {
    let ids: Vec<AgentId> = (0..10_000).rev().map(|number| AgentId::new(format!("agent-{number}")).unwrap()).collect();
    let electorate = Electorate::of(ids.clone()).unwrap();
    assert_eq!((electorate.len(), electorate.total_weight(), electorate.classes().len()), (10_000, 10_000, 1));
    for id in &ids {
        let place = electorate.index_of(id).unwrap();
        assert_eq!(electorate.get(place).unwrap().id, *id);
    }
    for (place, id) in electorate.ids().enumerate() {
        assert_eq!(electorate.index_of(id), Some(place));
    }
    assert!(electorate.ids().is_sorted());
    assert!(electorate.get(10_000).is_none());
    for stranger in ["agent", "agent-10000", "zebra", "0"] {
        assert_eq!(electorate.index_of(&AgentId::new(stranger).unwrap()), None);
    }
    let nobody = Electorate::of([]).unwrap();
    assert!(nobody.is_empty() && nobody.get(0).is_none() && nobody.index_of(&ids[0]).is_none());
    assert!(nobody.classes().is_empty() && nobody.groups().is_empty());
    assert_eq!((nobody.total_weight(), nobody.unit(), nobody.epoch()), (0, 1, 0));
}
