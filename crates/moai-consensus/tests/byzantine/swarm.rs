//! Under a manager, with agents that repeat their word.

use std::sync::Arc;

use moai_consensus::{Ask, ByzantineConsensus, Choice, ConsensusManager, Decision, Reply, Request, message_kinds};
use moai_core::{AgentId, Coordinator, Limits, LocalCoordinator, Role, algorithm_name, swarm_id, value};

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
            let request = Request::read(envelope.payload(), &Limits::default()).unwrap();
            let Some(choice) = says(request.round) else { continue };
            let answer = Reply::Ballot(request.ballot(id.clone(), choice)).to_bytes();
            let answer = envelope.reply(id.clone(), message_kinds::VOTE, answer);
            let _ = coordinator.send(envelope.from(), answer).await;
        }
    });
}

async fn decide(liars: fn(u32) -> Option<Choice>) -> (ByzantineConsensus, Arc<moai_consensus::Outcome>) {
    let coordinator = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    let manager = ConsensusManager::new(coordinator.clone()).await.unwrap();
    let byzantine = ByzantineConsensus::new(3, 5).unwrap();
    assert!(manager.register_algorithm(algorithm_name!("bft-5"), byzantine.clone()));
    for number in 1..=7 {
        join(&coordinator, agent(number), |_| Some(Choice::For)).await;
    }
    for number in 8..=10 {
        join(&coordinator, agent(number), liars).await;
    }
    let ask = Ask::with(algorithm_name!("bft-5"));
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
