//! What is written down, and what goes on from it after a crash.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::{Ask, Choice, ConsensusManager, Decision, Entry, ManagerOptions, RequestError, VoteError};
use moai_core::{Journal, Limits, SteeredClock, Timestamp, Value, proposal_id, value, verify_journal};
use moai_store::MemoryJournal;

use crate::deploy;
use crate::swarm::{Swarm, id};

#[tokio::test(start_paused = true)]
async fn a_decision_is_told_only_once_it_is_recorded_and_the_record_tells_it_all() {
    let journal = Arc::new(MemoryJournal::new());
    let swarm = Swarm::with(ManagerOptions::default().with_journal(journal.clone())).await;
    for name in ["a", "b", "c"] {
        swarm.agent(name, Choice::For).await;
    }
    let outcome = swarm.manager.request_consensus(deploy(), Ask::new()).await.unwrap();
    let records = journal.read(1, 100).await.unwrap();
    let kinds: Vec<_> = records.iter().map(|record| record.kind.to_string()).collect();
    assert_eq!(kinds[..4], ["consensus_opened", "consensus_ballot", "consensus_ballot", "consensus_decided"]);
    let read = Entry::from_payload(&records[3].kind, &records[3].payload).unwrap();
    assert_eq!(read, Some(Entry::Decided(outcome)));
    verify_journal(journal.as_ref(), None).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_the_vote_goes_on_with_the_ballots_that_were_recorded() {
    let journal = Arc::new(MemoryJournal::new());
    let options = || ManagerOptions::default().with_journal(journal.clone());
    let swarm = Swarm::with(options()).await;
    let (_a, _b, _c) = (swarm.join("a").await, swarm.join("b").await, swarm.join("c").await);
    let ticket = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    tokio::task::yield_now().await;
    let ballot = |voter| swarm.manager.ballot(&proposal_id!("deploy-v2.0"), id(voter), Choice::For).unwrap();
    let (first, second) = (ballot("a"), ballot("b"));
    swarm.manager.record_vote(first).await.unwrap();
    drop(ticket);
    swarm.manager.shutdown().await;

    let manager = ConsensusManager::with(swarm.coordinator.clone(), options()).await.unwrap();
    let mut recovered = manager.recover().await.unwrap();
    assert_eq!((recovered.open.len(), recovered.decided, recovered.lost.len()), (1, 0, 0));
    manager.record_vote(second).await.unwrap();
    let outcome = recovered.open[0].outcome().await.unwrap();
    assert_eq!((outcome.decision, outcome.votes_for), (Decision::Approved, 2));

    manager.shutdown().await;
    let manager = ConsensusManager::with(swarm.coordinator.clone(), options()).await.unwrap();
    let recovered = manager.recover().await.unwrap();
    assert_eq!((recovered.open.len(), recovered.decided), (0, 1));
    assert_eq!(manager.outcome(&proposal_id!("deploy-v2.0")).unwrap().decision, Decision::Approved);
}

#[tokio::test(start_paused = true)]
async fn what_was_open_beyond_its_deadline_times_out_after_a_crash() {
    let journal = Arc::new(MemoryJournal::new());
    let clock = Arc::new(SteeredClock::new(Timestamp::UNIX_EPOCH));
    let options = || ManagerOptions::default().with_journal(journal.clone()).with_clock(clock.clone());
    let swarm = Swarm::with(options()).await;
    let _a = swarm.join("a").await;
    let _ticket = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    tokio::task::yield_now().await;
    swarm.manager.shutdown().await;
    clock.advance(Duration::from_secs(60));
    let manager = ConsensusManager::with(swarm.coordinator.clone(), options()).await.unwrap();
    let mut recovered = manager.recover().await.unwrap();
    assert_eq!(recovered.open[0].outcome().await.unwrap().decision, Decision::Timeout);
}

#[tokio::test(start_paused = true)]
async fn what_the_journal_refuses_ends_its_own_vote_and_no_other() {
    let limits = Limits { record_bytes: 4_096, ..Limits::default() };
    let journal = Arc::new(MemoryJournal::with_limits(limits));
    let swarm = Swarm::with(ManagerOptions::default().with_journal(journal.clone())).await;
    let _silent = swarm.join("a").await;
    let mut small = swarm.manager.open(value!({"number": 1}), Ask::new()).await.unwrap();
    let mut large = swarm.manager.open(value!({"text": "x".repeat(10_000)}), Ask::new()).await.unwrap();
    assert!(matches!(large.outcome().await, Err(RequestError::Input(_))));
    tokio::task::yield_now().await;
    let ballot = swarm.manager.ballot(small.proposal(), id("a"), Choice::For).unwrap();
    swarm.manager.record_vote(ballot).await.unwrap();
    assert!(small.outcome().await.unwrap().is_approved());
}

#[tokio::test(start_paused = true)]
async fn what_has_no_json_is_refused_before_it_makes_the_record_unreadable() {
    let journal = Arc::new(MemoryJournal::new());
    let swarm = Swarm::with(ManagerOptions::default().with_journal(journal)).await;
    let _silent = swarm.join("a").await;
    let reserved = || value!({"$serde_json::private::Number": 1});
    assert!(matches!(swarm.manager.open(reserved(), Ask::new()).await, Err(RequestError::Input(_))));
    let ticket = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    let Value::Map(metadata) = reserved() else { panic!("a map") };
    let ballot = swarm.manager.ballot(ticket.proposal(), id("a"), Choice::For).unwrap().with_metadata(metadata);
    assert!(matches!(swarm.manager.record_vote(ballot).await, Err(VoteError::Malformed { .. })));
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_the_names_that_come_last_are_remembered_and_not_the_votes() {
    let journal = Arc::new(MemoryJournal::new());
    let options = || ManagerOptions::default().with_journal(journal.clone()).with_history(2);
    let swarm = Swarm::with(options()).await;
    swarm.agent("a", Choice::For).await;
    for name in ["c", "b", "a", "c"] {
        swarm.manager.request_consensus(value!({"proposal_id": name, "number": 1}), Ask::new()).await.unwrap();
    }
    swarm.manager.shutdown().await;
    let manager = ConsensusManager::with(swarm.coordinator.clone(), options()).await.unwrap();
    assert_eq!(manager.recover().await.unwrap().decided, 4);
    let known = [proposal_id!("a"), proposal_id!("b"), proposal_id!("c")].map(|id| manager.outcome(&id).is_some());
    assert_eq!(known, [true, false, true]);
}

#[tokio::test(start_paused = true)]
async fn a_name_that_was_used_again_goes_on_with_its_first_vote() {
    let journal = Arc::new(MemoryJournal::new());
    let options = || ManagerOptions::default().with_journal(journal.clone());
    let swarm = Swarm::with(options()).await;
    let _members = [swarm.join("a").await, swarm.join("b").await, swarm.join("c").await];
    let first = swarm.manager.open(value!({"proposal_id": "deploy", "version": 1}), Ask::new()).await.unwrap();
    tokio::task::yield_now().await;
    let ballot = swarm.manager.ballot(first.proposal(), id("a"), Choice::Against).unwrap();
    swarm.manager.record_vote(ballot).await.unwrap();
    first.cancel("there is a newer one");
    tokio::task::yield_now().await;
    let second = swarm.manager.open(value!({"proposal_id": "deploy", "version": 2}), Ask::new()).await.unwrap();
    tokio::task::yield_now().await;
    let ballot = swarm.manager.ballot(second.proposal(), id("b"), Choice::For).unwrap();
    swarm.manager.record_vote(ballot).await.unwrap();
    swarm.manager.shutdown().await;

    let manager = ConsensusManager::with(swarm.coordinator.clone(), options()).await.unwrap();
    let mut recovered = manager.recover().await.unwrap();
    assert_eq!((recovered.open.len(), recovered.decided), (1, 1));
    let progress = recovered.open[0].progress().unwrap();
    assert_eq!((progress.in_favour, progress.against, progress.outstanding), (1, 0, 2));
    let ballot = manager.ballot(&proposal_id!("deploy"), id("c"), Choice::For).unwrap();
    manager.record_vote(ballot).await.unwrap();
    assert!(recovered.open[0].outcome().await.unwrap().is_approved());
}
