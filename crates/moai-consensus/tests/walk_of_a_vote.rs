//! The walk of a vote, step by step, as `docs/walk-of-a-vote.md` tells it.

use std::sync::Arc;

use moai_consensus::{
    Ask, Choice, ConsensusManager, Decision, ManagerOptions, Reply, Request, RequestError, Taken, VoteError,
    message_kinds,
};
use moai_core::{
    Coordinator, Envelope, Journal, Limits, LocalCoordinator, Mailbox, Role, agent_id, proposal_id, swarm_id, value,
};
use moai_store::MemoryJournal;

async fn kinds(journal: &MemoryJournal) -> Vec<String> {
    let records = journal.read(1, 100).await.unwrap();
    records.iter().map(|record| record.kind.to_string()).collect()
}

async fn asked(mailbox: &mut Box<dyn Mailbox>) -> (Envelope, Request) {
    let envelope = mailbox.recv().await.unwrap();
    assert_eq!(*envelope.kind(), message_kinds::REQUEST);
    let request = Request::from_bytes(envelope.payload(), &Limits::default()).unwrap();
    (envelope, request)
}

#[tokio::test(start_paused = true)]
async fn from_the_question_to_the_outcome() {
    let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    let mut first = swarm.join(agent_id!("agent-1"), Role::Member).await.unwrap();
    let mut second = swarm.join(agent_id!("agent-2"), Role::Member).await.unwrap();
    let mut third = swarm.join(agent_id!("agent-3"), Role::Member).await.unwrap();
    let journal = Arc::new(MemoryJournal::new());
    let options = ManagerOptions::default().with_journal(journal.clone());
    let manager = ConsensusManager::with(swarm.clone(), options).await.unwrap();

    // 1. The question is put, under the caller's name; a name that is open is refused.
    let content = value!({"proposal_id": "deploy-v2.0", "action": "deploy"});
    let mut ticket = manager.open(content.clone(), Ask::new()).await.unwrap();
    assert_eq!(ticket.proposal(), &proposal_id!("deploy-v2.0"));
    assert!(matches!(manager.open(content, Ask::new()).await, Err(RequestError::AlreadyOpen { .. })));

    // 2. and 3. What is asked was written down before it went out, and is bound to all that it is about.
    let (envelope, request) = asked(&mut first).await;
    assert_eq!(kinds(&journal).await, ["consensus_opened"]);
    let rule = moai_core::DigestBuilder::new("moai/rule/1").text("more than 1/2 of members").finish();
    assert_eq!(request.instance, request.proposal.instance_under(request.electorate, rule));

    // 4. The first agent answers.
    let me = agent_id!("agent-1");
    let ballot = request.ballot(me.clone(), Choice::For).because("the tests pass");
    let answer = envelope.reply(me, message_kinds::VOTE, Reply::Ballot(ballot.clone()).to_bytes());
    swarm.send(envelope.sender(), answer).await.unwrap();

    // 5. It is counted once, a second different one is refused with both, a stranger is refused.
    while kinds(&journal).await.len() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(manager.record_vote(ballot.clone()).await.unwrap().taken, Taken::Again);
    let other = request.ballot(agent_id!("agent-1"), Choice::Against);
    match manager.record_vote(other).await {
        Err(VoteError::Conflicting(evidence)) => assert_eq!(evidence.first, ballot),
        other => panic!("{other:?}"),
    }
    let stranger = request.ballot(agent_id!("stranger"), Choice::For);
    assert!(matches!(manager.record_vote(stranger).await, Err(VoteError::NotEligible { .. })));
    assert_eq!(ticket.look(), Ok(None));

    // 6. The second vote for it decides, without waiting for the third.
    let (_, request) = asked(&mut second).await;
    let receipt = manager.record_vote(request.ballot(agent_id!("agent-2"), Choice::For)).await.unwrap();
    assert_eq!(receipt.decided, Some(Decision::Approved));
    let outcome = ticket.outcome().await.unwrap();
    assert_eq!((outcome.votes_for, outcome.decided_at_vote, outcome.votes_saved), (2, Some(2), 1));
    assert_eq!(outcome.evidence.len(), 1);
    let decided =
        ["consensus_opened", "consensus_ballot", "consensus_evidence", "consensus_ballot", "consensus_decided"];
    assert_eq!(kinds(&journal).await, decided);

    // 7. The third is told that it can stop; its vote is kept, and changes nothing.
    let (_, request) = asked(&mut third).await;
    assert_eq!(*third.recv().await.unwrap().kind(), message_kinds::CLOSED);
    let late = manager.record_vote(request.ballot(agent_id!("agent-3"), Choice::Against)).await;
    assert!(matches!(late, Err(VoteError::Closed { .. })), "{late:?}");
    while kinds(&journal).await.len() < 6 {
        tokio::task::yield_now().await;
    }
    assert_eq!(kinds(&journal).await[5], "consensus_late");
    assert_eq!(manager.outcome(&proposal_id!("deploy-v2.0")), Some(outcome));
}
