//! Whoever waits: with a ticket, or without one.

use std::time::Duration;

use moai_consensus::{Ask, Basis, Choice, Decision, Elector, Electorate, RequestError, VoteError};
use moai_core::{Coordinator, Role, agent_id, value};

use crate::deploy;
use crate::swarm::{Swarm, id};

#[tokio::test(start_paused = true)]
async fn who_is_still_thinking_is_told_to_stop_and_a_late_vote_is_answered() {
    let swarm = Swarm::new().await;
    swarm.agent("agent-1", Choice::For).await;
    swarm.agent("agent-2", Choice::For).await;
    let mut thinking = swarm.join("agent-3").await;
    let mut ticket = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    let late = swarm.manager.ballot(ticket.proposal(), id("agent-3"), Choice::For).unwrap();
    let outcome = ticket.outcome().await.unwrap();
    assert_eq!((outcome.votes_for, outcome.votes_saved), (2, 1));
    let kinds = [thinking.recv().await.unwrap(), thinking.recv().await.unwrap()].map(|e| e.kind().to_string());
    assert_eq!(kinds, ["consensus_request", "consensus_closed"]);
    assert!(matches!(swarm.manager.record_vote(late).await, Err(VoteError::Closed { .. })));
}

#[tokio::test(start_paused = true)]
async fn dropping_the_future_ends_the_waiting_and_only_if_asked_the_question() {
    let swarm = Swarm::new().await;
    let mut agent = swarm.join("a").await;
    for (cancels, open) in [(false, 1), (true, 0)] {
        let ask = if cancels { Ask::new().cancel_on_drop() } else { Ask::new() };
        let asked = swarm.manager.request_consensus(value!({"cancels": cancels}), ask);
        let waited = tokio::time::timeout(Duration::from_millis(1), asked).await;
        assert!(waited.is_err());
        agent.recv().await.unwrap();
        assert_eq!(swarm.manager.open_count(), open, "cancels: {cancels}");
        tokio::time::sleep(Duration::from_secs(31)).await;
        assert_eq!(swarm.manager.open_count(), 0);
        while tokio::time::timeout(Duration::from_millis(1), agent.recv()).await.is_ok() {}
    }
}

#[tokio::test(start_paused = true)]
async fn tickets_can_be_looked_at_and_cancelled() {
    let swarm = Swarm::new().await;
    let _silent = swarm.join("a").await;
    let mut ticket = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    assert_eq!(ticket.look().unwrap(), None);
    let progress = ticket.progress().unwrap();
    assert_eq!((progress.in_favour, progress.outstanding), (0, 1));
    ticket.cancel("changed our mind");
    let outcome = ticket.outcome().await.unwrap();
    assert_eq!(
        (outcome.decision, outcome.basis, outcome.why.as_str()),
        (Decision::Rejected, Basis::Cancelled, "changed our mind")
    );
    assert!(ticket.look().unwrap().is_some());
    assert_eq!(ticket.progress(), None);
}

#[tokio::test(start_paused = true)]
async fn a_veto_stops_it_whatever_the_rule_and_only_with_the_right() {
    let swarm = Swarm::new().await;
    let _members = (swarm.join("a").await, swarm.join("person").await);
    let electors = [id("a"), id("person")].map(Elector::new);
    let [a, person] = electors;
    let among = Electorate::new([a, person.with_veto()]).unwrap();
    let mut ticket = swarm.manager.open(deploy(), Ask::new().among(among)).await.unwrap();
    let proposal = ticket.proposal().clone();
    let refused = swarm.manager.veto(proposal.clone(), id("a"), "no").await;
    assert!(matches!(refused, Err(VoteError::NoVeto { .. })));
    swarm.manager.veto(proposal, id("person"), "not on a Friday").await.unwrap();
    let outcome = ticket.outcome().await.unwrap();
    assert_eq!((outcome.basis, outcome.why.as_str()), (Basis::Vetoed, "vetoed by person: not on a Friday"));
}

#[tokio::test(start_paused = true)]
async fn shutdown_leaves_no_task_and_tells_who_waits() {
    let swarm = Swarm::new().await;
    let _silent = swarm.join("a").await;
    let before = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    assert_eq!(before, 2, "receiving and sending");
    let mut ticket = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    swarm.manager.shutdown().await;
    assert_eq!(ticket.outcome().await, Err(RequestError::Stopped));
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
    assert!(matches!(swarm.manager.open(deploy(), Ask::new()).await, Err(RequestError::Stopped)));
    assert!(swarm.coordinator.join(agent_id!("consensus-manager"), Role::Service).await.is_ok(), "the name is free");
}

#[tokio::test(start_paused = true)]
async fn the_last_handle_takes_the_tasks_with_it() {
    let swarm = Swarm::new().await;
    let Swarm { coordinator, manager } = swarm;
    drop(manager);
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
    drop(coordinator);
}
