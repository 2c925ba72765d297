//! What happens is told to whoever reads events, in fields that keep their names.

#[path = "../voter/log.rs"]
mod log;

use std::sync::Arc;

use moai_consensus::{Ask, Choice, ConsensusManager, ManagerOptions, Reply, RuleAlgorithm, VoteError, message_kinds};
use moai_core::{Coordinator, CorrelationId, Envelope, algorithm_name, swarm_id, value};
use moai_store::{Fault, Faults, FaultyJournal, MemoryJournal};
use tracing::Level;

use crate::codes::Rash;
use crate::deploy;
use crate::swarm::{Swarm, id};
use log::Log;

/// Each line must begin so, in this order.
#[track_caller]
fn lines(log: &Log, starts: &[&str]) {
    let lines = log.lines();
    assert_eq!(lines.len(), starts.len(), "{lines:#?}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{line:?} is not {start:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_vote_leaves_no_trace() {
    let log = Log::of(Level::INFO);
    let _guard = tracing::subscriber::set_default(log.clone());
    let swarm = Swarm::new().await;
    for name in ["a", "b", "c"] {
        swarm.agent(name, if name == "b" { Choice::Against } else { Choice::For }).await;
    }
    swarm.manager.request_consensus(deploy(), Ask::new()).await.unwrap();
    lines(
        &log,
        &[
            "span consensus proposal=deploy-v2.0",
            "INFO message=decided proposal=deploy-v2.0 decision=approved basis=Votes algorithm=quorum voted=3 eligible=3 why=",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn what_does_not_count_is_passed_over_in_silence() {
    let log = Log::of(Level::DEBUG);
    let _guard = tracing::subscriber::set_default(log.clone());
    let swarm = Swarm::new().await;
    let mailboxes = [swarm.join("a").await, swarm.join("b").await, swarm.join("c").await];
    let mut ticket = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    tokio::task::yield_now().await;
    let ballot = |voter, choice| swarm.manager.ballot(ticket.proposal(), id(voter), choice).unwrap();
    let (first, second, forged) = (ballot("a", Choice::For), ballot("a", Choice::Against), ballot("b", Choice::For));
    let send = async |kind, payload: Vec<u8>| {
        let none = CorrelationId::from_bytes([0; 16]);
        let envelope = Envelope::new(swarm_id!("swarm-001"), id("a"), kind, none, payload);
        swarm.coordinator.send(&id("consensus-manager"), envelope).await.unwrap();
        tokio::task::yield_now().await;
    };
    let mut elsewhere = first.clone();
    elsewhere.instance = value!(0).digest();
    let (voter, proposal, cause) = (id("a"), first.proposal.clone(), "it panicked".to_owned());
    let failed = Reply::Failed { voter, proposal, instance: elsewhere.instance, round: 1, cause };
    send(message_kinds::REQUEST, Vec::new()).await;
    send(message_kinds::VOTE, b"rubbish".to_vec()).await;
    send(message_kinds::VOTE, Reply::Ballot(forged).to_bytes()).await;
    send(message_kinds::VOTE, failed.to_bytes()).await;
    send(message_kinds::VOTE, Reply::Ballot(elsewhere).to_bytes()).await;
    send(message_kinds::VOTE, Reply::Ballot(first).to_bytes()).await;
    send(message_kinds::VOTE, Reply::Ballot(second).to_bytes()).await;
    drop(mailboxes);
    tokio::time::advance(Ask::TIMEOUT).await;
    ticket.outcome().await.unwrap();
    tokio::task::yield_now().await;
    lines(
        &log,
        &[
            "DEBUG message=a question stands proposal=deploy-v2.0 algorithm=quorum eligible=3 deadline=",
            "DEBUG message=not for a manager from=a kind=consensus_request",
            "WARN message=an answer does not parse from=a cause=consensus_vote does not parse",
            "WARN message=an answer in another's name from=a voter=b proposal=deploy-v2.0",
            "INFO message=a failure at another vote of that name voter=a proposal=deploy-v2.0",
            "INFO message=an answer does not count proposal=deploy-v2.0 voter=a cause=the ballot of a is bound",
            "WARN message=a voter contradicts itself proposal=deploy-v2.0 voter=a kind=",
            "INFO message=an answer does not count proposal=deploy-v2.0 voter=a cause=a has voted differently",
            "INFO message=decided proposal=deploy-v2.0 decision=timeout basis=Deadline algorithm=quorum voted=1 eligible=3",
            "WARN message=low participation proposal=deploy-v2.0 voted=1 eligible=3",
            "DEBUG message=not released proposal=deploy-v2.0 voter=b cause=",
            "DEBUG message=not released proposal=deploy-v2.0 voter=c cause=",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn what_goes_wrong_is_not_told() {
    let log = Log::of(Level::WARN);
    let _guard = tracing::subscriber::set_default(log.clone());
    let faults = Faults::new();
    let journal = Arc::new(FaultyJournal::new(Arc::new(MemoryJournal::new()), faults.clone()));
    let swarm = Swarm::with(ManagerOptions::default().with_journal(journal)).await;
    let _member = swarm.join("a").await;
    swarm.manager.register_algorithm(algorithm_name!("rash"), RuleAlgorithm::new(Rash::default())).unwrap();
    let ticket = swarm.manager.open(deploy(), Ask::by(algorithm_name!("rash"))).await.unwrap();
    tokio::task::yield_now().await;
    let vote = async |manager: &ConsensusManager| -> VoteError {
        let ballot = manager.ballot(ticket.proposal(), id("a"), Choice::For).unwrap();
        manager.record_vote(ballot).await.unwrap_err()
    };
    vote(&swarm.manager).await;
    let ticket = swarm.manager.open(value!({"proposal_id": "second"}), Ask::new()).await.unwrap();
    tokio::task::yield_now().await;
    faults.next_write(Fault::During { applied: false });
    let ballot = swarm.manager.ballot(ticket.proposal(), id("a"), Choice::For).unwrap();
    swarm.manager.record_vote(ballot).await.unwrap_err();
    lines(
        &log,
        &[
            "ERROR message=a vote ends without an outcome proposal=deploy-v2.0 cause=the algorithm of deploy-v2.0 panicked",
            "ERROR message=the journal failed, the manager stops cause=",
            "ERROR message=a vote ends without an outcome proposal=second cause=what was decided",
        ],
    );
}
