//! Whatever bit of a journal is changed, and whatever record is taken out, put in or moved: the first bad one is named.

use moai_consensus::{Choice, Input, QuorumAlgorithm};
use moai_core::{Coded, Digest, Record, RecordKind, Timestamp, algorithm_name};

use crate::scribe::{Scribe, audit, byzantine, chained, id, opening, verified};

/// Two votes, with a veto, evidence, dissent and a late ballot.
fn journal() -> Vec<Record> {
    let mut one = Scribe::open(&QuorumAlgorithm::new(), opening("drop-tables", algorithm_name!("quorum"), 3));
    one.say("agent-1", Choice::For);
    one.give(Input::Evidence(one.evidence("agent-1").into()));
    one.give(Input::Veto { by: id("agent-3"), reason: "not on a Friday".into() });
    one.say("agent-2", Choice::Against);
    let mut two = Scribe::open(&byzantine(), opening("upgrade", algorithm_name!("byzantine"), 4));
    for _ in 0..3 {
        for voter in ["agent-1", "agent-2", "agent-3"] {
            two.say(voter, Choice::For);
        }
        two.now = Timestamp::from_unix_micros(two.now.unix_micros() + 10_000_000).unwrap();
        two.give(Input::Tick);
    }
    let records = chained([one.written, two.written].concat());
    assert_eq!(verified(audit(), &records).unwrap().recomputed, 2);
    records
}

#[test]
fn a_flipped_bit_goes_unseen() {
    let records = journal();
    let mut flips = 0_u32;
    for place in 0..records.len() {
        let seq = place as u64 + 1;
        let mut refused = |changed: Record| {
            let mut forged = records.clone();
            forged[place] = changed;
            let flawed = verified(audit(), &forged).expect_err("a flipped bit");
            assert_eq!(flawed.seq, seq, "{flawed}");
            flips += 1;
        };
        let record = &records[place];
        for bit in 0..64 {
            refused(Record { seq: record.seq ^ 1 << bit, ..record.clone() });
            if let Ok(time) = Timestamp::from_unix_micros(record.time.unix_micros() ^ 1 << bit) {
                refused(Record { time, ..record.clone() });
            }
        }
        let flipped = |bytes: &[u8], bit: usize| {
            let mut bytes = bytes.to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            bytes
        };
        for bit in 0..record.payload.len() * 8 {
            refused(Record { payload: flipped(&record.payload, bit).into(), ..record.clone() });
        }
        for bit in 0..256 {
            let of = |digest: &Digest| Digest::from_bytes(flipped(digest.as_bytes(), bit).try_into().unwrap());
            refused(Record { previous: of(&record.previous), ..record.clone() });
            refused(Record { digest: of(&record.digest), ..record.clone() });
        }
        for bit in 0..record.kind.as_str().len() * 8 {
            let kind = String::from_utf8(flipped(record.kind.as_str().as_bytes(), bit)).ok();
            if let Some(kind) = kind.and_then(|kind| RecordKind::new(kind).ok()) {
                refused(Record { kind, ..record.clone() });
            }
        }
    }
    assert!(flips > 50_000, "{flips}");
}

#[test]
fn a_record_is_taken_out_put_in_or_moved() {
    let records = journal();
    for place in 0..records.len() {
        let seq = place as u64 + 1;
        let mut without = records.clone();
        without.remove(place);
        match verified(audit().through(records.last().unwrap().head()), &without) {
            Err(flawed) => assert_eq!(flawed.seq, seq),
            Ok(_) => panic!("record {seq} is missing"),
        }
        let mut twice = records.clone();
        twice.insert(place, records[place].clone());
        assert_eq!(verified(audit(), &twice).unwrap_err().seq, seq + 1);
        if place > 0 {
            let mut swapped = records.clone();
            swapped.swap(place - 1, place);
            assert_eq!(verified(audit(), &swapped).unwrap_err().seq, seq - 1);
        }
        let cut = &records[..place];
        let flawed = verified(audit().through(records.last().unwrap().head()), cut).unwrap_err();
        assert_eq!((flawed.seq, flawed.code()), (seq, "journal.missing"));
    }
}

#[test]
fn a_journal_that_was_cut_between_a_ballot_and_what_it_decided_holds() {
    let records = journal();
    let decided = records.iter().position(|record| record.kind.as_str() == "consensus_decided").unwrap();
    let flawed = verified(audit(), &records[..decided]).unwrap_err();
    assert_eq!((flawed.seq, flawed.kind.clone(), flawed.code()), (decided as u64 + 1, None, "audit.due"));
}

#[test]
fn the_words_of_a_record_command_a_terminal() {
    let mut one = Scribe::open(&QuorumAlgorithm::new(), opening("p", algorithm_name!("quorum"), 3));
    let ballot = one.ballot("agent-1", Choice::Against).because("\u{1b}[2J\u{202e}gone");
    one.give(Input::Ballot(ballot.into()));
    for record in chained(one.written) {
        let entry = moai_consensus::Entry::from_payload(&record.kind, &record.payload).unwrap().unwrap();
        let told = entry.told().to_string();
        assert!(!told.contains(['\u{1b}', '\u{202e}']), "{told:?}");
    }
}
