//! Binary formats carry the words as raw bytes: what is stored or sent so costs little more than itself.
#![cfg(feature = "ports")]

use std::fmt::Debug;

use moai_core::{
    AgentId, AgentState, CorrelationId, Cursor, Digest, Envelope, Epoch, Head, KeyRange, Member, NewRecord, Record,
    StateKey, Timestamp, Topology, Version, View, agent_id, message_kind, record_kind, swarm_id,
};
use proptest::prelude::*;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// `value` is written as `bytes`, and `bytes` are read as `value`.
#[track_caller]
fn golden<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, bytes: &[u8]) {
    assert_eq!(postcard::to_allocvec(value).unwrap(), bytes);
    assert_eq!(&postcard::from_bytes::<T>(bytes).unwrap(), value);
}

#[track_caller]
fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    golden(value, &postcard::to_allocvec(value).unwrap());
}

fn correlation() -> CorrelationId {
    CorrelationId::from_bytes(*b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\xff")
}

fn envelope(payload: Vec<u8>) -> Envelope {
    let (swarm, from, kind) = (swarm_id!("swarm-001"), agent_id!("agent-1"), message_kind!("consensus_request"));
    Envelope::new(swarm, from, kind, correlation(), payload)
}

fn record(payload: Vec<u8>) -> Record {
    let time = "2025-01-01T10:00:00+00:00".parse().unwrap();
    Record::after(Head::EMPTY, NewRecord::new(record_kind!("decision"), time, payload)).unwrap()
}

#[test]
fn an_envelope_in_binary_changed() {
    let header = b"\x01\x11consensus_request\x09swarm-001\x07agent-1\
        \x10\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\xff";
    golden(&envelope(vec![0xff, 0x00]), &[&header[..], b"\x02\xff\x00"].concat());
    golden(&envelope(b"for".to_vec()), &[&header[..], b"\x03for"].concat());
}

#[test]
fn a_record_in_binary_changed() {
    let record = record(b"approved".to_vec());
    // The digest is the one that stands in the golden JSON; the time is microseconds, zigzag.
    let digest: Digest = "a3e4f131f6c419c6a0a3e66e3e2ad90e1d4dc1454e3b861c2af2d68acae3880e".parse().unwrap();
    let bytes = [
        &b"\x01\x08decision\x80\xa0\x86\xbd\xc3\xa8\x95\x06\x08approved\x20"[..],
        &[0; 32],
        b"\x20",
        digest.as_bytes(),
    ]
    .concat();
    golden(&record, &bytes);
    assert!(record.is_intact());
    golden(&record.head(), &[&b"\x01\x20"[..], digest.as_bytes()].concat());
}

#[test]
fn a_small_word_in_binary_changed() {
    let version = Version::new(10).unwrap();
    golden(&correlation(), &[&[16][..], &correlation().to_bytes()].concat());
    golden(
        &Cursor { epoch: Epoch::from_bytes([0, 1, 2, 3, 4, 5, 6, 255]), version },
        b"\x08\0\x01\x02\x03\x04\x05\x06\xff\x0a",
    );
    golden(&Timestamp::from_unix_micros(-1).unwrap(), b"\x01");
    golden(&agent_id!("agent-1"), b"\x07agent-1");
    golden(&StateKey::new("é").unwrap(), b"\x02\xc3\xa9");
    golden(&KeyRange { from: Some(StateKey::new("a").unwrap()), to: None }, b"\x01\x01a\0");
    let members = vec![Member::new(agent_id!("a"), AgentState::Busy, 7)];
    golden(&View::new(9, members, Topology::Star), b"\x09\x01\x01a\x02\x07\x01");
}

#[test]
fn a_payload_costs_twice_its_bytes() {
    for n in [0, 1, 127, 128, 6_900, 100_000] {
        for byte in [b'a', 0xff] {
            let written = postcard::to_allocvec(&envelope(vec![byte; n])).unwrap().len();
            assert!((n..=n + 60).contains(&written), "an envelope of {n} takes {written}");
            let written = postcard::to_allocvec(&record(vec![byte; n])).unwrap().len();
            assert!((n..=n + 90).contains(&written), "a record of {n} takes {written}");
        }
    }
}

#[test]
fn hostile_bytes_become_a_word() {
    fn refused<T: DeserializeOwned + Debug>(bytes: &[u8]) {
        assert!(postcard::from_bytes::<T>(bytes).is_err(), "{bytes:?}");
    }
    for (length, fits) in [(15, false), (16, true), (17, false)] {
        let bytes = [&[length][..], &vec![7; length.into()]].concat();
        assert_eq!(postcard::from_bytes::<CorrelationId>(&bytes).is_ok(), fits);
    }
    for (length, fits) in [(0, false), (7, false), (8, true), (9, false)] {
        let bytes = [&[length][..], &vec![7; length.into()]].concat();
        assert_eq!(postcard::from_bytes::<Epoch>(&bytes).is_ok(), fits);
    }
    for (length, fits) in [(31, false), (32, true), (33, false), (64, false)] {
        let bytes = [&[length][..], &vec![b'0'; length.into()]].concat();
        assert_eq!(postcard::from_bytes::<Digest>(&bytes).is_ok(), fits);
        assert_eq!(postcard::from_bytes::<Head>(&[&[1][..], &bytes].concat()).is_ok(), fits);
    }
    for (micros, fits) in [
        (Timestamp::MIN.unix_micros() - 1, false),
        (Timestamp::MIN.unix_micros(), true),
        (Timestamp::MAX.unix_micros(), true),
        (Timestamp::MAX.unix_micros() + 1, false),
        (i64::MIN, false),
    ] {
        let bytes = postcard::to_allocvec(&micros).unwrap();
        assert_eq!(postcard::from_bytes::<Timestamp>(&bytes).is_ok(), fits, "{micros}");
    }
    refused::<AgentId>(b"\x07Agent-1");
    refused::<StateKey>(b"\x02a ");
    refused::<Envelope>(b"");
    // A length that no memory holds is refused before memory is taken for it.
    refused::<Digest>(b"\xff\xff\xff\xff\x0f");
    let mut bytes = postcard::to_allocvec(&envelope(vec![1, 2, 3])).unwrap();
    for end in 0..bytes.len() {
        refused::<Envelope>(&bytes[..end]);
    }
    bytes[0] = 2;
    refused::<Envelope>(&bytes);
}

/// Words inside of other types: fields, lists, options and tags outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Message {
    Ballot { by: AgentId, at: Timestamp, of: Vec<Digest>, head: Option<Head> },
    Note(Envelope),
}

proptest! {
    #[test]
    fn a_word_changes_on_its_way_through_bytes(
        payload: Vec<u8>, digest: [u8; 32], id: [u8; 16], epoch: [u8; 8], seq: u64,
        micros in Timestamp::MIN.unix_micros()..=Timestamp::MAX.unix_micros(),
    ) {
        let (digest, time) = (Digest::from_bytes(digest), Timestamp::from_unix_micros(micros).unwrap());
        let head = Head { seq: seq / 2, digest };
        comes_back(&digest);
        comes_back(&CorrelationId::from_bytes(id));
        comes_back(&Epoch::from_bytes(epoch));
        comes_back(&time);
        comes_back(&head);
        comes_back(&Record::after(head, NewRecord::new(record_kind!("ballot"), time, payload.clone())).unwrap());
        comes_back(&Message::Note(envelope(payload)));
        comes_back(&Message::Ballot { by: agent_id!("a"), at: time, of: vec![digest; 2], head: Some(head) });
    }

    #[test]
    fn random_bytes_panic(bytes: Vec<u8>) {
        let _ = postcard::from_bytes::<Envelope>(&bytes);
        let _ = postcard::from_bytes::<Record>(&bytes);
        let _ = postcard::from_bytes::<Head>(&bytes);
        let _ = postcard::from_bytes::<Cursor>(&bytes);
        let _ = postcard::from_bytes::<CorrelationId>(&bytes);
        let _ = postcard::from_bytes::<Timestamp>(&bytes);
        let _ = postcard::from_bytes::<KeyRange>(&bytes);
        let _ = postcard::from_bytes::<View>(&bytes);
        let _ = postcard::from_bytes::<Message>(&bytes);
    }

    #[test]
    fn one_changed_byte_panics_or_gives_two_spellings(at: prop::sample::Index, byte: u8) {
        let mut bytes = postcard::to_allocvec(&envelope(vec![0xff; 20])).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(envelope) = postcard::from_bytes::<Envelope>(&bytes) {
            let again = postcard::to_allocvec(&envelope).unwrap();
            prop_assert_eq!(&again[..], &bytes[..again.len()]);
        }
    }
}
