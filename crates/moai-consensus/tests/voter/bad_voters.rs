//! What a voter does wrong is told to whoever asked, and harms nobody.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use moai_consensus::{Answer, Ask, Basis, Choice, ConsensusManager, Ratio, Request, Voter, VoterError};
use moai_consensus::{VoterHandler, serve, voter_fn};
use moai_core::{Coordinator, LocalCoordinator, Map, Role, Timestamp, Value, agent_id, swarm_id, value};

use crate::asker::{Asker, DEADLINE, Slow, half, in_round, request};

/// Does to each proposal what its name says.
struct Bad;

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("even now");
    }
}

fn deep() -> Map {
    let mut deep = value!(0);
    for _ in 0..10_000 {
        deep = value!([deep]);
    }
    let Value::Map(map) = value!({"deep": deep}) else { panic!("it is a map") };
    map
}

#[async_trait]
impl Voter for Bad {
    async fn vote(&self, request: &Request) -> Result<Answer, VoterError> {
        let answer = Answer::new(Choice::For);
        match request.proposal.id().as_str() {
            "error" => Err(VoterError::failed("the model does not answer")),
            "long-error" => Err(VoterError::failed("ה".repeat(5_000_000))),
            "panic" => panic!("thinking is hard"),
            "late-panic" => {
                tokio::time::sleep(Duration::from_secs(1)).await;
                panic!("thinking was hard for {}", 1);
            }
            "odd-panic" => std::panic::panic_any(7),
            "worse-panic" => std::panic::panic_any(PanicsWhenDropped),
            "panics-when-dropped" => {
                let held = PanicsWhenDropped;
                std::future::pending::<()>().await;
                drop(held);
                Ok(answer)
            }
            "long" => Ok(answer.because("x".repeat(10_000_000))),
            "sure" => Ok(answer.confident(Ratio::new(3, 2).unwrap())),
            "deep" => Ok(answer.with_metadata(deep())),
            "never" => std::future::pending().await,
            _ => Ok(answer),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_voter_that_goes_wrong_takes_its_agent_along_or_passes_for_a_ballot() {
    let mut asker = Asker::new().await;
    let handler = half(Bad);
    let _agent = asker.voting(handler.clone()).await;
    let cases = [
        ("error", "the voter failed: the model does not answer; nothing changed"),
        ("long-error", "the voter failed: הה"),
        ("panic", "the voter panicked: thinking is hard; nothing changed"),
        ("late-panic", "the voter panicked: thinking was hard for 1; nothing changed"),
        ("odd-panic", "the voter panicked: without a word; nothing changed"),
        ("worse-panic", "the voter panicked: without a word; nothing changed"),
        ("long", "the voter's answer does not stand: reason has 10000000 bytes, the limit is 16384; nothing changed"),
        ("sure", "the voter's answer does not stand: confidence is 3/2, the range is 0 to 1; nothing changed"),
        ("deep", "the voter's answer does not stand: value is nested"),
        ("never", "no answer by the deadline 1970-01-01T00:00:30+00:00; nothing changed"),
    ];
    for (name, cause) in cases {
        for round in 1..=2 {
            asker.put(&in_round(&request(name), round)).await;
            let got = asker.cause().await;
            assert!(got.starts_with(cause) && got.len() <= 1_024, "{name}: {got}");
        }
    }
    let counts = handler.counts();
    assert_eq!((counts.asked, counts.failed), (cases.len() as u64, cases.len() as u64));
    assert_eq!(handler.thinking(), 0);
    // It lives on.
    let mut fine = request("fine");
    fine.deadline = Timestamp::from_unix_micros(2 * DEADLINE).unwrap();
    asker.put(&fine).await;
    assert_eq!(asker.ballot().await.choice, Choice::For);
}

#[tokio::test(start_paused = true)]
async fn a_voter_that_thinks_for_ever_is_cut_off_at_the_deadline_and_not_before() {
    let mut asker = Asker::new().await;
    let voter = Arc::new(Slow::default());
    let _agent = asker.voting(half(voter.clone())).await;
    let begun = tokio::time::Instant::now();
    asker.put(&request("deploy-v2.0")).await;
    assert!(asker.cause().await.starts_with("no answer by the deadline"));
    let waited = begun.elapsed();
    assert!((Duration::from_secs(30)..Duration::from_secs(31)).contains(&waited), "{waited:?}");
    assert_eq!((voter.asked(), voter.dropped()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_in_the_year_9999_keeps_a_voter_thinking_for_ever() {
    let mut asker = Asker::new().await;
    let handler = half(Slow::default()).with_longest_thought(Duration::from_secs(60));
    let _agent = asker.voting(handler.clone()).await;
    let mut endless = request("deploy-v2.0");
    endless.deadline = Timestamp::MAX;
    let begun = tokio::time::Instant::now();
    asker.put(&endless).await;
    assert_eq!(asker.cause().await, "no answer within 60000 ms, the most that this agent thinks; nothing changed");
    let waited = begun.elapsed();
    assert!((Duration::from_secs(60)..Duration::from_secs(61)).contains(&waited), "{waited:?}");
    assert_eq!(handler.thinking(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_voter_that_panics_while_it_is_dropped_takes_its_agent_along() {
    let mut asker = Asker::new().await;
    let _agent = asker.voting(half(Bad)).await;
    let dropped = request("panics-when-dropped");
    asker.put(&dropped).await;
    asker.close(&dropped).await;
    asker.put(&request("fine")).await;
    asker.ballot().await;
}

#[tokio::test(start_paused = true)]
async fn a_failure_stands_for_one_vote_and_not_for_ever() {
    let mut asker = Asker::new().await;
    let voter = Arc::new(Slow::default());
    let _agent = asker.voting(half(voter.clone())).await;
    let first = request("deploy-v2.0");
    asker.put(&first).await;
    asker.cause().await;
    asker.put(&in_round(&first, 2)).await;
    asker.cause().await;
    assert_eq!(voter.asked(), 1);
    let mut again = first;
    again.deadline = Timestamp::from_unix_micros(2 * DEADLINE).unwrap();
    voter.go.notify_one();
    asker.put(&again).await;
    assert_eq!(asker.ballot().await.reason, "deploy-v2.0 at the 2. asking");
}

#[tokio::test(start_paused = true)]
async fn a_manager_waits_for_a_voter_that_has_failed() {
    let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    let manager = ConsensusManager::new(swarm.clone()).await.unwrap();
    for (agent, fails) in [(agent_id!("agent-1"), true), (agent_id!("agent-2"), true), (agent_id!("agent-3"), false)] {
        let mailbox = swarm.join(agent.clone(), Role::Member).await.unwrap();
        let half = match fails {
            true => VoterHandler::new(swarm_id!("swarm-001"), agent, Bad),
            false => VoterHandler::new(swarm_id!("swarm-001"), agent, voter_fn(|_| Choice::For)),
        };
        tokio::spawn(serve(mailbox, swarm.clone(), vec![Box::new(half)]));
    }
    let before = tokio::time::Instant::now();
    let outcome = manager.request_consensus(value!({"proposal_id": "panic"}), Ask::new()).await.unwrap();
    assert_eq!(before.elapsed(), Duration::ZERO);
    assert_eq!((outcome.basis, outcome.votes_abstain, outcome.invalid.len()), (Basis::Votes, 0, 2));
    assert!(outcome.invalid[0].cause.contains("thinking is hard"));
}
