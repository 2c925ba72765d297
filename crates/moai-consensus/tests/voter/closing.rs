//! Who need not answer any more stops thinking.

use std::sync::Arc;

use moai_consensus::{Ask, Choice, ConsensusManager, VoterHandler, message_kinds, serve, voter_fn};
use moai_core::{Coordinator, Envelope, LocalCoordinator, Role, agent_id, swarm_id, value};

use crate::asker::{Asker, Slow, closing, half, me, request};

#[tokio::test(start_paused = true)]
async fn a_voter_thinks_on_after_its_vote_is_closed() {
    let asker = Asker::new().await;
    let voter = Arc::new(Slow::default());
    let handler = half(voter.clone());
    let _agent = asker.voting(handler.clone()).await;
    let (first, second) = (request("first"), request("second"));
    for question in [&first, &second] {
        asker.put(question).await;
        voter.begun.notified().await;
    }
    asker.close(&first).await;
    // The loop takes it in, then drops the thought: both are done once the task has nothing to do.
    while voter.dropped() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!((voter.dropped(), handler.thinking(), handler.counts().stopped), (1, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_question_put_anew_right_behind_its_closing_is_lost() {
    let mut asker = Asker::new().await;
    let voter = Arc::new(Slow::default());
    let _agent = asker.voting(half(voter.clone())).await;
    let question = request("deploy-v2.0");
    asker.put(&question).await;
    voter.begun.notified().await;
    // Both lie in the mailbox before the first thought is dropped.
    asker.close(&question).await;
    asker.put(&question).await;
    voter.begun.notified().await;
    voter.go.notify_waiters();
    assert_eq!(asker.ballot().await.reason, "deploy-v2.0 at the 2. asking");
    assert_eq!(voter.dropped(), 1);
}

#[tokio::test(start_paused = true)]
async fn somebody_else_silences_a_voter() {
    let mut asker = Asker::new().await;
    let voter = Arc::new(Slow::default());
    let _agent = asker.voting(half(voter.clone())).await;
    let _liar = asker.swarm.join(agent_id!("liar"), Role::Member).await.unwrap();
    let question = request("deploy-v2.0");
    asker.put(&question).await;
    voter.begun.notified().await;
    let honest = closing(&question);
    let forged = Envelope::new(
        honest.swarm().clone(),
        agent_id!("liar"),
        message_kinds::CLOSED,
        honest.correlation(),
        honest.payload().clone(),
    );
    asker.send(forged).await;
    tokio::task::yield_now().await;
    voter.go.notify_one();
    assert_eq!(asker.ballot().await.choice, Choice::For);
}

#[tokio::test(start_paused = true)]
async fn a_closing_of_what_nobody_asked_does_harm() {
    let mut asker = Asker::new().await;
    let handler = half(voter_fn(|_| Choice::For));
    let _agent = asker.voting(handler.clone()).await;
    let question = request("deploy-v2.0");
    asker.close(&question).await;
    asker.put(&question).await;
    let said = asker.ballot().await;
    asker.close(&question).await;
    asker.put(&question).await;
    assert_eq!(asker.ballot().await, said);
    assert_eq!(handler.counts().stopped, 0);
}

#[tokio::test(start_paused = true)]
async fn the_third_agent_thinks_on_after_a_majority() {
    let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    let manager = ConsensusManager::new(swarm.clone()).await.unwrap();
    let slow = Arc::new(Slow::default());
    for agent in [agent_id!("agent-2"), agent_id!("agent-3"), me()] {
        let mailbox = swarm.join(agent.clone(), Role::Member).await.unwrap();
        let half = match agent == me() {
            true => VoterHandler::new(swarm_id!("swarm-001"), agent, slow.clone()),
            false => VoterHandler::new(swarm_id!("swarm-001"), agent, voter_fn(|_| Choice::For)),
        };
        tokio::spawn(serve(mailbox, swarm.clone(), vec![Box::new(half)]));
    }
    let outcome = manager.request_consensus(value!({"action": "deploy"}), Ask::new()).await.unwrap();
    assert_eq!((outcome.votes_for, outcome.votes_saved), (2, 1));
    while slow.dropped() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(slow.asked(), 1);
}
