//! What is voted on: its name, its digest, and what it is bound to.

use moai_consensus::{Draft, Proposal};
use moai_core::{Digest, InvalidInput, Limits, Value, agent_id, proposal_id, value};

/// Worked out apart from this crate, from the layout that the documentation tells.
const DIGEST: &str = "2a046f34fcef4238841e7090f37ddf2f62769a77cadf9ec4aeb5f87ed6135609";
const DRAWN: &str = "d81bb543ccf91320f0f88b2985522e0b";
const INSTANCE: &str = "d7b7982f8fdf5b7e2f8f55c91954dec16ee40a2b8b3625555446e24f26cf9b05";

fn nonce() -> [u8; 16] {
    std::array::from_fn(|at| u8::try_from(at).unwrap())
}

fn identify(content: impl Into<Value>) -> Result<Proposal, InvalidInput> {
    Draft::new(content).identify(agent_id!("lead"), nonce(), &Limits::default())
}

fn deploy() -> Proposal {
    let draft = Draft::new(value!({"action": "deploy"})).named(proposal_id!("deploy-v2.0"));
    draft.identify(agent_id!("lead"), nonce(), &Limits::default()).unwrap()
}

#[test]
fn a_name_in_the_content_is_honoured_and_the_callers_counts_more() {
    let named = value!({"proposal_id": "deploy-v2.0", "action": "deploy"});
    let draft = Draft::from(named.clone());
    assert!(draft.is_named());
    let proposal = identify(named.clone()).unwrap();
    assert_eq!((proposal.id(), proposal.content()), (&proposal_id!("deploy-v2.0"), &named));
    assert_eq!(proposal.proposer(), &agent_id!("lead"));
    let renamed = draft.named(proposal_id!("other")).identify(agent_id!("lead"), nonce(), &Limits::default()).unwrap();
    assert_eq!((renamed.id(), renamed.content()), (&proposal_id!("other"), &named));
    // The caller's name stands even where the content has none that could.
    let bad = Draft::new(value!({"proposal_id": 7})).named(proposal_id!("other"));
    assert_eq!(bad.identify(agent_id!("lead"), nonce(), &Limits::default()).unwrap().id(), &proposal_id!("other"));
    // Only a map can name itself, and only at the top.
    for nameless in [value!(["proposal_id"]), value!("proposal_id"), value!({"in": {"proposal_id": "x"}}), value!(null)]
    {
        assert!(!Draft::new(nameless.clone()).is_named());
        assert_eq!(identify(nameless).unwrap().id().as_str().len(), 32);
    }
}

#[test]
fn a_proposal_id_that_is_no_name_is_refused() {
    for content in [value!(7), value!(null), value!(["x"]), value!({"id": "x"}), value!(true), value!(1.5)] {
        let refused = InvalidInput::Malformed { field: "proposal id", why: "it is not a text".into() };
        let content = value!({"proposal_id": content.clone()});
        assert!(Draft::new(content.clone()).is_named(), "no nonce is drawn for what is refused");
        assert_eq!(identify(content).unwrap_err(), refused);
    }
    let longest = "x".repeat(64);
    assert_eq!(identify(value!({"proposal_id": longest.clone()})).unwrap().id().as_str(), longest);
    for name in ["", "Deploy", "a b", "-a", "a/b", "ä", "a\n", &"x".repeat(65)] {
        let refused = identify(value!({"proposal_id": name})).unwrap_err();
        assert_eq!(refused.field(), "proposal id", "{name:?}: {refused}");
    }
}

#[test]
fn a_drawn_name_comes_from_content_proposer_and_nonce_alone() {
    let drawn = |content: Value, proposer, nonce| {
        Draft::new(content).identify(proposer, nonce, &Limits::default()).unwrap().id().clone()
    };
    let first = drawn(value!({"action": "deploy"}), agent_id!("lead"), nonce());
    assert_eq!(first.as_str(), DRAWN);
    for _ in 0..10 {
        assert_eq!(drawn(value!({"action": "deploy"}), agent_id!("lead"), nonce()), first, "no clock, no chance");
    }
    let others = [
        drawn(value!({"action": "deploy2"}), agent_id!("lead"), nonce()),
        drawn(value!({"action": "deploy"}), agent_id!("lead2"), nonce()),
        drawn(value!({"action": "deploy"}), agent_id!("lead"), [0; 16]),
    ];
    for (at, other) in others.iter().enumerate() {
        assert_ne!(*other, first);
        assert!(!others[..at].contains(other));
    }
}

#[test]
fn content_over_the_limits_is_refused_before_anything_walks_over_it() {
    let nested = |depth: usize| (0..depth).fold(value!(1), |inside, _| value!([inside.clone()]));
    let limit = Limits::default().value_depth;
    assert!(identify(nested(limit)).is_ok());
    for deep in [limit + 1, 10_000] {
        // Built without a copy at each level.
        let mut content = value!(1);
        for _ in 0..deep {
            content = Value::from(vec![content]);
        }
        let refused = identify(content).unwrap_err();
        assert_eq!(refused, InvalidInput::TooDeep { field: "value", limit: limit as u64, got: deep as u64 });
    }
    let mut deep = value!("x");
    for _ in 0..10_000 {
        deep = value!({"proposal_id": deep.clone()});
        if deep.depth() > 50 {
            break;
        }
    }
    assert!(matches!(identify(deep), Err(InvalidInput::TooDeep { .. })));
    let bytes = Limits::default().value_bytes;
    let long = |length: usize| identify(Value::from("x".repeat(length)));
    // A tag, and three bytes that tell the length.
    assert!(long(bytes - 4).is_ok());
    let refused = InvalidInput::TooLong { field: "value", limit: bytes as u64, got: bytes as u64 + 1 };
    assert_eq!(long(bytes - 3).unwrap_err(), refused);
}

#[test]
fn the_digest_is_as_documented_and_everything_changes_it() {
    assert_eq!(deploy().digest().to_string(), DIGEST);
    assert_eq!(deploy().clone().digest(), deploy().digest());
    let of = |id, proposer, content: Value| {
        Draft::new(content).named(id).identify(proposer, nonce(), &Limits::default()).unwrap()
    };
    let others = [
        deploy(),
        of(proposal_id!("deploy-v2.1"), agent_id!("lead"), value!({"action": "deploy"})),
        of(proposal_id!("deploy-v2.0"), agent_id!("lead2"), value!({"action": "deploy"})),
        of(proposal_id!("deploy-v2.0"), agent_id!("lead"), value!({"action": "deploy "})),
        of(proposal_id!("deploy-v2.0"), agent_id!("lead"), value!({"action": "deploy", "more": null})),
        of(proposal_id!("deploy-v2.0"), agent_id!("lead"), value!("deploy")),
        of(proposal_id!("a"), agent_id!("ab"), value!(1)),
        of(proposal_id!("aa"), agent_id!("b"), value!(1)),
        of(proposal_id!("aa"), agent_id!("b"), value!(1.0)),
    ];
    for (at, one) in others.iter().enumerate() {
        for other in &others[..at] {
            assert_ne!(one.digest(), other.digest());
            assert_ne!(one, other);
        }
    }
    let ordered = of(proposal_id!("p"), agent_id!("a"), value!({"a": 1, "b": 2}));
    let other_way = of(proposal_id!("p"), agent_id!("a"), value!({"b": 2, "a": 1}));
    assert_eq!((ordered.digest(), &ordered), (other_way.digest(), &other_way));
}

#[test]
fn ballots_are_bound_to_proposal_electorate_and_rule() {
    let (electorate, rule) = (Digest::from_bytes([0x22; 32]), Digest::from_bytes([0x33; 32]));
    let bound = deploy().instance_under(electorate, rule);
    assert_eq!(bound.to_string(), INSTANCE);
    assert_ne!(deploy().instance_under(rule, electorate), bound);
    assert_ne!(deploy().instance_under(electorate, electorate), bound);
    assert_ne!(identify(value!(1)).unwrap().instance_under(electorate, rule), bound);
}

#[test]
fn json_reads_back() {
    let proposal =
        identify(value!({"n": [1, 2.5, -3, 0.1], "t": "Ⲁ \u{1f5fd}", "u": 18_446_744_073_709_551_615_u64})).unwrap();
    let json = serde_json::to_string(&proposal).unwrap();
    let read: Proposal = serde_json::from_str(&json).unwrap();
    assert_eq!((&read, read.digest()), (&proposal, proposal.digest()));
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
    let written = r#"{"id":"deploy-v2.0","proposer":"lead","content":{"action":"deploy"}}"#;
    assert_eq!(serde_json::to_string(&deploy()).unwrap(), written);
    assert_eq!(serde_json::from_str::<Proposal>(written).unwrap(), deploy());
    let deep = format!(r#"{{"id":"a","proposer":"b","content":{}1{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    for hostile in [
        r#"{"id":"a","proposer":"b"}"#,
        r#"{"id":"a","proposer":"b","content":1,"digest":"00"}"#,
        r#"{"id":"A","proposer":"b","content":1}"#,
        r#"{"id":"a","proposer":"","content":1}"#,
        r#"{"id":"a","proposer":"b","content":1,"content":2}"#,
        r#"{"id":"a","proposer":"b","content":{"x":1,"x":2}}"#,
        r#"{"id":"a","proposer":"b","content":1e999}"#,
        &deep,
    ] {
        assert!(serde_json::from_str::<Proposal>(hostile).is_err(), "{}", &hostile[..40.min(hostile.len())]);
    }
}
