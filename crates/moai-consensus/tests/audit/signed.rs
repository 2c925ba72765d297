//! Where voters have keys, the owner of the journal cannot put words into their mouths.

use moai_consensus::{
    Ballot, Choice, Elector, Electorate, Entry, Evidence, Input, QuorumAlgorithm, Signer, SigningKey,
};
use moai_core::{Coded, NewRecord, algorithm_name};

use crate::scribe::{Scribe, audit, byzantine, chained, entry, id, opening, verified};

fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes([number; 32])
}

fn electorate() -> Electorate {
    let elector = |number: u8| Elector::new(id(&format!("agent-{number}"))).with_key(key(number).key());
    Electorate::new((1..=3).map(elector)).unwrap()
}

fn scribe() -> Scribe {
    let mut opening = opening("drop-tables", algorithm_name!("quorum"), 3);
    opening.electorate = electorate();
    Scribe::open(&QuorumAlgorithm::new(), opening)
}

fn said(vote: &Scribe, number: u8, choice: Choice) -> Ballot {
    vote.ballot(&format!("agent-{number}"), choice).sign(&key(number))
}

/// Opened, one for it, two against it, decided.
pub(crate) fn vote() -> Vec<NewRecord> {
    let mut vote = scribe();
    for (number, choice) in [(1, Choice::For), (2, Choice::Against), (3, Choice::Against)] {
        let ballot = said(&vote, number, choice);
        vote.give(Input::Ballot(ballot.into())).unwrap().unwrap();
    }
    vote.written
}

#[test]
fn signed_ballots_do_not_hold() {
    assert_eq!(verified(audit(), &chained(vote())).unwrap().recomputed, 1);
}

#[test]
fn a_forger_turns_the_vote_and_draws_up_everything_anew() {
    // It owns the journal and runs the session itself: only the ballots it cannot sign.
    let mut forged = scribe();
    let record = |written: &mut Vec<NewRecord>, ballot: Ballot| {
        written.push(entry(moai_core::Timestamp::UNIX_EPOCH, &Entry::Ballot(ballot.into())));
    };
    for number in [1, 2] {
        let of_the_forger = forged.ballot(&format!("agent-{number}"), Choice::For).sign(&key(9));
        for ballot in [of_the_forger.clone(), forged.ballot(&format!("agent-{number}"), Choice::For)] {
            let mut written = forged.written.clone();
            record(&mut written, ballot);
            let flawed = verified(audit(), &chained(written)).unwrap_err();
            assert_eq!((flawed.seq, flawed.code()), (forged.written.len() as u64 + 1, "audit.signature"));
        }
        let honest = said(&forged, number, Choice::For);
        forged.give(Input::Ballot(honest.into()));
    }
    // A ballot that was signed for another vote under the same name, with other content.
    let mut other = opening("drop-tables", algorithm_name!("quorum"), 3);
    other.electorate = electorate().in_epoch(1);
    let other = Scribe::open(&QuorumAlgorithm::new(), other);
    let mut again = scribe();
    let mut moved = said(&other, 1, Choice::For);
    moved.instance = again.instance;
    record(&mut again.written, moved);
    let flawed = verified(audit(), &chained(again.written)).unwrap_err();
    assert_eq!((flawed.seq, flawed.code()), (2, "audit.signature"));
}

#[test]
fn late_ballots_and_accusations_are_made_up_behind_the_end() {
    let written = vote();
    let made_up = |choice| scribe().ballot("agent-1", choice).sign(&key(9));
    let evidence = Evidence::of(&made_up(Choice::For), &made_up(Choice::Against)).unwrap();
    for its in [Entry::Late(made_up(Choice::For).into()), Entry::Evidence(evidence.into())] {
        let mut forged = written.clone();
        let seq = forged.len() as u64 + 1;
        forged.push(entry(moai_core::Timestamp::UNIX_EPOCH, &its));
        let flawed = verified(audit(), &chained(forged)).unwrap_err();
        assert_eq!((flawed.seq, flawed.code()), (seq, "audit.signature"));
    }
}

#[test]
fn a_proven_liar_makes_an_honest_journal_look_forged() {
    let mut opening = opening("upgrade", algorithm_name!("byzantine"), 4);
    let elector = |number: u8| Elector::new(id(&format!("agent-{number}"))).with_key(key(number).key());
    opening.electorate = Electorate::new((1..=4).map(elector)).unwrap();
    let mut vote = Scribe::open(&byzantine(), opening);
    for choice in [Choice::For, Choice::Against] {
        let ballot = said(&vote, 4, choice);
        vote.give(Input::Ballot(ballot.into()));
    }
    for _ in 0..3 {
        for number in 1..=3 {
            let ballot = said(&vote, number, Choice::For);
            vote.give(Input::Ballot(ballot.into())).unwrap().unwrap();
        }
    }
    let outcome = vote.session.outcome().cloned().unwrap();
    assert!(outcome.is_approved() && outcome.evidence[0].is_proof());
    let audited = verified(audit(), &chained(vote.written)).unwrap();
    assert_eq!((audited.recomputed, audited.evidence), (1, 1));
}
