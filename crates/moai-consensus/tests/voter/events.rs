//! What happens is told to whoever reads events, in fields that keep their names.

use moai_consensus::{Answer, Request, Voter, VoterError};
use moai_core::{Coordinator, agent_id};
use tracing::Level;

use crate::asker::{Asker, Fickle, half, in_round, me, request};
use crate::log::Log;

struct Failing;

#[async_trait::async_trait]
impl Voter for Failing {
    async fn vote(&self, _: &Request) -> Result<Answer, VoterError> {
        Err(VoterError::failed("no model"))
    }
}

#[tokio::test(start_paused = true)]
async fn a_voter_that_fails_and_an_answer_that_is_not_sent_are_seen_by_nobody() {
    let log = Log::of(Level::WARN);
    let _guard = tracing::subscriber::set_default(log.clone());
    let mut asker = Asker::new().await;
    let agent = asker.voting(half(Failing)).await;
    asker.put(&in_round(&request("deploy-v2.0"), 3)).await;
    asker.cause().await;
    asker.send(Asker::envelope(moai_consensus::message_kinds::REQUEST, "?")).await;
    asker.put(&request("second")).await;
    asker.swarm.leave(&agent_id!("manager")).await.unwrap();
    tokio::task::yield_now().await;
    asker.swarm.leave(&me()).await.unwrap();
    assert_eq!(agent.await.unwrap().unsent, 1);
    let lines = log.lines();
    let starts = [
        "WARN message=a voter gives no ballot agent=agent-1 proposal=deploy-v2.0 round=3 cause=the voter failed: no model",
        "WARN message=a message is refused agent=agent-1 from=manager kind=consensus_request cause=consensus_request does",
        "WARN message=a voter gives no ballot agent=agent-1 proposal=second round=1 cause=the voter failed: no model",
        "WARN message=a message could not be sent agent=agent-1 to=manager kind=consensus_vote cause=the recipient manager",
    ];
    assert_eq!(lines.len(), starts.len(), "{lines:#?}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{line}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_goes_well_is_shouted() {
    let log = Log::of(Level::WARN);
    let _guard = tracing::subscriber::set_default(log.clone());
    let mut asker = Asker::new().await;
    let _agent = asker.voting(half(Fickle::default())).await;
    asker.put(&request("deploy-v2.0")).await;
    asker.ballot().await;
    assert_eq!(log.lines(), [""; 0]);
}
