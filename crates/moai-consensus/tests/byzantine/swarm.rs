//! Under a manager, with agents that repeat their word.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::{
    Ask, ByzantineConsensus, Choice, ConsensusManager, Decision, ManagerOptions, Reply, Request, VoteError,
    message_kinds,
};
use moai_core::{
    AgentId, Coordinator, Limits, LocalCoordinator, Role, SteeredClock, Timestamp, algorithm_name, proposal_id,
    swarm_id, value,
};
use moai_store::MemoryJournal;

use crate::world::agent;

/// An agent that answers round by round.
async fn join(coordinator: &Arc<LocalCoordinator>, id: AgentId, says: fn(u32) -> Option<Choice>) {
    let mut mailbox = coordinator.join(id.clone(), Role::Member).await.unwrap();
    let coordinator = coordinator.clone();
    tokio::spawn(async move {
        while let Some(envelope) = mailbox.recv().await {
            if *envelope.kind() != message_kinds::REQUEST {
                continue;
            }
            let request = Request::from_bytes(envelope.payload(), &Limits::default()).unwrap();
            let Some(choice) = says(request.round) else { continue };
            let answer = Reply::Ballot(request.ballot(id.clone(), choice)).to_bytes();
            let answer = envelope.reply(id.clone(), message_kinds::VOTE, answer);
            let _ = coordinator.send(envelope.sender(), answer).await;
        }
    });
}

async fn decide(liars: fn(u32) -> Option<Choice>) -> (ByzantineConsensus, Arc<moai_consensus::Outcome>) {
    let coordinator = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    let manager = ConsensusManager::new(coordinator.clone()).await.unwrap();
    let byzantine = ByzantineConsensus::new(3, 5).unwrap();
    manager.register_algorithm(algorithm_name!("bft-5"), byzantine.clone()).unwrap();
    for number in 1..=7 {
        join(&coordinator, agent(number), |_| Some(Choice::For)).await;
    }
    for number in 8..=10 {
        join(&coordinator, agent(number), liars).await;
    }
    let ask = Ask::by(algorithm_name!("bft-5"));
    let outcome = manager.request_consensus(value!({"action": "upgrade_database"}), ask).await.unwrap();
    (byzantine, outcome)
}

#[tokio::test(start_paused = true)]
async fn a_swarm_with_three_liars_of_ten_decides_by_the_seven() {
    let (byzantine, outcome) = decide(|round| Some(if round == 1 { Choice::For } else { Choice::Against })).await;
    assert_eq!((outcome.decision, outcome.votes_for, outcome.votes_against), (Decision::Approved, 7, 0));
    assert_eq!(byzantine.detected_malicious().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_swarm_with_three_silent_of_ten_decides_by_the_seven_and_blames_nobody() {
    let (byzantine, outcome) = decide(|_| None).await;
    assert_eq!((outcome.decision, outcome.votes_for, outcome.silent.len()), (Decision::Approved, 7, 3));
    assert!(byzantine.detected_malicious().is_empty());
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_rounds_that_had_closed_stay_closed_and_only_the_last_question_is_put_again() {
    let coordinator = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    let (journal, clock) = (Arc::new(MemoryJournal::new()), Arc::new(SteeredClock::new(Timestamp::UNIX_EPOCH)));
    let start = async || {
        let options = ManagerOptions::default().with_journal(journal.clone()).with_clock(clock.clone());
        let manager = ConsensusManager::with(coordinator.clone(), options).await.unwrap();
        manager.register_algorithm(algorithm_name!("bft"), ByzantineConsensus::default()).unwrap();
        manager
    };
    let mut mailboxes = Vec::new();
    for number in 1..=4 {
        mailboxes.push(coordinator.join(agent(number), Role::Member).await.unwrap());
    }
    let manager = start().await;
    let ask = Ask::by(algorithm_name!("bft")).within(Duration::from_secs(30));
    let _ticket = manager.open(value!({"proposal_id": "p"}), ask).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1)).await;
    let ballots: Vec<_> =
        (1..=4).map(|number| manager.ballot(&proposal_id!("p"), agent(number), Choice::For).unwrap()).collect();
    for ballot in &ballots[..3] {
        manager.record_vote(ballot.clone()).await.unwrap();
    }
    // The fourth is silent: its round closes with the time.
    tokio::time::sleep(Duration::from_secs(11)).await;
    for ballot in &ballots[..2] {
        manager.record_vote(ballot.clone().in_round(2)).await.unwrap();
    }
    manager.shutdown().await;
    for mailbox in &mut mailboxes {
        let rounds = [mailbox.recv().await.unwrap(), mailbox.recv().await.unwrap()]
            .map(|envelope| Request::from_bytes(envelope.payload(), &Limits::default()).unwrap().round);
        assert_eq!(rounds, [1, 2]);
    }

    clock.advance(Duration::from_secs(12));
    let manager = start().await;
    let mut recovered = manager.recover().await.unwrap();
    assert_eq!(recovered.open.len(), 1);
    for mailbox in &mut mailboxes {
        let envelope = mailbox.recv().await.unwrap();
        assert_eq!(Request::from_bytes(envelope.payload(), &Limits::default()).unwrap().round, 2);
    }
    let late = manager.record_vote(ballots[3].clone().in_round(2)).await;
    assert!(matches!(late, Err(VoteError::Late { .. })), "it missed a round before the crash: {late:?}");
    manager.record_vote(ballots[2].clone().in_round(2)).await.unwrap();
    for ballot in &ballots[..3] {
        manager.record_vote(ballot.clone().in_round(3)).await.unwrap();
    }
    let outcome = recovered.open[0].outcome().await.unwrap();
    assert_eq!((outcome.decision, outcome.votes_for), (Decision::Approved, 3));
    assert_eq!(outcome.silent, [agent(4)]);
}
