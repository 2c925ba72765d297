//! Messages that are accepted are the bytes of what was read; records that are accepted are written again as they were
//! read; and nothing that a stranger wrote breaks what reads it.

use std::fmt::{Debug, Display};

use moai_consensus::{Certificate, Closed, Entry, Evidence, Opening, Outcome, Reply, Request};
use moai_core::{InvalidInput, Limits, RecordKind};
use serde::Serialize;
use serde::de::DeserializeOwned;

const RECORDS: [&str; 6] = [
    "consensus_opened",
    "consensus_ballot",
    "consensus_late",
    "consensus_invalid",
    "consensus_evidence",
    "consensus_decided",
];

/// The first byte chooses what stands behind it.
pub(crate) fn check(data: &[u8]) {
    accepted(data);
}

/// The same, and whether it was taken.
pub(crate) fn accepted(data: &[u8]) -> bool {
    let Some((kind, bytes)) = data.split_first() else { return false };
    match kind % 13 {
        0 => message(bytes, Request::from_bytes, Request::to_bytes),
        1 => message(bytes, Reply::from_bytes, Reply::to_bytes),
        2 => message(bytes, Closed::from_bytes, Closed::to_bytes),
        3 => json::<Outcome>(bytes),
        4 => json::<Opening>(bytes),
        11 => message(bytes, Certificate::from_bytes, Certificate::to_bytes),
        12 => message(bytes, Evidence::from_bytes, Evidence::to_bytes),
        record => record_of(RECORDS[usize::from(record - 5)], bytes),
    }
}

fn message<T>(bytes: &[u8], read: fn(&[u8], &Limits) -> Result<T, InvalidInput>, write: fn(&T) -> Vec<u8>) -> bool {
    // The defaults, and limits that an input of a few kilobytes comes up to.
    let small = Limits { value_bytes: 256, value_depth: 4, reason_bytes: 64, ballot_bytes: 256, ..Limits::default() };
    let [taken, taken_small] = [Limits::default(), small].map(|limits| match read(bytes, &limits) {
        Ok(message) => {
            assert!(write(&message) == bytes, "one message has two forms");
            true
        }
        Err(refused) => told(&refused),
    });
    assert!(taken || !taken_small, "lower limits let more through");
    taken
}

fn record_of(kind: &str, bytes: &[u8]) -> bool {
    let kind = RecordKind::new(kind).unwrap();
    match Entry::from_payload(&kind, bytes) {
        Ok(read) => {
            let entry = read.expect("the kind is one of a vote's");
            assert_eq!(entry.kind(), kind);
            let written = entry.to_payload().expect("what was read can be written");
            let again = Entry::from_payload(&kind, &written).expect("what was read can be written and read").unwrap();
            assert_eq!(again, entry);
            assert_eq!(again.to_payload().ok(), Some(written));
            assert_eq!((again.proposal(), again.time()), (entry.proposal(), entry.time()));
            true
        }
        Err(refused) => told(&refused),
    }
}

fn json<T: Serialize + DeserializeOwned + PartialEq + Debug>(bytes: &[u8]) -> bool {
    match serde_json::from_slice::<T>(bytes) {
        Ok(read) => {
            let written = serde_json::to_vec(&read).unwrap();
            let again = serde_json::from_slice::<T>(&written).expect("what was read can be written and read");
            assert_eq!(again, read);
            assert_eq!(serde_json::to_vec(&again).unwrap(), written);
            true
        }
        Err(refused) => told(&refused),
    }
}

/// Refused, and with a reason.
fn told(refused: &impl Display) -> bool {
    assert!(!refused.to_string().is_empty());
    false
}
