//! What the documents show of votes, with agents that really vote.

#![allow(clippy::disallowed_methods, reason = "agents are tasks of their own")]

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::{
    Answer, Ask, Basis, ByzantineConsensus, Choice, ConsensusDecision, ConsensusManager, FinalTally, OnDeadline,
    QuorumAlgorithm, Request, Rule, RuleAlgorithm, VoteError, Voter, VoterError, VoterHandler, WeightedAlgorithm, Why,
    serve, voter_fn,
};
use moai_core::{AgentId, Coordinator, LocalCoordinator, Role, Value, algorithm_name, proposal_id, swarm_id, value};

/// A swarm with a manager, and agents that answer as they are.
struct Swarm {
    coordinator: Arc<LocalCoordinator>,
    manager: ConsensusManager,
}

fn id(name: &str) -> AgentId {
    AgentId::new(name).unwrap()
}

impl Swarm {
    async fn new() -> Self {
        let coordinator = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
        let manager = ConsensusManager::new(coordinator.clone()).await.unwrap();
        Self { coordinator, manager }
    }

    async fn agent(&self, name: &str, voter: impl Voter + 'static) {
        let mailbox = self.coordinator.join(id(name), Role::Member).await.unwrap();
        let half = VoterHandler::new(swarm_id!("swarm-001"), id(name), voter);
        tokio::spawn(serve(mailbox, self.coordinator.clone(), vec![Box::new(half)]));
    }

    async fn always(&self, name: &str, choice: Choice) {
        self.agent(name, voter_fn(move |_: &Request| Answer::new(choice))).await;
    }
}

fn action(request: &Request) -> &str {
    request.proposal.content().get("action").and_then(Value::as_text).unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn statistics_three_proposals_two_approved_one_rejected() {
    let swarm = Swarm::new().await;
    for name in ["agent-1", "agent-2", "agent-3"] {
        let judges = |request: &Request| if action(request) == "rollback" { Choice::Against } else { Choice::For };
        swarm.agent(name, voter_fn(judges)).await;
    }
    for (name, action) in [("deploy-1", "deploy"), ("rollback-1", "rollback"), ("scale-1", "scale")] {
        let proposal = value!({"proposal_id": name, "action": action});
        swarm.manager.request_consensus(proposal, Ask::new()).await.unwrap();
    }
    let statistics = swarm.manager.get_algorithm_stats();
    let all = statistics.all;
    assert_eq!((all.proposals, all.approved, all.rejected, all.timeouts), (3, 2, 1, 0));
    assert_eq!(format!("{:.0}%", all.approval_rate() * 100.0), "67%");
    let quorum = statistics.by_algorithm[&algorithm_name!("quorum")];
    assert_eq!((quorum.proposals, format!("{:.0}%", quorum.approval_rate() * 100.0)), (3, "67%".into()));
}

/// The documents' `UnanimousAlgorithm`, as a rule of one's own.
struct Everyone;

impl Rule for Everyone {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        let everyone = tally.in_favour() == tally.members();
        everyone.then_some(()).ok_or(Why::Other("somebody is not for it"))
    }
    fn words(&self) -> String {
        "everyone is for it".into()
    }
}

#[tokio::test(start_paused = true)]
async fn custom_rule_and_custom_thresholds() {
    let swarm = Swarm::new().await;
    assert!(swarm.manager.replace_algorithm(algorithm_name!("unanimous"), RuleAlgorithm::new(Everyone)));
    let strict = QuorumAlgorithm::with_threshold(0.7).unwrap();
    swarm.manager.register_algorithm(algorithm_name!("strict_quorum"), strict).unwrap();
    for (name, choice) in [("a", Choice::For), ("b", Choice::For), ("c", Choice::Against)] {
        swarm.always(name, choice).await;
    }
    let proposal = || value!({"action": "emergency_shutdown"});
    let by = |name| swarm.manager.request_consensus(proposal(), Ask::by(name));
    assert_eq!(by(algorithm_name!("unanimous")).await.unwrap().decision, ConsensusDecision::Rejected);
    assert_eq!(by(algorithm_name!("strict_quorum")).await.unwrap().decision, ConsensusDecision::Rejected);
    let outcome = swarm.manager.request_consensus(proposal(), Ask::new()).await.unwrap();
    assert_eq!((outcome.decision, outcome.votes_for), (ConsensusDecision::Approved, 2), "2 of 3 are more than half");
}

#[tokio::test(start_paused = true)]
async fn agents_answer_with_a_reason_and_everything_else_gets_a_typed_answer() {
    let swarm = Swarm::new().await;
    for (name, choice) in [("agent-001", Choice::For), ("agent-002", Choice::For), ("agent-003", Choice::Against)] {
        let voter = voter_fn(move |_: &Request| Answer::new(choice).because("deployment_approved"));
        swarm.agent(name, voter).await;
    }
    let proposal = value!({"proposal_id": "deploy-v2.0", "action": "deploy"});
    let all = Ask::by(algorithm_name!("all"));
    swarm.manager.register_algorithm(algorithm_name!("all"), QuorumAlgorithm::with_threshold(0.9).unwrap()).unwrap();
    let mut ticket = swarm.manager.open(proposal, all).await.unwrap();
    let ballot = |voter: &str, choice| swarm.manager.ballot(&proposal_id!("deploy-v2.0"), id(voter), choice).unwrap();
    let (late, foreign) = (ballot("agent-001", Choice::Against), ballot("agent-x", Choice::For));
    assert!(matches!(swarm.manager.record_vote(foreign).await, Err(VoteError::NotEligible { .. })));
    let outcome = ticket.outcome().await.unwrap();
    assert_eq!(
        (outcome.decision, outcome.dissent[0].reason.as_str()),
        (ConsensusDecision::Rejected, "deployment_approved")
    );
    assert!(matches!(swarm.manager.record_vote(late).await, Err(VoteError::Closed { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_feature_flag_by_quorum_and_a_migration_by_weight() {
    let swarm = Swarm::new().await;
    swarm.always("expert-backend-001", Choice::For).await;
    swarm.always("expert-frontend-001", Choice::For).await;
    swarm.always("agent-junior-001", Choice::Against).await;
    swarm.always("agent-junior-002", Choice::Against).await;
    let flag = value!({"type": "feature_flag", "feature": "new_checkout_flow", "rollout_percentage": 10});
    let outcome = swarm.manager.request_consensus(flag, Ask::new()).await.unwrap();
    assert_eq!(outcome.decision, ConsensusDecision::Rejected, "2 of 4 are not more than half");

    let experts = WeightedAlgorithm::new()
        .with_threshold(0.7)
        .and_then(|all| all.weigh(id("expert-backend-001"), 3.0))
        .and_then(|all| all.weigh(id("expert-frontend-001"), 2.0))
        .unwrap();
    swarm.manager.register_algorithm(algorithm_name!("expert_weighted"), experts).unwrap();
    let migration = value!({"type": "database_migration", "estimated_downtime_seconds": 120});
    let ask = Ask::by(algorithm_name!("expert_weighted")).within(Duration::from_secs(60));
    let outcome = swarm.manager.request_consensus(migration, ask).await.unwrap();
    let share = outcome.metadata.get("weighted_approval").and_then(Value::as_f64).unwrap();
    assert_eq!((outcome.decision, format!("{:.1}%", share * 100.0)), (ConsensusDecision::Approved, "71.4%".into()));
}

/// Thinks for ever.
struct Disconnected;

#[async_trait::async_trait]
impl Voter for Disconnected {
    async fn vote(&self, _: &Request) -> Result<Answer, VoterError> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn an_emergency_rollback_goes_ahead_on_timeout_only_where_that_was_asked_for() {
    let swarm = Swarm::new().await;
    swarm.always("a", Choice::For).await;
    swarm.agent("b", Disconnected).await;
    let rollback = || value!({"type": "emergency_rollback", "target_version": "v1.9.5"});
    let ask = || Ask::by(algorithm_name!("unanimous")).within(Duration::from_secs(10));
    let outcome = swarm.manager.request_consensus(rollback(), ask()).await.unwrap();
    assert_eq!((outcome.decision, outcome.silent.len()), (ConsensusDecision::Timeout, 1));
    let asked_for = ask().on_deadline(OnDeadline::Approve);
    let outcome = swarm.manager.request_consensus(rollback(), asked_for).await.unwrap();
    assert_eq!((outcome.decision, outcome.basis), (ConsensusDecision::Approved, Basis::Deadline));
}

#[tokio::test(start_paused = true)]
async fn low_participation_is_in_the_outcome() {
    let swarm = Swarm::new().await;
    swarm.always("a", Choice::For).await;
    for name in ["b", "c", "d"] {
        swarm.agent(name, Disconnected).await;
    }
    let ask = Ask::new().within(Duration::from_secs(5));
    let outcome = swarm.manager.request_consensus(value!({"action": "deploy"}), ask).await.unwrap();
    assert_eq!(outcome.decision, ConsensusDecision::Timeout);
    assert_eq!((outcome.participation().to_string(), outcome.silent.len()), ("1/4".into(), 3));
}

#[tokio::test(start_paused = true)]
async fn honest_agents_confirm_their_word_in_every_round() {
    let swarm = Swarm::new().await;
    for number in 1..=10 {
        swarm.always(&format!("agent-{number}"), Choice::For).await;
    }
    let byzantine = ByzantineConsensus::new(3, 5).unwrap();
    swarm.manager.register_algorithm(algorithm_name!("byzantine"), byzantine.clone()).unwrap();
    let proposal = value!({"proposal_id": "infrastructure-upgrade", "action": "upgrade_database"});
    let outcome = swarm.manager.request_consensus(proposal, Ask::by(algorithm_name!("byzantine"))).await.unwrap();
    let metadata = |key: &str| outcome.metadata.get(key).cloned().unwrap();
    assert_eq!(outcome.decision, ConsensusDecision::Approved);
    assert_eq!((metadata("agreement_threshold"), metadata("malicious_detected")), (value!(7), value!(0)));
    assert_eq!((metadata("byzantine_safe"), metadata("fault_tolerance")), (value!(true), value!(3)));
    assert!(byzantine.detected_malicious().is_empty());
}
