//! What goes wrong in one half of an agent stays there, or is told.

use std::sync::mpsc;
use std::time::Duration;

use moai_consensus::{Answer, Ask, Choice, Request, voter_fn};
use moai_core::{Coordinator, CorrelationId, Envelope, Handled, Role, Topology, agent_id, message_kind, swarm_id};
use moai_swarm::{Agent, AgentError};

use super::{agent, manager, members, swarm};

fn touchy(request: &Request) -> Answer {
    assert_ne!(request.proposal.content().as_text(), Some("an insult"), "this is too much");
    Choice::For.into()
}

fn poke() -> Envelope {
    let id = CorrelationId::from_bytes([7; 16]);
    Envelope::new(swarm_id!("swarm-001"), agent_id!("asker"), message_kind!("poke"), id, "")
}

#[tokio::test(start_paused = true)]
async fn a_voter_that_panics_gives_no_ballot_and_votes_on() {
    let swarm = swarm(Topology::Mesh);
    let manager = manager(&swarm).await;
    let _calm = Agent::builder(agent(1)).votes(voter_fn(|_| Choice::For)).join(swarm.clone()).await.unwrap();
    let touchy = Agent::builder(agent(2)).votes(voter_fn(touchy)).join(swarm.clone()).await.unwrap();

    let outcome = manager.request_consensus("an insult", Ask::new()).await.unwrap();
    assert_eq!(outcome.participants, [agent(1)]);
    assert_eq!(outcome.invalid[0].voter, agent(2));
    assert!(outcome.invalid[0].cause.contains("this is too much"), "{:?}", outcome.invalid);

    assert!(touchy.is_running());
    let outcome = manager.request_consensus("a kind word", Ask::new()).await.unwrap();
    assert_eq!(outcome.votes_for, 2);
}

#[tokio::test]
async fn a_handler_that_panics_takes_its_agent_out_and_no_other() {
    let swarm = swarm(Topology::Mesh);
    let _asker = swarm.join(agent_id!("asker"), Role::Service).await.unwrap();
    let bad = |_: &Envelope| -> Handled { panic!("I cannot bear it") };
    let broken = Agent::builder(agent(1)).with_handler(bad).join(swarm.clone()).await.unwrap();
    let other = Agent::builder(agent(2)).join(swarm.clone()).await.unwrap();
    swarm.send(&agent(1), poke()).await.unwrap();
    let error = broken.ended().await.unwrap_err();
    assert_eq!(error, AgentError::Panicked { agent: agent(1), why: "I cannot bear it".into() });
    assert_eq!(members(&swarm).await, [agent(2)]);
    assert!(other.is_running());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn handlers_that_block_are_told_at_one_time_and_go_when_they_can() {
    let swarm = swarm(Topology::Mesh);
    let _asker = swarm.join(agent_id!("asker"), Role::Service).await.unwrap();
    let (inside, entered) = mpsc::channel::<()>();
    let release = std::sync::Arc::new(std::sync::Barrier::new(3));
    let mut stuck = Vec::new();
    for number in 1..=2 {
        let (inside, release) = (inside.clone(), release.clone());
        let blocks = move |_: &Envelope| {
            inside.send(()).unwrap();
            release.wait();
            Handled::NOTHING
        };
        stuck.push(Agent::builder(agent(number)).with_handler(blocks).join(swarm.clone()).await.unwrap());
        swarm.send(&agent(number), poke()).await.unwrap();
    }
    let entered = move || (entered.recv().unwrap(), entered.recv().unwrap());
    tokio::task::spawn_blocking(entered).await.unwrap();
    let began = tokio::time::Instant::now();
    let gone = Agent::leave_all_within(stuck, Duration::ZERO).await;
    // Both were given the same five seconds, and not one five after the other.
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    let expected = [Err(AgentError::Stuck { agent: agent(1) }), Err(AgentError::Stuck { agent: agent(2) })];
    assert_eq!(gone, expected);
    release.wait();
    while !members(&swarm).await.is_empty() {
        tokio::task::yield_now().await;
    }
}
