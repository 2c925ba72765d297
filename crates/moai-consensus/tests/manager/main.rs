//! The manager: it puts questions to agents that really answer, and never waits in vain.

#![allow(clippy::disallowed_methods, reason = "agents, and whoever asks, are tasks of their own")]

mod again;
mod algorithms;
mod codes;
mod coordinators;
mod events;
mod flood;
mod journal;
mod recording;
mod statistics;
mod swarm;
mod tickets;
mod watching;

use std::time::Duration;

use moai_consensus::{
    Ask, Basis, Choice, Decision, ManagerOptions, OnDeadline, QuorumAlgorithm, Reply, Request, RequestError,
    message_kinds,
};
use moai_core::{Coordinator, Limits, Value, algorithm_name, value};
use swarm::{Swarm, id};

fn deploy() -> Value {
    value!({"proposal_id": "deploy-v2.0", "action": "deploy", "version": "v2.0"})
}

#[tokio::test(start_paused = true)]
async fn two_of_three_are_enough_and_nobody_waits_for_the_timeout() {
    let swarm = Swarm::new().await;
    for (name, choice) in [("agent-1", Choice::For), ("agent-2", Choice::Against), ("agent-3", Choice::For)] {
        swarm.agent(name, choice).await;
    }
    let before = tokio::time::Instant::now();
    let outcome = swarm.manager.request_consensus(deploy(), Ask::new()).await.unwrap();
    assert_eq!(before.elapsed(), Duration::ZERO, "time stood still, so nothing waited for it");
    assert_eq!((outcome.decision, outcome.votes_for, outcome.votes_against), (Decision::Approved, 2, 1));
    assert_eq!(outcome.participants, [id("agent-1"), id("agent-2"), id("agent-3")]);
    assert_eq!(swarm.manager.open_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn silence_ends_at_the_deadline_and_approves_only_where_that_was_asked_for() {
    let swarm = Swarm::new().await;
    let _silent = swarm.join("agent-1").await;
    let ask = || Ask::new().within(Duration::from_secs(10));
    let before = tokio::time::Instant::now();
    let outcome = swarm.manager.request_consensus(deploy(), ask()).await.unwrap();
    assert_eq!((outcome.decision, outcome.basis), (Decision::Timeout, Basis::Deadline));
    assert!((Duration::from_secs(10)..Duration::from_secs(11)).contains(&before.elapsed()));
    let outcome = swarm.manager.request_consensus(deploy(), ask().on_deadline(OnDeadline::Approve)).await.unwrap();
    assert!(outcome.is_approved());
}

#[tokio::test(start_paused = true)]
async fn a_thousand_equal_requests_at_once_all_succeed() {
    let swarm = Swarm::new().await;
    for number in 0..3 {
        swarm.agent(&format!("agent-{number}"), Choice::For).await;
    }
    let asked: Vec<_> = (0..1_000)
        .map(|_| {
            let manager = swarm.manager.clone();
            tokio::spawn(async move { manager.request_consensus(value!({"action": "scale"}), Ask::new()).await })
        })
        .collect();
    for one in asked {
        assert!(one.await.unwrap().unwrap().is_approved());
    }
    let statistics = swarm.manager.get_algorithm_stats();
    assert_eq!((statistics.all.proposals, statistics.all.approved), (1_000, 1_000));
}

#[tokio::test]
async fn what_does_not_stand_is_refused_and_counted() {
    let swarm = Swarm::new().await;
    let _silent = swarm.join("agent-1").await;
    let refused = |ask| swarm.manager.open(deploy(), ask);
    for too in [Duration::from_millis(99), Duration::from_millis(300_001)] {
        let error = refused(Ask::new().within(too)).await.unwrap_err();
        assert!(error.to_string().contains("timeout"), "{error}");
    }
    let error = refused(Ask::by(algorithm_name!("majority"))).await.unwrap_err();
    assert!(
        error.to_string().contains("no algorithm is registered as majority: there is quorum, unanimous, weighted"),
        "{error}"
    );
    let _open = refused(Ask::new()).await.unwrap();
    assert!(matches!(refused(Ask::new()).await, Err(RequestError::AlreadyOpen { .. })));
    let mut deep = value!(0);
    for _ in 0..10_000 {
        deep = value!([deep]);
    }
    let error = swarm.manager.open(deep, Ask::new()).await.unwrap_err();
    assert!(error.to_string().contains("deep"), "{error}");
    assert_eq!(swarm.manager.get_algorithm_stats().all.refused, 5);
    assert_eq!(swarm.manager.open_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_anothers_name_does_not_count_and_garbage_is_its_senders_last_word() {
    let swarm = Swarm::new().await;
    let (mut a, _b) = (swarm.join("a").await, swarm.join("b").await);
    let mut ticket = swarm.manager.open(deploy(), Ask::new().within(Duration::from_secs(1))).await.unwrap();
    let asked = a.recv().await.unwrap();
    let request = Request::from_bytes(asked.payload(), &Limits::default()).unwrap();
    let forged = Reply::Ballot(request.ballot(id("b"), Choice::For)).to_bytes();
    for payload in [forged, b"rubbish".to_vec(), vec![0; 10 << 10]] {
        let answer = asked.reply(id("a"), message_kinds::VOTE, payload);
        swarm.coordinator.send(asked.sender(), answer).await.unwrap();
    }
    let outcome = ticket.outcome().await.unwrap();
    assert_eq!((outcome.decision, outcome.participants.len()), (Decision::Rejected, 0), "one of two is lost");
    assert_eq!(outcome.invalid.iter().map(|invalid| &invalid.voter).collect::<Vec<_>>(), [&id("a")]);
    assert!(outcome.invalid[0].cause.contains("consensus_vote does not parse"), "{:?}", outcome.invalid);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_agents_are_asked_and_all_are_heard() {
    let swarm = Swarm::new().await;
    for number in 0..10_000 {
        let choice = if number % 3 == 0 { Choice::Against } else { Choice::For };
        swarm.agent(&format!("agent-{number:05}"), choice).await;
    }
    swarm
        .manager
        .register_algorithm(algorithm_name!("two-thirds"), QuorumAlgorithm::with_threshold(0.66666).unwrap())
        .unwrap();
    let outcome = swarm.manager.request_consensus(deploy(), Ask::by(algorithm_name!("two-thirds"))).await.unwrap();
    assert_eq!((outcome.decision, outcome.eligible().count()), (Decision::Rejected, 10_000), "{}", outcome.why);
}

#[tokio::test(start_paused = true)]
async fn a_failure_at_the_last_vote_of_a_name_does_not_spend_the_voter_in_the_next() {
    let swarm = Swarm::new().await;
    let mut agent = swarm.join("a").await;
    let mut first = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    let asked = agent.recv().await.unwrap();
    let request = Request::from_bytes(asked.payload(), &Limits::default()).unwrap();
    first.cancel("asked too early");
    first.outcome().await.unwrap();
    let newcomer = swarm.join("b").await;
    let mut second = swarm.manager.open(deploy(), Ask::new().within(Duration::from_secs(1))).await.unwrap();
    let (voter, proposal) = (id("a"), request.proposal.id().clone());
    let stale = Reply::Failed { voter, proposal, instance: request.instance, round: 1, cause: "late".into() };
    let answer = asked.reply(id("a"), message_kinds::VOTE, stale.to_bytes());
    swarm.coordinator.send(asked.sender(), answer).await.unwrap();
    let outcome = second.outcome().await.unwrap();
    assert_eq!((outcome.invalid.len(), outcome.silent.len()), (0, 2));
    drop(newcomer);
}

#[tokio::test(start_paused = true)]
async fn a_manager_asks_under_its_own_name() {
    let swarm = Swarm::with(ManagerOptions::default().with_id(id("gatekeeper"))).await;
    let mut agent = swarm.join("a").await;
    let ticket = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    let asked = agent.recv().await.unwrap();
    let request = Request::from_bytes(asked.payload(), &Limits::default()).unwrap();
    assert_eq!((asked.sender(), request.proposal.proposer()), (&id("gatekeeper"), &id("gatekeeper")));
    drop(ticket);
}
