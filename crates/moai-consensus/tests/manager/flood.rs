//! Strangers who send much.

use std::time::Duration;

use moai_consensus::{Ask, Ballot, Choice, Decision, ManagerOptions, Reply, Request, message_kinds};
use moai_core::{Coordinator, CorrelationId, Envelope, Limits, Mailbox, Value, swarm_id, value};

use crate::swarm::{Moving, Swarm, id};

/// As many answers as are taken from the mailbox at once, and some.
const MANY: usize = 1_500;

/// A ballot that becomes two megabytes when it is read.
fn large(request: &Request, voter: &str) -> Ballot {
    let nulls = Value::from(vec![Value::Null; 60_000]);
    let Value::Map(metadata) = value!({ "nulls": nulls }) else { panic!("it is a map") };
    request.ballot(id(voter), Choice::Against).with_metadata(metadata)
}

async fn send(swarm: &Swarm, from: &str, correlation: CorrelationId, payload: Vec<u8>) {
    let envelope = Envelope::new(swarm_id!("swarm-001"), id(from), message_kinds::VOTE, correlation, payload);
    swarm.coordinator.send(&id("consensus-manager"), envelope).await.unwrap();
}

async fn question(mailbox: &mut Box<dyn Mailbox>) -> (Request, CorrelationId) {
    let envelope = mailbox.recv().await.unwrap();
    (Request::from_bytes(envelope.payload(), &Limits::default()).unwrap(), envelope.correlation())
}

/// What they send has the right names in it and ends in rubbish, under a number that nobody knows: read whole it would not
/// count as anything.
#[tokio::test(start_paused = true)]
async fn large_answers_of_who_has_no_say_are_read() {
    let swarm = Swarm::with(ManagerOptions::default().with_clock(Moving::clock())).await;
    let mut voter = swarm.join("voter").await;
    let ask = Ask::new().within(Duration::from_secs(60));
    let mut ticket = swarm.manager.open(value!({"proposal_id": "deploy"}), ask).await.unwrap();
    let (request, asked) = question(&mut voter).await;
    // It comes when the vote is open, and so has no say in it.
    let _stranger = swarm.join("stranger").await;
    let unknown = CorrelationId::from_bytes([9; 16]);
    let broken = |voter: &str| {
        let mut bytes = Reply::Ballot(large(&request, voter)).to_bytes();
        *bytes.last_mut().unwrap() ^= 0xff;
        bytes
    };
    let (own, others) = (broken("stranger"), broken("voter"));
    for _ in 0..MANY {
        send(&swarm, "stranger", unknown, own.clone()).await;
        send(&swarm, "stranger", unknown, others.clone()).await;
    }
    // Behind all that, the voter is heard.
    send(&swarm, "voter", asked, Reply::Ballot(request.ballot(id("voter"), Choice::For)).to_bytes()).await;
    assert_eq!(ticket.outcome().await.unwrap().decision, Decision::Approved);
    let refused = || swarm.manager.get_algorithm_stats().refused_answers;
    let counted = |code: &str| refused().get(code).copied().unwrap_or(0);
    assert_eq!((counted("vote.not_eligible"), counted("vote.other_name")), (MANY as u64, MANY as u64));
    // The vote has ended: it is the same, and of a vote that never was.
    send(&swarm, "stranger", unknown, own.clone()).await;
    let mut never = large(&request, "stranger");
    never.proposal = moai_core::ProposalId::new("never").unwrap();
    let mut never = Reply::Ballot(never).to_bytes();
    *never.last_mut().unwrap() ^= 0xff;
    send(&swarm, "stranger", unknown, never).await;
    while counted("vote.unknown_proposal") < 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(counted("vote.not_eligible"), MANY as u64 + 1);
}

/// A voter may say much: it counts, and late it is written down, as ever.
#[tokio::test(start_paused = true)]
async fn a_large_answer_of_a_voter_is_turned_away() {
    let swarm = Swarm::new().await;
    let (mut one, mut other) = (swarm.join("one").await, swarm.join("other").await);
    let ask = Ask::new().within(Duration::from_secs(60));
    let mut ticket = swarm.manager.open(value!({"proposal_id": "deploy"}), ask).await.unwrap();
    let ((request, asked), _) = (question(&mut one).await, question(&mut other).await);
    send(&swarm, "one", asked, Reply::Ballot(large(&request, "one")).to_bytes()).await;
    let outcome = ticket.outcome().await.unwrap();
    assert_eq!((outcome.decision, outcome.votes_against), (Decision::Rejected, 1));
    send(&swarm, "other", asked, Reply::Ballot(large(&request, "other")).to_bytes()).await;
    while swarm.manager.get_algorithm_stats().refused_answers.is_empty() {
        tokio::task::yield_now().await;
    }
    let refused = swarm.manager.get_algorithm_stats().refused_answers;
    assert_eq!(refused.keys().collect::<Vec<_>>(), ["vote.closed"]);
}
