//! A broken record is seen to be broken: each invariant of votes, held against records that were tampered with.

use std::sync::{Arc, Mutex};

use moai_consensus::{Ballot, Choice, ConsensusManager, Decision, Entry, ManagerOptions, Outcome};
use moai_core::{
    Coordinator, Head, LocalCoordinator, NewRecord, ProposalId, Record, Role, SeededChance, Timestamp, agent_id,
    swarm_id,
};
use moai_sim::invariant::{Counted, ToldOutcomes, closed_is_closed, fair_count};
use moai_sim::stack::{Chaos, JournalDisk, Life, in_virtual_time};

/// What became of a vote, and its record.
fn decided() -> (Arc<Outcome>, Vec<Record>) {
    let found = Mutex::new(None);
    let ended = in_virtual_time(7, Chaos::NONE, async |ground| {
        let (swarm, disk) = (Arc::new(LocalCoordinator::new(swarm_id!("votes"))), JournalDisk::default());
        let options = ManagerOptions::default()
            .with_journal(Arc::new(disk.open(&ground, &Life::new())))
            .with_chance(Arc::new(SeededChance::new(7)));
        let manager = ConsensusManager::with(swarm.clone(), options).await.unwrap();
        let mut mailboxes = Vec::new();
        for id in [agent_id!("voter-1"), agent_id!("voter-2"), agent_id!("voter-3")] {
            mailboxes.push(swarm.join(id, Role::Member).await.unwrap());
        }
        let id = ProposalId::new("deploy").unwrap();
        let draft = moai_consensus::Draft::new("deploy").named(id.clone());
        let mut ticket = manager.open(draft, moai_consensus::Ask::new()).await.unwrap();
        for voter in [agent_id!("voter-1"), agent_id!("voter-2")] {
            manager.record_vote(manager.ballot(&id, voter, Choice::For).unwrap()).await.unwrap();
        }
        *found.lock().unwrap() = Some((ticket.outcome().await.unwrap(), disk.records()));
    });
    assert_eq!(ended.violation, None);
    found.into_inner().unwrap().unwrap()
}

/// The same record with this behind it.
fn and(records: &[Record], entry: &Entry) -> Vec<Record> {
    let new = NewRecord::new(entry.kind(), Timestamp::UNIX_EPOCH, entry.to_payload().unwrap());
    let head = records.last().map_or(Head::EMPTY, Record::head);
    records.iter().cloned().chain(Record::after(head, new)).collect()
}

const HALF: Counted = Counted::MoreThan(1, 2);

#[test]
fn what_was_told_is_not_held_against_the_record() {
    let (outcome, records) = decided();
    let mut told = ToldOutcomes::default();
    assert!(told.tell(&outcome, &records[..records.len() - 1]).is_err(), "it is not durable");
    told.tell(&outcome, &records).unwrap();
    assert!(told.remembered(&outcome.proposal, None).is_err(), "it was forgotten");
    let mut other = Outcome::clone(&outcome);
    other.decision = Decision::Rejected;
    let other = Arc::new(other);
    assert!(told.remembered(&outcome.proposal, Some(&other)).is_err(), "it is another one");
    assert!(told.tell(&other, &and(&records, &Entry::Decided(other.clone()))).is_err(), "and is told");
}

#[test]
fn a_count_that_is_not_fair_passes() {
    let (outcome, records) = decided();
    fair_count(HALF, &outcome, &records, |_| true).unwrap();
    assert!(fair_count(HALF, &outcome, &records, |ballot| ballot.voter != agent_id!("voter-2")).is_err(), "forged");
    assert!(fair_count(HALF, &outcome, &records[..records.len() - 1], |_| true).is_err(), "without a record");
    assert!(fair_count(Counted::Everybody, &outcome, &records, |_| true).is_err(), "two of three are not all");
    assert!(fair_count(Counted::MoreThan(2, 3), &outcome, &records, |_| true).is_err(), "nor more than two thirds");
    let confirmed = Counted::Confirmed { faults: 0, rounds: 2 };
    assert!(fair_count(confirmed, &outcome, &records, |_| true).is_err(), "nobody was asked twice");
    // A vote of which one ballot stands in the record twice, and a count that does not add up.
    let without = &records[..records.len() - 1];
    let mut other = Outcome::clone(&outcome);
    other.votes_for = 3;
    let wrong = and(without, &Entry::Decided(Arc::new(other.clone())));
    assert!(fair_count(HALF, &other, &wrong, |_| true).is_err(), "three of two");
    let again = Ballot::new(agent_id!("voter-1"), outcome.proposal.clone(), outcome.instance, Choice::Against);
    let twice = and(&and(without, &Entry::Ballot(Arc::new(again))), &Entry::Decided(outcome.clone()));
    assert!(fair_count(HALF, &outcome, &twice, |_| true).is_err(), "it votes twice");
}

#[test]
fn a_ballot_behind_the_decision_is_not_seen() {
    let (outcome, records) = decided();
    closed_is_closed(&records).unwrap();
    let late = Ballot::new(agent_id!("voter-3"), outcome.proposal.clone(), outcome.instance, Choice::Against);
    assert!(closed_is_closed(&and(&records, &Entry::Ballot(Arc::new(late.clone())))).is_err());
    closed_is_closed(&and(&records, &Entry::Late(Arc::new(late)))).unwrap();
    assert!(closed_is_closed(&and(&records, &Entry::Decided(outcome))).is_err());
}
