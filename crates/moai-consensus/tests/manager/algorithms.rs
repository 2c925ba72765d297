//! Algorithms under names, gossip among agents, and sessions by hand.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::{
    Algorithm, AlgorithmTaken, Ask, Choice, Decision, GossipAlgorithm, GossipConfig, GossipMode, GossipProtocol, Input,
    OpenError, Opening, Outcome, Output, QuorumAlgorithm, RequestError, RuleAlgorithm, Session, Unanimous,
    WeightedAlgorithm,
};
use moai_core::{ProposalId, Timestamp, Value, algorithm_name, value};

use crate::deploy;
use crate::swarm::{Swarm, id};

#[tokio::test]
async fn a_name_that_is_taken_keeps_its_first_algorithm() {
    let swarm = Swarm::new().await;
    let name = algorithm_name!("strict");
    swarm.manager.register_algorithm(name.clone(), QuorumAlgorithm::with_threshold(0.7).unwrap()).unwrap();
    let taken = swarm.manager.register_algorithm(name.clone(), QuorumAlgorithm::new());
    assert_eq!(taken, Err(AlgorithmTaken::new(name.clone())));
    assert!(swarm.manager.register_algorithm(algorithm_name!("weighted"), WeightedAlgorithm::new()).is_err());
    swarm.agent("a", Choice::For).await;
    let outcome = swarm.manager.request_consensus(deploy(), Ask::by(name.clone())).await.unwrap();
    assert_eq!(outcome.threshold, Some(0.7));
    assert!(swarm.manager.replace_algorithm(name.clone(), RuleAlgorithm::new(Unanimous)));
    let outcome = swarm.manager.request_consensus(deploy(), Ask::by(name)).await.unwrap();
    assert_eq!(outcome.rule, "every member is for it: 1 of 1");
}

#[tokio::test(start_paused = true)]
async fn twenty_agents_agree_by_gossip() {
    let swarm = Swarm::new().await;
    for number in 1..=20 {
        let choice = if number <= 15 { Choice::For } else { Choice::Against };
        swarm.agent(&format!("agent-{number}"), choice).await;
    }
    let gossip = |threshold: f64| {
        let config = GossipConfig::new(GossipMode::MajorityDynamics).unwrap().with_fanout(5).unwrap();
        let config = config.with_max_rounds(7).unwrap().with_convergence("0.95".parse().unwrap()).unwrap();
        GossipAlgorithm::new(GossipProtocol::new(config), threshold).unwrap()
    };
    swarm.manager.register_algorithm(algorithm_name!("gossip"), gossip(0.66)).unwrap();
    let outcome = swarm.manager.request_consensus(deploy(), Ask::by(algorithm_name!("gossip"))).await.unwrap();
    assert_eq!(outcome.decision, Decision::Approved);
    assert_eq!((outcome.votes_for, outcome.votes_against, outcome.votes_abstain), (20, 0, 0));
    assert_eq!(outcome.metadata.get("converged"), Some(&value!(true)));
    assert_eq!(outcome.metadata.get("agreement_ratio"), Some(&value!(1.0)));
    let before = outcome.metadata.get("initial").unwrap();
    assert_eq!((before.get("in_favour"), before.get("against")), (Some(&value!(15)), Some(&value!(5))));
    let rounds = outcome.metadata.get("rounds_completed").and_then(Value::as_u64).unwrap();
    let history = outcome.metadata.get("round_history").and_then(Value::as_array).unwrap();
    assert!(rounds <= 7 && history.len() as u64 == rounds);
    assert_eq!(outcome.dissent.len(), 5, "who was against it at first is still heard");

    // A majority that grows to the whole swarm does not make up for too few at the start.
    swarm.manager.replace_algorithm(algorithm_name!("gossip"), gossip(0.8));
    let outcome = swarm.manager.request_consensus(deploy(), Ask::by(algorithm_name!("gossip"))).await.unwrap();
    assert_eq!((outcome.decision, outcome.votes_for), (Decision::Rejected, 20));
}

#[tokio::test(start_paused = true)]
async fn gossip_waits_for_the_silent_until_the_deadline_and_goes_on_without_them() {
    let swarm = Swarm::new().await;
    for number in 1..=7 {
        swarm.agent(&format!("agent-{number}"), Choice::For).await;
    }
    let _silent = swarm.join("agent-8").await;
    let gossip = GossipAlgorithm::new(GossipProtocol::default(), 0.5).unwrap();
    swarm.manager.register_algorithm(algorithm_name!("gossip"), gossip).unwrap();
    let ask = || Ask::by(algorithm_name!("gossip")).within(Duration::from_secs(5));
    let outcome = swarm.manager.request_consensus(deploy(), ask()).await.unwrap();
    assert_eq!((outcome.decision, outcome.votes_for), (Decision::Approved, 7));
    assert_eq!(outcome.silent, [id("agent-8")]);
    assert!(outcome.duration() >= Duration::from_secs(5));
}

/// Says nothing of its deadline, and never decides.
struct Forgetful(ProposalId);

impl Session for Forgetful {
    fn handle(&mut self, _: Timestamp, _: Input) -> Vec<Output> {
        Vec::new()
    }
    fn proposal(&self) -> &ProposalId {
        &self.0
    }
    fn outcome(&self) -> Option<&Arc<Outcome>> {
        None
    }
}

pub(crate) struct Forgets;

impl Algorithm for Forgets {
    fn open(&self, opening: Opening) -> Result<Box<dyn Session>, OpenError> {
        Ok(Box::new(Forgetful(opening.proposal.id().clone())))
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_forgets_its_deadline_does_not_hang_whoever_waits() {
    let swarm = Swarm::new().await;
    swarm.manager.register_algorithm(algorithm_name!("forgets"), Forgets).unwrap();
    let ended = swarm.manager.request_consensus(deploy(), Ask::by(algorithm_name!("forgets"))).await;
    assert!(matches!(ended, Err(RequestError::Undecided { .. })), "{ended:?}");
    assert_eq!(swarm.manager.open_count(), 0);
}
