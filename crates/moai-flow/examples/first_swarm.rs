//! Three agents vote on a deployment, and share how much they have done.
//!
//! ```console
//! $ cargo run --example first_swarm
//! ```

use std::sync::Arc;

use moai_flow::consensus::{Answer, Ask, Choice, ConsensusManager, Request, voter_fn};
use moai_flow::store::MemoryStore;
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::sync::{ConflictResolver, Replica, StateSynchronizer};
use moai_flow::{StateKey, Topology, Value, agent_id, swarm_id, value};

/// What an agent thinks of a proposal: here a line of code, elsewhere a model.
fn review(request: &Request) -> Answer {
    match request.proposal.content().get("tested").and_then(Value::as_bool) {
        Some(true) => Answer::new(Choice::For).because("it is tested"),
        _ => Answer::new(Choice::Against).because("nobody has tested it"),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    let manager = ConsensusManager::new(swarm.clone()).await?;
    let memory = Arc::new(MemoryStore::new()?);
    let synchronizer = StateSynchronizer::new(swarm.clone(), memory, ConflictResolver::crdt()).await?;

    let (done, mut agents) = (StateKey::new("tasks_done")?, Vec::new());
    for (id, tasks) in [(agent_id!("agent-1"), 42), (agent_id!("agent-2"), 38), (agent_id!("agent-3"), 20)] {
        let replica = Replica::new(id.clone());
        replica.contribute(&done, tasks)?; // its own share of the sum
        agents.push(Agent::builder(id).votes(voter_fn(review)).shares(replica).join(swarm.clone()).await?);
    }

    let deploy = value!({"action": "deploy", "version": "v2.0", "tested": true});
    let outcome = manager.request_consensus(deploy, Ask::new()).await?; // returns at the deciding vote
    println!("{}: {}", outcome.decision, outcome.why);
    assert_eq!((outcome.votes_for, outcome.votes_saved), (2, 1)); // the third was told that it can stop

    let report = synchronizer.synchronize_state(&done).await?; // asks, resolves, stores, tells
    let state = report.state.ok_or("nobody holds it")?;
    println!("{} tasks are done, say {} agents", state.value, report.responded.len());
    assert_eq!(state.value, value!(100));

    Agent::leave_all(agents).await?; // what they have begun is ended first
    Ok(())
}
