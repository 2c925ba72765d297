//! Two agents count, and the swarm holds the sum: at the first round, and at the hundredth.
//!
//! ```console
//! $ cargo run --example counter_sync
//! ```

#![allow(clippy::disallowed_methods, reason = "agents are tasks of their own")]

use std::sync::Arc;

use moai_flow::consensus::serve;
use moai_flow::store::MemoryStore;
use moai_flow::sync::{ConflictResolver, Replica, ReplicaHandler, StateSynchronizer};
use moai_flow::{Coordinator, LocalCoordinator, Role, StateKey, agent_id, swarm_id, value};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    let counter = StateKey::new("task_counter")?;
    let mut replicas = Vec::new();
    for (agent, number) in [(agent_id!("agent-1"), 42), (agent_id!("agent-2"), 38)] {
        let replica = Replica::new(agent.clone());
        // The agent says what it contributes itself; the counter is the sum over agents.
        replica.contribute(&counter, number)?;
        let half = ReplicaHandler::new(swarm_id!("swarm-001"), replica.clone());
        let mailbox = swarm.join(agent, Role::Member).await?;
        tokio::spawn(serve(mailbox, swarm.clone(), vec![Box::new(half)]));
        replicas.push(replica);
    }

    let memory = Arc::new(MemoryStore::new()?);
    let synchronizer = StateSynchronizer::new(swarm, memory, ConflictResolver::crdt()).await?;
    let report = synchronizer.synchronize_state(&counter).await?;
    let state = report.state.ok_or("nobody holds it")?;
    println!("{:?} (version {}), told by {} agents", state.value, state.version, report.responded.len());
    assert_eq!(state.value, value!(80));

    for _ in 0..100 {
        let again = synchronizer.synchronize_state(&counter).await?;
        assert_eq!((again.changed, again.state.map(|state| state.value)), (false, Some(value!(80))));
    }
    println!("a hundred rounds later: {:?}", synchronizer.get_state(&counter).await?.ok_or("it is gone")?.value);

    replicas.first().ok_or("nobody is there")?.contribute(&counter, 62)?;
    let report = synchronizer.synchronize_state(&counter).await?;
    println!("one counts on: {:?}", report.state.map_or_else(|| value!(null), |state| state.value));
    assert_eq!(synchronizer.get_state(&counter).await?.map(|state| state.value), Some(value!(100)));
    Ok(())
}
