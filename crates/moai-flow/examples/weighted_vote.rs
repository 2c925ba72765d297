//! Experts vote on a change of the architecture, and the word of some weighs more.
//!
//! ```console
//! $ cargo run --example weighted_vote
//! ```

use std::sync::Arc;

use moai_flow::consensus::{
    Answer, Ask, Choice, ConsensusManager, Ratio, Request, WeightedAlgorithm, voter_async_fn, voter_fn,
};
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::{Topology, Value, agent_id, algorithm_name, swarm_id, value};

/// A change is worth it where it takes away more calls between components than it costs days.
fn is_worth_it(request: &Request, most_days: u64) -> Answer {
    let number = |key| request.proposal.content().get(key).and_then(Value::as_u64).unwrap_or(0);
    let (saved, days) = (number("calls_saved"), number("days"));
    match saved > days && days <= most_days {
        true => Answer::new(Choice::For).because(format!("{saved} calls fewer for {days} days of work")),
        false => Answer::new(Choice::Against).because(format!("{days} days are too long")),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    let manager = ConsensusManager::new(swarm.clone()).await?;
    // Who has no weight weighs 1.
    let weighted = WeightedAlgorithm::new()
        .with_threshold(0.6)?
        .weigh(agent_id!("expert-senior"), 3.0)?
        .weigh(agent_id!("expert-mid"), 2.0)?
        .weigh(agent_id!("expert-junior"), 1.5)?;
    // The manager knows a `weighted` already, in which everybody weighs the same.
    manager.replace_algorithm(algorithm_name!("weighted"), weighted);

    let mut agents = Vec::new();
    let experts = [(agent_id!("expert-senior"), 30), (agent_id!("expert-mid"), 20), (agent_id!("expert-junior"), 5)];
    for (id, most_days) in experts {
        let voter = voter_fn(move |request: &Request| is_worth_it(request, most_days));
        agents.push(Agent::builder(id).votes(voter).join(swarm.clone()).await?);
    }
    // It wants to read everything first, and would go on for ever: it is told to stop as soon as nobody needs its vote.
    let reading = voter_async_fn(|_| std::future::pending::<Choice>());
    let regular = Agent::builder(agent_id!("agent-regular")).votes(reading).join(swarm.clone()).await?;
    let voter = regular.voter().ok_or("it votes")?.clone();
    agents.push(regular);

    let proposal = value!({
        "proposal_id": "architecture-change", "action": "refactor", "component": "api-gateway",
        "calls_saved": 40, "days": 15,
    });
    let outcome = manager.request_consensus(proposal, Ask::by(algorithm_name!("weighted"))).await?;
    let told = |key| outcome.metadata.get(key).and_then(Value::as_f64).ok_or("it is told");
    let (approval, total) = (told("weighted_approval")?, told("total_weight")?);
    println!("Decision: {}", outcome.decision);
    println!("Weighted approval: {:.0}%", approval * 100.0);
    println!("Total weight: {total}");
    println!("Votes that nobody had to wait for: {}", outcome.votes_saved);
    manager.shutdown().await;
    Agent::leave_all(agents).await?;

    assert_eq!(
        (outcome.decision.as_str(), format!("{:.0}%", approval * 100.0), total),
        ("approved", "67%".into(), 7.5)
    );
    // Counted in halves, which is exact: 10/15 is more than 3/5.
    let weights = outcome.weights;
    assert_eq!((weights.in_favour, weights.total, weights.unit), (10, 15, 2));
    assert!(Ratio::new(weights.in_favour, weights.total)? > Ratio::new(3, 5)?);
    assert_eq!(outcome.threshold_exact, Some(Ratio::new(3, 5)?));
    // Nobody waited for the regular agent.
    assert!(!outcome.participants.contains(&agent_id!("agent-regular")) && outcome.votes_saved >= 1);
    assert!(outcome.duration() < Ask::TIMEOUT);
    assert_eq!((voter.counts().stopped, voter.thinking()), (1, 0));
    Ok(())
}
