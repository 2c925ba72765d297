//! What was committed past the record, and records that say what is not so.

use std::collections::BTreeSet;
use std::sync::Arc;

use moai_consensus::audit::Audit;
use moai_core::{
    Batch, Coded, Head, Journal, MemoryProvider, NewRecord, Record, StateKey, Timestamp, namespace, record_kind,
    swarm_id,
};
use moai_store::{MemoryJournal, MemoryStore};
use moai_swarm::audit::{AuditedMemory, Flawed, Trail, VerifyError, verify};
use pollster::block_on;

fn put(name: &str, value: &'static str) -> Batch {
    Batch::new().put(namespace!("state"), StateKey::new(name).unwrap(), value)
}

fn world() -> (Arc<MemoryStore>, Arc<MemoryJournal>) {
    let (store, journal) = (Arc::new(MemoryStore::new().unwrap()), Arc::new(MemoryJournal::new()));
    let memory = AuditedMemory::new(store.clone(), journal.clone());
    for (name, value) in [("a", "1"), ("b", "2"), ("a", "3")] {
        block_on(memory.commit(&swarm_id!("swarm-001"), put(name, value))).unwrap();
    }
    (store, journal)
}

fn records(journal: &MemoryJournal) -> Vec<Record> {
    block_on(journal.read(1, 100)).unwrap()
}

/// With one payload changed and the chain computed anew.
fn with(records: &[Record], place: usize, change: impl FnOnce(&mut serde_json::Value)) -> Vec<Record> {
    let mut head = Head::EMPTY;
    let mut change = Some(change);
    let forged = records.iter().enumerate().map(|(at, record)| {
        let mut payload = record.payload.clone();
        if at == place {
            let mut json = serde_json::from_slice(&payload).unwrap();
            change.take().unwrap()(&mut json);
            payload = serde_json::to_vec(&json).unwrap().into();
        }
        let record = Record::after(head, NewRecord::new(record.kind.clone(), record.time, payload)).unwrap();
        head = record.head();
        record
    });
    forged.collect()
}

fn refused(records: &[Record]) -> Flawed {
    let mut trail = Trail::new(Audit::new());
    records.iter().find_map(|record| trail.take(record).err()).expect("it is forged")
}

fn compared(store: &MemoryStore, journal: &MemoryJournal) -> Flawed {
    match block_on(verify(journal, Audit::new(), Some(store))) {
        Err(VerifyError::Flawed(flawed)) => flawed,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_code_of_a_flaw_is_never_met() {
    let mut met = BTreeSet::new();
    let mut meets = |code: &'static str, flawed: &Flawed, seq: u64| {
        assert_eq!((flawed.code(), flawed.seq), (code, seq), "{flawed}");
        let text = flawed.to_string();
        assert!(text.ends_with(&flawed.aftermath().to_string()), "{text:?} does not say what state is left");
        met.insert(code);
    };
    let swarm = swarm_id!("swarm-001");
    let (store, journal) = world();
    let honest = records(&journal);
    let forged = |place, change: fn(&mut serde_json::Value)| refused(&with(&honest, place, change));
    meets("audit.bad_commit", &forged(0, |json| json["more"] = 1.into()), 1);
    meets("audit.not_intended", &forged(3, |json| json["intended"] = 1.into()), 4);
    meets("audit.numbers", &forged(3, |json| json["last"] = 3.into()), 4);
    meets("audit.version", &forged(3, |json| (json["first"], json["last"]) = (3.into(), 3.into())), 4);
    meets("audit.version", &forged(5, |json| (json["first"], json["last"]) = (2.into(), 2.into())), 6);
    let task = NewRecord::new(record_kind!("task"), Timestamp::UNIX_EPOCH, "not of a task");
    meets("audit.bad_task", &refused(&[Record::after(Head::EMPTY, task).unwrap()]), 1);

    // A value on record is another one than in the store.
    let other = MemoryJournal::new();
    let lies = with(&honest, 4, |json| json["changes"][0]["put"]["digest"] = "00".repeat(32).into());
    let new = |record: &Record| NewRecord::new(record.kind.clone(), record.time, record.payload.clone());
    block_on(other.append(lies.iter().map(new).collect())).unwrap();
    meets("audit.value", &compared(&store, &other), 6);

    // The store is another one, or was written to past the record.
    let rebuilt = MemoryStore::new().unwrap();
    meets("audit.rebuilt", &compared(&rebuilt, &journal), 6);
    block_on(store.commit(&swarm, put("a", "9"))).unwrap();
    meets("audit.standing", &compared(&store, &journal), 6);
    let memory = AuditedMemory::new(store.clone(), journal.clone());
    block_on(memory.commit(&swarm, put("c", "4"))).unwrap();
    meets("audit.version", &compared(&store, &journal), 8);

    // The record names another key than the one that was written.
    let (store, journal) = world();
    let honest = records(&journal);
    let moved = with(&honest, 2, |json| json["changes"][0]["put"]["key"] = "z".into());
    let other = MemoryJournal::new();
    block_on(other.append(moved.iter().map(new).collect())).unwrap();
    meets("audit.unrecorded", &compared(&store, &other), 6);

    let missing: Vec<_> = Flawed::CODES.iter().filter(|code| !met.contains(*code)).collect();
    assert!(missing.is_empty(), "never met: {missing:?}");
}

#[test]
fn a_flipped_bit_of_a_commit_goes_unseen() {
    let honest = records(&world().1);
    for place in 0..honest.len() {
        for bit in 0..honest[place].payload.len() * 8 {
            let mut forged = honest.clone();
            let mut payload = forged[place].payload.to_vec();
            payload[bit / 8] ^= 1 << (bit % 8);
            forged[place].payload = payload.into();
            assert_eq!(refused(&forged).seq, place as u64 + 1);
        }
    }
}
