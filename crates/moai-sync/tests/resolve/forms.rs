//! What a state is made of, in bytes and as JSON, and every way to break it.

use moai_core::{InvalidInput, Limits, StateKey, Value, agent_id, value};
use moai_crdt::{Causal, Document, Path, ReplicaId, Schema, Stamp};
use moai_sync::{AgentClock, Crdt, CrdtType, Mergeable, Metadata, StateVersion};

use crate::states::{agent, at_noon, counter, key, of_type, state};

fn tags(by: u64, tags: &Value, from: &Causal<Document>) -> (Causal<Document>, StateVersion) {
    let schema = Schema::new().set("/tags").unwrap().counter("/runs").unwrap();
    let (replica, now) = (ReplicaId::derive(&agent(by), 0), Stamp::new(1_700_000_000_000, 0).unwrap());
    let mut document = from.clone();
    let _delta = document.assign(replica, now, &Path::root(), tags, &schema).unwrap();
    let mergeable = Mergeable::Document(Box::new(document.clone()));
    let state = state("nested", mergeable.to_value().unwrap(), by, 0, by);
    (document, state.with_metadata(Metadata::new().with_mergeable(mergeable)))
}

#[test]
fn sets_in_a_map_do_not_merge_element_by_element() {
    let (start, first) = tags(1, &value!({"tags": ["enabled", "sso"], "runs": 1}), &Causal::default());
    let (_, second) = tags(1, &value!({"tags": ["enabled", "sso", "mfa"], "runs": 2}), &start);
    let (_, third) = tags(2, &value!({"tags": ["enabled", "oauth"], "runs": 3}), &start);
    let resolved = at_noon(Crdt::new()).resolve(&key("nested"), &[first, second, third]).unwrap();
    // `sso` was taken out, `mfa` and `oauth` came in, and both counted on from 1.
    assert_eq!(resolved.value, value!({"tags": ["enabled", "mfa", "oauth"], "runs": 4}));
}

fn examples() -> Vec<StateVersion> {
    let merged = at_noon(Crdt::new()).resolve(&key("counter"), &[counter(42, 1, 1), counter(38, 1, 2)]).unwrap();
    let map = of_type(CrdtType::Map, "config", value!({"timeout": 60}), 3, 1, 2);
    let map = at_noon(Crdt::new()).resolve(&key("config"), &[map]).unwrap().state;
    let set = of_type(CrdtType::Set, "tasks", value!([{"id": 1}, "two"]), 3, 1, 2);
    let set = at_noon(Crdt::new()).resolve(&key("tasks"), &[set]).unwrap().state;
    let clock = AgentClock::from_iter([(agent(1), 5), (agent(2), u64::MAX)]);
    let clocked = Metadata::new().with_vector_clock(clock).with("team", "ops").with("crdt_type", "passed over");
    vec![
        state("plain", value!(null), 0, 0, 1),
        counter(42, 7, 1),
        merged.state,
        map,
        set,
        tags(1, &value!({"tags": ["a"], "runs": 1}), &Causal::default()).1,
        state("clocked", value!("text"), 9, -5, 3).with_metadata(clocked).based_on(moai_core::Version::MAX),
    ]
}

#[test]
fn a_state_changes_on_its_way_in_bytes_and_as_json() {
    for state in examples() {
        let bytes = state.to_bytes();
        assert_eq!(StateVersion::from_bytes(&bytes, &Limits::default()).unwrap(), state);
        let json = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<StateVersion>(&json).unwrap(), state, "{json}");
    }
}

#[test]
fn json_does_not_read_as_the_documents_write_it() {
    let text = r#"{"state_key": "task_count", "value": 42, "version": 1, "timestamp": "2025-01-01T10:00:00Z",
        "agent_id": "agent-1", "metadata": {"crdt_type": "counter"}}"#;
    assert_eq!(
        serde_json::from_str::<StateVersion>(text).unwrap(),
        of_type(CrdtType::Counter, "task_count", value!(42), 1, 0, 1)
    );
    for (broken, why) in [
        (text.replace("counter", "sum"), "sum"),
        (text.replace("10:00:00Z", "10:00:00"), "timestamp"),
        (text.replace("\"agent-1\"", "\"Agent 1\""), "agent id"),
        (text.replace("\"version\": 1", "\"version\": -1"), "-1"),
        (text.replace("\"version\": 1", "\"version\": 9007199254740992"), "version"),
        (text.replace("task_count", ""), "key"),
        (text.replace("}}", "}, \"colour\": 1}"), "colour"),
        (text.replace("\"counter\"", "\"counter\", \"vector_clock\": {\"a\": 1, \"a\": 2}"), "twice"),
    ] {
        let error = serde_json::from_str::<StateVersion>(&broken).unwrap_err().to_string();
        assert!(error.contains(why), "{error:?} does not tell of {why:?}");
    }
}

#[test]
fn cut_or_flipped_bytes_are_read_as_something_else_or_panic() {
    for state in examples() {
        let bytes = state.to_bytes();
        for length in 0..bytes.len() {
            assert!(StateVersion::from_bytes(&bytes[..length], &Limits::default()).is_err(), "cut at {length}");
        }
        for (at, bit) in (0..bytes.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            if let Ok(read) = StateVersion::from_bytes(&flipped, &Limits::default()) {
                assert_eq!(read.to_bytes(), flipped, "what is read is in its one form");
                assert_ne!(read, state);
            }
        }
    }
}

#[test]
fn a_value_that_its_parts_do_not_read_as_is_believed() {
    let honest = examples().swap_remove(2);
    assert_eq!(honest.check(&Limits::default()), Ok(()));
    let mut liar = honest;
    liar.value = value!(1_000_000);
    assert!(matches!(liar.check(&Limits::default()), Err(InvalidInput::Malformed { .. })));
    let json = serde_json::to_string(&liar).unwrap();
    let read: StateVersion = serde_json::from_str(&json).unwrap();
    assert!(read.check(&Limits::default()).is_err());
}

#[test]
fn a_value_beyond_the_limits_is_taken_in() {
    let strict = Limits { value_bytes: 64, value_depth: 2, ..Limits::default() };
    for (value, fits) in [
        (value!("x".repeat(50)), true),
        (value!("x".repeat(80)), false),
        (value!([[1]]), true),
        (value!([[[1]]]), false),
    ] {
        let state = StateVersion::new(
            StateKey::new("k").unwrap(),
            value,
            moai_core::Version::ZERO,
            moai_core::Timestamp::UNIX_EPOCH,
            agent_id!("a"),
        );
        assert_eq!(state.check(&strict).is_ok(), fits);
        assert_eq!(StateVersion::from_bytes(&state.to_bytes(), &strict).is_ok(), fits);
    }
}
