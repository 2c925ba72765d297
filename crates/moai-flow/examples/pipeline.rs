//! A change is proposed, voted on, made, and synchronized.
//!
//! ```console
//! $ cargo run --example pipeline
//! ```

use std::sync::Arc;
use std::time::Duration;

use moai_flow::consensus::{Answer, Ask, Choice, ConsensusManager, Request, voter_fn};
use moai_flow::store::MemoryStore;
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::sync::{ConflictResolver, Replica, StateSynchronizer};
use moai_flow::{AgentId, StateKey, Topology, Value, Version, swarm_id, value};

/// An agent agrees to a number that is not less than the one it holds.
fn agrees(held: &Replica, request: &Request) -> Answer {
    let content = request.proposal.content();
    let key = content.get("state_key").and_then(Value::as_text).and_then(|key| StateKey::new(key).ok());
    let known = key.and_then(|key| held.value(&key)?.as_i64()).unwrap_or(0);
    match content.get("value").and_then(Value::as_i64) {
        Some(new) if new >= known => Answer::new(Choice::For).because(format!("it goes on from {known}")),
        _ => Answer::new(Choice::Against).because(format!("it goes back behind {known}")),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    let consensus = ConsensusManager::new(swarm.clone()).await?;
    let memory = Arc::new(MemoryStore::new()?);
    let synchronizer = StateSynchronizer::new(swarm.clone(), memory, ConflictResolver::crdt()).await?;
    let (mut agents, mut replicas) = (Vec::new(), Vec::new());
    for number in 1..=3 {
        let replica = Replica::new(AgentId::new(format!("agent-{number}"))?);
        let held = replica.clone();
        let voter = voter_fn(move |request: &Request| agrees(&held, request));
        let agent = Agent::builder(replica.agent().clone()).votes(voter).shares(replica.clone());
        agents.push(agent.join(swarm.clone()).await?);
        replicas.push(replica);
    }

    let key = StateKey::new("task_count")?;
    let proposal = value!({
        "proposal_id": "update-counter", "action": "increment", "state_key": key.as_str(), "value": 100,
    });
    let ask = Ask::new().within(Duration::from_secs(10));
    let outcome = consensus.request_consensus(proposal.clone(), ask).await?;
    println!("Consensus: {}", outcome.decision);

    let mut synchronized = None;
    if outcome.is_approved() {
        // Every agent makes the change: a plain value, of which the last that was written counts.
        let new = proposal.get("value").ok_or("it proposes one")?;
        for replica in &replicas {
            replica.put(&key, new.clone())?;
            let held = replica.get(&key).ok_or("it has just written it")?;
            assert_eq!((held.version, held.metadata.crdt_type()), (Version::ZERO, None));
        }
        let report = synchronizer.synchronize_state(&key).await?;
        let state = synchronizer.get_state(&key).await?.ok_or("the swarm holds it")?;
        println!("State synchronized: {:?}", state.value);
        println!("Version: {}", state.version);
        synchronized = Some((report, state));
    } else {
        println!("Proposal rejected, no synchronization");
    }

    // An agent knows what it holds: nobody takes them back.
    let back = value!({"action": "decrement", "state_key": key.as_str(), "value": 99});
    let refused = consensus.request_consensus(back, Ask::new()).await?;
    println!("Back to 99: {}", refused.decision);

    consensus.shutdown().await;
    synchronizer.shutdown().await;
    Agent::leave_all(agents).await?;

    assert!(outcome.is_approved() && !refused.is_approved());
    let (report, state) = synchronized.ok_or("it was approved")?;
    assert_eq!((&state.value, state.version.get(), state.metadata.crdt_type()), (&value!(100), 1, None));
    // Three agents that hold the same are in no conflict.
    assert_eq!((report.conflict, report.changed, report.responded.len()), (false, true, 3));
    Ok(())
}
