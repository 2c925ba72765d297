//! Three questions are put to a swarm, and the manager tells how they went.
//!
//! ```console
//! $ cargo run --example statistics
//! ```

use std::sync::Arc;

use moai_flow::consensus::{Answer, Ask, Choice, ConsensusManager, Request, voter_fn};
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::{AgentId, Topology, Value, algorithm_name, swarm_id, value};

/// What can be undone is tried; what loses data is not.
fn careful(request: &Request) -> Answer {
    match request.proposal.content().get("loses_data").and_then(Value::as_bool) {
        Some(false) => Answer::new(Choice::For).because("nothing is lost"),
        _ => Answer::new(Choice::Against).because("data would be lost"),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    let manager = ConsensusManager::new(swarm.clone()).await?;
    let mut agents = Vec::new();
    for number in 1..=3 {
        let id = AgentId::new(format!("agent-{number}"))?;
        agents.push(Agent::builder(id).votes(voter_fn(careful)).join(swarm.clone()).await?);
    }

    let proposals = [
        value!({"proposal_id": "deploy-1", "action": "deploy", "loses_data": false}),
        value!({"proposal_id": "rollback-1", "action": "rollback", "loses_data": true}),
        value!({"proposal_id": "scale-1", "action": "scale", "loses_data": false}),
    ];
    for proposal in proposals {
        manager.request_consensus(proposal, Ask::new()).await?;
    }

    let statistics = manager.get_algorithm_stats();
    let all = statistics.all;
    println!("Total proposals: {}", all.proposals);
    println!("Approved: {}", all.approved);
    println!("Rejected: {}", all.rejected);
    println!("Timeouts: {}", all.timeouts);
    println!("Approval rate: {:.0}%", all.approval_rate() * 100.0);
    println!("Average duration: {:.2}ms", all.avg_duration_ms());
    for (name, tallied) in &statistics.by_algorithm {
        println!("\n{name}:");
        println!("  Proposals: {}", tallied.proposals);
        println!("  Approval rate: {:.0}%", tallied.approval_rate() * 100.0);
    }
    manager.shutdown().await;
    Agent::leave_all(agents).await?;

    assert_eq!((all.proposals, all.approved, all.rejected, all.timeouts), (3, 2, 1, 0));
    assert_eq!(format!("{:.0}%", all.approval_rate() * 100.0), "67%");
    let quorum = statistics.by_algorithm.get(&algorithm_name!("quorum")).ok_or("it was used")?;
    assert_eq!((statistics.by_algorithm.len(), *quorum), (1, all));
    // Measured: nobody waited for a timeout.
    assert!(all.avg_duration_ms() > 0.0 && all.duration < Ask::TIMEOUT);
    Ok(())
}
