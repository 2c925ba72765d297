//! Twenty agents vote, and then each follows the majority of a few others until the swarm agrees.
//!
//! ```console
//! $ cargo run --example gossip_vote
//! ```

use std::sync::Arc;

use moai_flow::consensus::{
    Answer, Ask, Choice, ConsensusManager, Decision, GossipAlgorithm, GossipConfig, GossipMode, GossipProtocol, Ratio,
    Request, voter_fn,
};
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::{AgentId, Topology, Value, algorithm_name, swarm_id, value};

/// An agent takes on work as long as it has room for it.
fn has_room(request: &Request, room: u64) -> Answer {
    match request.proposal.content().get("tasks_each").and_then(Value::as_u64) {
        Some(tasks) if tasks <= room => Answer::new(Choice::For),
        _ => Answer::new(Choice::Against).because(format!("I have room for {room}")),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = GossipConfig::new(GossipMode::MajorityDynamics)?
        .with_fanout(5)?
        .with_max_rounds(7)?
        .with_convergence("0.95".parse()?)?;
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    let manager = ConsensusManager::new(swarm.clone()).await?;
    let gossip = GossipAlgorithm::new(GossipProtocol::new(config), 0.66)?;
    manager.register_algorithm(algorithm_name!("gossip"), gossip)?;
    let mut agents = Vec::new();
    for number in 1..=20 {
        // The first fifteen have room for four tasks, the others for two.
        let room = if number <= 15 { 4 } else { 2 };
        let voter = voter_fn(move |request: &Request| has_room(request, room));
        agents.push(Agent::builder(AgentId::new(format!("agent-{number}"))?).votes(voter).join(swarm.clone()).await?);
    }

    let proposal = value!({"action": "take_on", "tasks_each": 3});
    let outcome = manager.request_consensus(proposal, Ask::by(algorithm_name!("gossip"))).await?;
    let told = |path: &str| -> Result<Value, String> {
        let found = Value::from(outcome.metadata.clone()).pointer(path).cloned();
        found.ok_or_else(|| format!("{path} is not told"))
    };
    let percent = |share: Option<f64>| format!("{:.0}%", share.unwrap_or(f64::NAN) * 100.0);
    let (approve, reject) = (told("/initial/in_favour")?, told("/initial/against")?);
    let (rounds, converged) = (told("/rounds_completed")?, told("/converged")?);
    let agreement = percent(told("/agreement_ratio")?.as_f64());
    println!("=== Gossip Protocol Consensus ===");
    println!("Initial distribution:\n  Approve: {approve:?} agents\n  Reject: {reject:?} agents");
    println!("Configuration:\n  Fanout: {}\n  Max rounds: {}", config.fanout(), config.max_rounds());
    println!("  Convergence threshold: {}", percent(Some(config.convergence().to_f64())));
    println!("\n=== Convergence Result ===");
    println!("Decision: {}\nRounds completed: {rounds:?}\nConverged: {converged:?}", outcome.decision);
    println!("Final agreement: {agreement}");
    println!("\nFinal vote counts:");
    println!(
        "  Approve: {}\n  Reject: {}\n  Abstain: {}",
        outcome.votes_for, outcome.votes_against, outcome.votes_abstain
    );
    println!("\n=== Round-by-Round Convergence ===");
    let history = told("/round_history")?;
    for round in history.as_array().ok_or("it is a list")? {
        let number = round.get("round").and_then(Value::as_u64).ok_or("it has a number")?;
        println!("Round {number}: Agreement {}", percent(round.get("agreement_ratio").and_then(Value::as_f64)));
        if round.get("converged") == Some(&value!(true)) {
            println!("  → Converged!");
        }
    }
    manager.shutdown().await;
    Agent::leave_all(agents).await?;

    assert_eq!((approve, reject), (value!(15), value!(5)));
    assert_eq!((outcome.decision, converged, agreement.as_str()), (Decision::Approved, value!(true), "100%"));
    assert_eq!((outcome.votes_for, outcome.votes_against, outcome.votes_abstain), (20, 0, 0));
    assert!(rounds.as_u64().is_some_and(|rounds| (1..=7).contains(&rounds)));

    // Whom an agent looks at is drawn from a seed. What is decided does not depend on it.
    let mut ballots = [Some(Choice::For); 20];
    ballots.iter_mut().skip(15).for_each(|ballot| *ballot = Some(Choice::Against));
    let mut most_rounds = 0;
    for seed in 0..20_000 {
        let decision = GossipProtocol::new(config.with_seed(seed)).decide(&ballots, Ratio::new(66, 100)?)?;
        assert_eq!((decision.decision(), decision.run.last.in_favour), (Decision::Approved, 20));
        most_rounds = most_rounds.max(decision.run.rounds_completed());
    }
    println!("\nWith 20,000 seeds: approved each time, after {most_rounds} rounds at most");
    assert!(most_rounds <= 7);
    Ok(())
}
