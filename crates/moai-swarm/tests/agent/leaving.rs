//! Who leaves in peace ends what it has begun, and begins nothing new.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::{Ask, Choice, Ended, VoterHandler, voter_fn};
use moai_core::{
    Coordinator, CorrelationId, Envelope, Handled, KeyRange, Role, StateKey, Topology, agent_id, algorithm_name,
    message_kind, swarm_id, value,
};
use moai_store::MemoryStore;
use moai_swarm::{Agent, AgentError};
use moai_sync::{ConflictResolver, Replica, ReplicaHandler, StateSynchronizer};

use super::{Patient, agent, manager, members, swarm};

fn all() -> Ask {
    Ask::by(algorithm_name!("unanimous")).within(Duration::from_secs(60))
}

#[tokio::test(start_paused = true)]
async fn a_ballot_that_is_being_thought_about_is_given() {
    let swarm = swarm(Topology::Mesh);
    let manager = manager(&swarm).await;
    let voter = Patient::new();
    let leaver = Agent::builder(agent(1)).votes(voter.clone()).join(swarm.clone()).await.unwrap();

    let mut first = manager.open("first", all()).await.unwrap();
    voter.asked().await;
    let leaving = tokio::spawn(leaver.leave());
    // From the moment it leaves, it is asked nothing new: who asks is told so at once, long before the deadline.
    let before = tokio::time::Instant::now();
    let outcome = manager.request_consensus("later", all().within(Duration::from_secs(5))).await.unwrap();
    assert_eq!(before.elapsed(), Duration::ZERO, "who asked waited");
    assert_eq!(outcome.invalid[0].voter, agent(1));
    assert!(outcome.invalid[0].cause.contains("the agent is leaving the swarm"), "{:?}", outcome.invalid);
    assert_eq!(members(&swarm).await, [agent(1)], "it goes only when it has answered");

    voter.let_answer();
    assert!(first.outcome().await.unwrap().is_approved());
    let served = leaving.await.unwrap().unwrap();
    assert_eq!((served.unfinished, served.unsent, served.ended), (0, 0, Ended::Stopped));
    assert!(members(&swarm).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_takes_too_long_is_cut_off_and_counted() {
    let swarm = swarm(Topology::Mesh);
    let manager = manager(&swarm).await;
    let voter = Patient::new();
    let leaver = Agent::builder(agent(1)).votes(voter.clone()).join(swarm.clone()).await.unwrap();
    let mut ticket = manager.open("deploy", all()).await.unwrap();
    voter.asked().await;
    let began = tokio::time::Instant::now();
    let served = leaver.leave_within(Duration::from_secs(3)).await.unwrap();
    assert_eq!(began.elapsed(), Duration::from_secs(3));
    assert_eq!(served.unfinished, 1);
    assert!(members(&swarm).await.is_empty());
    assert_eq!(ticket.outcome().await.unwrap().silent, [agent(1)]);
}

#[tokio::test(start_paused = true)]
async fn what_is_in_the_mailbox_is_heard_and_what_is_said_is_sent() {
    let swarm = swarm(Topology::Mesh);
    let mut asker = swarm.join(agent_id!("asker"), Role::Service).await.unwrap();
    let me = agent(1);
    let echo = move |envelope: &Envelope| {
        let answer = envelope.reply(me.clone(), message_kind!("echo"), envelope.payload().clone());
        Handled::Done(vec![moai_core::Outgoing::new(envelope.sender().clone(), answer)])
    };
    let leaver = Agent::builder(agent(1)).with_handler(echo).join(swarm.clone()).await.unwrap();
    // None of them is looked at before the agent is told to leave: its task has not run yet.
    for number in 0..500u128 {
        let id = CorrelationId::from_bytes(number.to_be_bytes());
        let question = Envelope::new(swarm_id!("swarm-001"), agent_id!("asker"), message_kind!("question"), id, "");
        swarm.send(&agent(1), question).await.unwrap();
    }
    let served = leaver.leave().await.unwrap();
    assert_eq!((served.received, served.sent, served.unsent), (500, 500, 0));
    let mut answers = Vec::new();
    assert_eq!(asker.recv_many(&mut answers, 1_000).await, 500);
}

#[tokio::test(start_paused = true)]
async fn who_shuts_down_does_not_wait_for_anything() {
    let swarm = swarm(Topology::Mesh);
    let manager = manager(&swarm).await;
    let voter = Patient::new();
    let leaver = Agent::builder(agent(1)).votes(voter.clone()).join(swarm.clone()).await.unwrap();
    let _ticket = manager.open("deploy", all()).await.unwrap();
    voter.asked().await;
    let began = tokio::time::Instant::now();
    assert_eq!(leaver.shutdown().await.unwrap().unfinished, 1);
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn what_was_written_last_is_pushed_and_stored() {
    let swarm = swarm(Topology::Mesh);
    let (memory, key) = (Arc::new(MemoryStore::new().unwrap()), StateKey::new("leader").unwrap());
    let resolver = ConflictResolver::lww();
    let synchronizer = StateSynchronizer::new(swarm.clone(), memory, resolver).await.unwrap();
    let replica = Replica::new(agent(1));
    let half = ReplicaHandler::new(swarm_id!("swarm-001"), replica.clone()).follows(KeyRange::ALL).pushes();
    let leaver = Agent::builder(agent(1)).with_handler(half).join(swarm.clone()).await.unwrap();
    for round in 0..20 {
        replica.put(&key, round).unwrap();
        tokio::task::yield_now().await;
    }
    replica.put(&key, "the last word").unwrap();
    let served = leaver.leave().await.unwrap();
    assert_eq!((served.ended, served.unsent), (Ended::Stopped, 0));
    // Nobody is there whom it could be learned from any more.
    let state = synchronizer.get_state(&key).await.unwrap().unwrap();
    assert_eq!(state.value, value!("the last word"));
}

#[tokio::test(start_paused = true)]
async fn who_pushes_to_nobody_goes_when_its_time_is_over() {
    let swarm = swarm(Topology::Mesh);
    let replica = Replica::new(agent(1));
    let half = ReplicaHandler::new(swarm_id!("swarm-001"), replica.clone()).pushes();
    let leaver = Agent::builder(agent(1)).with_handler(half).join(swarm.clone()).await.unwrap();
    replica.put(&StateKey::new("leader").unwrap(), "me").unwrap();
    let began = tokio::time::Instant::now();
    let served = leaver.leave_within(Duration::from_secs(2)).await.unwrap();
    assert_eq!(began.elapsed(), Duration::from_secs(2));
    assert_eq!(served.unready, 1, "nobody is told that what it wrote last is lost");
}

#[tokio::test(start_paused = true)]
async fn a_voter_whose_agent_has_left_votes_no_more_in_its_next_life() {
    let swarm = swarm(Topology::Mesh);
    let manager = manager(&swarm).await;
    let voter = VoterHandler::new(swarm_id!("swarm-001"), agent(1), voter_fn(|_| Choice::For));
    for life in 1..=3 {
        let agent = Agent::builder(agent(1)).with_handler(voter.clone()).join(swarm.clone()).await.unwrap();
        assert!(manager.request_consensus("deploy", Ask::new()).await.unwrap().is_approved(), "in life {life}");
        assert_eq!(agent.leave().await.unwrap().unready, 0);
    }
}

#[tokio::test]
async fn another_agents_replica_and_a_name_in_use_are_refused() {
    let swarm = swarm(Topology::Mesh);
    let refused = Agent::builder(agent(1)).shares(Replica::new(agent(2))).join(swarm.clone()).await.unwrap_err();
    assert_eq!(refused, AgentError::OtherAgent { agent: agent(1), replica: agent(2) });
    assert!(members(&swarm).await.is_empty());
    let first = Agent::builder(agent(1)).votes(voter_fn(|_| Choice::For)).join(swarm.clone()).await.unwrap();
    let refused = Agent::builder(agent(1)).join(swarm.clone()).await.unwrap_err();
    assert!(matches!(refused, AgentError::Coordinator(_)), "{refused}");
    assert!(first.is_running());
}

#[test]
fn nothing_joins_without_a_runtime() {
    let swarm = swarm(Topology::Mesh);
    let refused = pollster::block_on(Agent::builder(agent(1)).join(swarm.clone())).unwrap_err();
    assert!(matches!(refused, AgentError::Runtime { .. }), "{refused}");
    assert!(pollster::block_on(members(&swarm)).is_empty());
}
