//! What is written as JSON is a contract: other versions and other languages read it.

use std::fmt::Debug;

use moai_core::{
    AgentState, CorrelationId, Cursor, Durability, Envelope, Epoch, Expected, Head, KeyRange, Member, NewRecord,
    Persistence, Record, Role, StateKey, Timestamp, Topology, Version, View, agent_id, message_kind, record_kind,
    swarm_id,
};
use serde::{Serialize, de::DeserializeOwned};

/// `value` is written as `json`, and `json` is read as `value`.
#[track_caller]
fn golden<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, json: &str) {
    assert_eq!(serde_json::to_string(value).unwrap(), json);
    assert_eq!(&serde_json::from_str::<T>(json).unwrap(), value);
}

#[track_caller]
fn refused<T: DeserializeOwned + Debug>(json: &str, because: &str) {
    let error = serde_json::from_str::<T>(json).unwrap_err().to_string();
    assert!(error.contains(because), "{error:?} does not say {because:?}");
}

fn envelope(payload: &'static [u8]) -> Envelope {
    let correlation = CorrelationId::from_bytes(*b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\xff");
    Envelope::new(
        swarm_id!("swarm-001"),
        agent_id!("agent-1"),
        message_kind!("consensus_request"),
        correlation,
        payload,
    )
}

const HEADER: &str = r#"{"format":1,"type":"consensus_request","swarm":"swarm-001","from":"agent-1","correlation":"000102030405060708090a0b0c0d0eff","payload":"#;

#[test]
fn an_envelope_changed() {
    golden(&envelope(b""), &format!("{HEADER}{{\"text\":\"\"}}}}"));
    golden(&envelope(br#"{"action":"deploy"}"#), &format!(r#"{HEADER}{{"text":"{{\"action\":\"deploy\"}}"}}}}"#));
    golden(&envelope(&[0xff, 0x00]), &format!("{HEADER}{{\"hex\":\"ff00\"}}}}"));
}

#[test]
fn an_envelope_has_two_spellings() {
    refused::<Envelope>(&format!("{HEADER}{{\"hex\":\"61\"}}}}"), "written as text");
    refused::<Envelope>(&format!("{HEADER}{{\"hex\":\"FF\"}}}}"), "'F' at byte 0");
    refused::<Envelope>(&format!("{HEADER}{{\"hex\":\"fff\"}}}}"), "no whole bytes");
    refused::<Envelope>(&format!("{HEADER}{{\"text\":\"\"}},\"more\":1}}"), "unknown field `more`");
    refused::<Envelope>(
        &HEADER.replace("\"format\":1", "\"format\":2").replacen("\"payload\":", "\"payload\":{\"text\":\"\"}}", 1),
        "envelope format is 2",
    );
    refused::<Envelope>(
        &format!("{}{{\"text\":\"\"}}}}", HEADER.replace("\"format\":1,", "\"format\":1,\"format\":1,")),
        "duplicate field",
    );
    refused::<Envelope>("{\"format\":1}", "missing field");
    refused::<Envelope>(&format!("{HEADER}{{\"text\":\"\",\"hex\":\"\"}}}}"), "");
    refused::<Envelope>(&format!("{HEADER}{{\"bytes\":\"\"}}}}"), "unknown variant");
}

#[test]
fn a_record_or_a_head_changed() {
    let new = NewRecord::new(record_kind!("decision"), "2025-01-01T10:00:00+00:00".parse().unwrap(), "approved");
    let first = Record::after(Head::EMPTY, new).unwrap();
    // The digest was computed by a program of its own from the documented fields.
    golden(
        &first,
        r#"{"seq":1,"kind":"decision","time":"2025-01-01T10:00:00+00:00","payload":{"text":"approved"},"previous":"0000000000000000000000000000000000000000000000000000000000000000","digest":"a3e4f131f6c419c6a0a3e66e3e2ad90e1d4dc1454e3b861c2af2d68acae3880e"}"#,
    );
    golden(&first.head(), "\"1:a3e4f131f6c419c6a0a3e66e3e2ad90e1d4dc1454e3b861c2af2d68acae3880e\"");
    let early = Timestamp::from_unix_micros(-1).unwrap();
    let second = Record::after(first.head(), NewRecord::new(record_kind!("ballot"), early, vec![0xff])).unwrap();
    assert_eq!(second.digest.to_string(), "3bee3e743c8f42e5ca33f69dd246a9455d2cb25e88941a333a310787d1c36257");
    for bad in ["1", "1:", ":00", "01:00", "+1:00", "1:zz", "-1:00"] {
        refused::<Head>(&format!("\"{bad}\""), "");
    }
}

#[test]
fn a_cursor_or_a_range_changed() {
    let version = Version::new(10).unwrap();
    golden(
        &Cursor { epoch: Epoch::from_bytes([0, 0, 0, 0, 0, 0, 0, 255]), version },
        r#"{"epoch":"00000000000000ff","version":10}"#,
    );
    refused::<Cursor>(r#"{"epoch":"ff","version":10}"#, "16 are due");
    refused::<Cursor>(r#"{"epoch":"00000000000000FF","version":10}"#, "'F' at byte 14");
    let key = |text: &str| Some(StateKey::new(text).unwrap());
    refused::<KeyRange>("{}", "missing field"); // everything is said, never left out: it may be deleted
    golden(&KeyRange { from: key("a"), to: None }, r#"{"from":"a","to":null}"#);
    golden(&KeyRange { from: key("a"), to: key("b") }, r#"{"from":"a","to":"b"}"#);
}

#[test]
fn a_word_changed() {
    for (state, json) in [
        (AgentState::Active, "\"active\""),
        (AgentState::Idle, "\"idle\""),
        (AgentState::Busy, "\"busy\""),
        (AgentState::Failed, "\"failed\""),
    ] {
        golden(&state, json);
    }
    for (topology, json) in [
        (Topology::Mesh, "\"mesh\""),
        (Topology::Star, "\"star\""),
        (Topology::Ring, "\"ring\""),
        (Topology::Hierarchical, "\"hierarchical\""),
        (Topology::Adaptive, "\"adaptive\""),
    ] {
        golden(&topology, json);
    }
    golden(&Role::Member, "\"member\"");
    golden(&Role::Service, "\"service\"");
    golden(&Durability::Durable, "\"durable\"");
    golden(&Durability::Eventual, "\"eventual\"");
    golden(&Persistence::Process, "\"process\"");
    golden(&Persistence::Crash, "\"crash\"");
    golden(&Expected::Absent, "\"absent\"");
    golden(&Expected::Version(Version::new(3).unwrap()), r#"{"version":3}"#);
    golden(&Expected::Deleted(Version::new(3).unwrap()), r#"{"deleted":3}"#);
    golden(&Expected::Nothing, "\"nothing\"");
    let members = vec![Member::new(agent_id!("agent-1"), AgentState::Active, 7)];
    golden(
        &View::new(9, members, Topology::Mesh),
        r#"{"epoch":9,"members":[{"id":"agent-1","state":"active","joined":7}],"topology":"mesh"}"#,
    );
    refused::<AgentState>("\"Active\"", "unknown variant");
}

#[test]
fn a_field_that_nobody_knows_is_skipped() {
    refused::<Member>(r#"{"id":"a","state":"idle","more":1}"#, "unknown field `more`");
    refused::<View>(r#"{"members":[],"topology":"mesh","more":1}"#, "unknown field `more`");
    refused::<View>(r#"{"members":[{"id":"a","state":"idle","more":1}],"topology":"mesh"}"#, "unknown field `more`");
    refused::<Cursor>(r#"{"epoch":"00000000000000ff","version":10,"more":1}"#, "unknown field `more`");
    refused::<KeyRange>(r#"{"from":null,"to":null,"more":1}"#, "unknown field `more`");
    refused::<Expected>(r#"{"version":3,"more":1}"#, "");
    let record = Record::after(Head::EMPTY, NewRecord::new(record_kind!("a"), Timestamp::UNIX_EPOCH, "")).unwrap();
    let json = serde_json::to_string(&record).unwrap();
    refused::<Record>(&json.replacen('{', r#"{"more":1,"#, 1), "unknown field `more`");
}
