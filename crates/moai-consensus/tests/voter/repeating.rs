//! A voter is asked once for each question, however often the question comes.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::{Ask, Choice, ConsensusManager, Reply, VoterHandler, serve, voter_fn};
use moai_core::{Coordinator, Handled, Handler, Limits, LocalCoordinator, Role, Timestamp, agent_id};
use moai_core::{swarm_id, value};

use crate::asker::{Asker, DEADLINE, Fickle, Slow, asking, half, in_round, question, request, request_under};

#[tokio::test(start_paused = true)]
async fn a_voter_who_changes_its_mind_says_the_same_in_five_rounds() {
    let mut asker = Asker::new().await;
    let voter = Arc::new(Fickle::default());
    let handler = half(voter.clone());
    let _agent = asker.voting(handler.clone()).await;
    let question = request("deploy-v2.0");
    let mut said = Vec::new();
    for round in 1..=5 {
        asker.put(&in_round(&question, round)).await;
        let ballot = asker.ballot().await;
        assert_eq!(ballot.round, round);
        said.push(ballot.in_round(1));
    }
    assert_eq!(said[0].reason, "the 0. thought");
    assert!(said.iter().all(|ballot| *ballot == said[0]), "{said:?}");
    assert_eq!(voter.asked(), 1);
    let counts = handler.counts();
    assert_eq!((counts.asked, counts.answered, counts.repeated), (1, 1, 4));
}

#[tokio::test(start_paused = true)]
async fn rounds_that_come_while_it_thinks_are_each_answered_once_it_has_thought() {
    let mut asker = Asker::new().await;
    let voter = Arc::new(Slow::default());
    let _agent = asker.voting(half(voter.clone())).await;
    let question = request("deploy-v2.0");
    for round in [1, 1, 2, 3, 2] {
        asker.put(&in_round(&question, round)).await;
    }
    voter.begun.notified().await;
    voter.go.notify_one();
    let mut rounds = Vec::new();
    for _ in 0..3 {
        rounds.push(asker.ballot().await.round);
    }
    assert_eq!(rounds, [1, 2, 3]);
    // One and the same message twice is one answer: the next is the answer to the next question.
    asker.put(&in_round(&question, 4)).await;
    assert_eq!(asker.ballot().await.round, 4);
    assert_eq!(voter.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn two_questions_at_once_do_not_wait_for_each_other() {
    let mut asker = Asker::new().await;
    let voter = Arc::new(Slow::default());
    let handler = half(voter.clone());
    let _agent = asker.voting(handler.clone()).await;
    for name in ["first", "second"] {
        asker.put(&request(name)).await;
        voter.begun.notified().await;
    }
    assert_eq!(handler.thinking(), 2);
    voter.go.notify_waiters();
    let said = [asker.ballot().await.reason, asker.ballot().await.reason];
    assert_eq!(said, ["first at the 1. asking", "second at the 2. asking"]);
    assert_eq!(handler.thinking(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_same_name_under_another_rule_is_another_question() {
    let mut asker = Asker::new().await;
    let voter = Arc::new(Fickle::default());
    let _agent = asker.voting(half(voter.clone())).await;
    for (rule, choice) in [(1, Choice::For), (2, Choice::Against), (1, Choice::For)] {
        asker.put(&request_under("deploy-v2.0", rule)).await;
        assert_eq!(asker.ballot().await.choice, choice);
    }
    assert_eq!(voter.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_word_is_not_lent_to_another_content_under_the_same_instance() {
    let mut asker = Asker::new().await;
    let voter = Arc::new(Slow::default());
    let handler = half(voter.clone());
    let _agent = asker.voting(handler.clone()).await;
    let honest = request("deploy-v2.0");
    let mut forged = asking(value!({"proposal_id": "deploy-v2.0", "action": "delete everything"}), 0);
    forged.instance = honest.instance;
    asker.put(&honest).await;
    asker.put(&forged).await;
    voter.begun.notified().await;
    voter.go.notify_one();
    assert_eq!(asker.ballot().await.instance, honest.instance);
    // Nor once there is a word: what comes back is the word on the question behind it.
    asker.put(&forged).await;
    asker.put(&honest).await;
    assert_eq!(asker.ballot().await.reason, "deploy-v2.0 at the 1. asking");
    assert_eq!((voter.asked(), handler.counts().flawed), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn the_oldest_word_is_forgotten_first_and_no_memory_grows() {
    let mut asker = Asker::new().await;
    let voter = Arc::new(Fickle::default());
    let handler = half(voter.clone()).with_remembered(3);
    let _agent = asker.voting(handler.clone()).await;
    for name in ["a", "b", "c", "d", "b", "a"] {
        asker.put(&request(name)).await;
        asker.ballot().await;
    }
    assert_eq!((voter.asked(), handler.remembered()), (5, 3));
}

#[tokio::test(start_paused = true)]
async fn one_question_too_many_is_told_so_and_may_come_again() {
    let mut asker = Asker::new().await;
    let voter = Arc::new(Slow::default());
    let handler = half(voter.clone()).with_most_thinking(2);
    let _agent = asker.voting(handler.clone()).await;
    for name in ["a", "b", "c"] {
        asker.put(&request(name)).await;
    }
    assert_eq!(asker.cause().await, "the agent thinks about 2 questions already; nothing changed");
    voter.begun.notified().await;
    voter.go.notify_waiters();
    asker.ballot().await;
    asker.ballot().await;
    asker.put(&request("c")).await;
    voter.go.notify_one();
    assert_eq!(asker.ballot().await.reason, "c at the 3. asking");
    assert_eq!(handler.counts().turned_down, 1);
}

#[test]
fn rounds_without_end_are_not_all_kept() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut handler = half(Slow::default());
        let asked = request("deploy-v2.0");
        let Handled::Later(_thinking) = handler.handle(&question(&asked)) else { panic!("it is a new question") };
        for round in 2..=64 {
            let Handled::Done(said) = handler.handle(&question(&in_round(&asked, round))) else { panic!("it waits") };
            assert!(said.is_empty());
        }
        let Handled::Done(said) = handler.handle(&question(&in_round(&asked, 65))) else { panic!("it is refused") };
        let reply = Reply::from_bytes(said[0].envelope.payload(), &Limits::default()).unwrap();
        assert!(matches!(reply, Reply::Failed { round: 65, cause, .. } if cause.contains("64 rounds")));
    });
}

#[tokio::test(start_paused = true)]
async fn a_question_behind_its_deadline_is_not_thought_about() {
    let mut asker = Asker::new().await;
    let voter = Arc::new(Fickle::default());
    let _agent = asker.voting(half(voter.clone())).await;
    asker.put(&request("in-time")).await;
    let said = asker.ballot().await;
    tokio::time::advance(Duration::from_micros(DEADLINE.unsigned_abs())).await;
    asker.put(&request("too-late")).await;
    assert_eq!(asker.cause().await, "no answer by the deadline 1970-01-01T00:00:30+00:00; nothing changed");
    assert_eq!(voter.asked(), 1);
    // What was said before is said again, late or not.
    asker.put(&request("in-time")).await;
    assert_eq!(asker.ballot().await, said);
    let mut later = request("too-late");
    later.deadline = Timestamp::from_unix_micros(2 * DEADLINE).unwrap();
    asker.put(&later).await;
    asker.ballot().await;
}

#[tokio::test(start_paused = true)]
async fn a_manager_and_its_voters_decide() {
    let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    let manager = ConsensusManager::new(swarm.clone()).await.unwrap();
    for agent in [agent_id!("agent-1"), agent_id!("agent-2"), agent_id!("agent-3")] {
        let mailbox = swarm.join(agent.clone(), Role::Member).await.unwrap();
        let voter = VoterHandler::new(swarm_id!("swarm-001"), agent, voter_fn(|_| Choice::For));
        tokio::spawn(serve(mailbox, swarm.clone(), vec![Box::new(voter)]));
    }
    for name in ["quorum", "weighted", "unanimous"] {
        let ask = Ask::by(moai_core::AlgorithmName::new(name).unwrap());
        let outcome = manager.request_consensus(value!({"action": name}), ask).await.unwrap();
        assert!(outcome.is_approved(), "{outcome:?}");
    }
}
