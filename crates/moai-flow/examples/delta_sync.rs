//! An agent was away from version 5 to version 10 of the swarm, and asks for what has changed since.
//!
//! ```console
//! $ cargo run --example delta_sync
//! ```

use std::sync::Arc;

use moai_flow::store::MemoryStore;
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::sync::{ConflictResolver, Replica, StateChange, StateSynchronizer};
use moai_flow::{InvalidInput, StateKey, Topology, Version, agent_id, swarm_id, value};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    let memory = Arc::new(MemoryStore::new()?);
    let synchronizer = StateSynchronizer::new(swarm.clone(), memory, ConflictResolver::crdt()).await?;
    let [one, two, away] = [agent_id!("agent-1"), agent_id!("agent-2"), agent_id!("agent-3")].map(Replica::new);
    let mut agents = Vec::new();
    for replica in [&one, &two, &away] {
        let agent = Agent::builder(replica.agent().clone()).shares(replica.clone());
        agents.push(agent.join(swarm.clone()).await?);
    }
    let key = |name: &str| -> Result<StateKey, InvalidInput> { StateKey::new(name) };
    let (task_count, registry, metrics) = (key("task_count")?, key("agent_registry")?, key("metrics")?);

    // Every change is one version of the swarm.
    for name in ["leader", "phase", "deadline", "budget", "owner"] {
        one.put(&key(name)?, "agent-1")?;
        synchronizer.synchronize_state(&key(name)?).await?;
    }
    agents.pop().ok_or("it is there")?.leave().await?;
    let last_known = away.seen();

    // What two agents wrote together has the coordinator for its writer.
    one.set_field(&metrics, "cpu", value!(0.25))?;
    two.set_field(&metrics, "memory", value!(0.20))?;
    synchronizer.synchronize_state(&metrics).await?;
    one.contribute(&task_count, 60)?;
    two.contribute(&task_count, 40)?;
    synchronizer.synchronize_state(&task_count).await?;
    one.set_field(&metrics, "cpu", value!(0.50))?;
    synchronizer.synchronize_state(&metrics).await?;
    one.set_field(&registry, "agent-1", value!({"role": "worker"}))?;
    two.set_field(&registry, "agent-2", value!({"role": "scout"}))?;
    synchronizer.synchronize_state(&registry).await?;
    one.set_field(&metrics, "cpu", value!(0.75))?;
    two.set_field(&metrics, "memory", value!(0.60))?;
    synchronizer.synchronize_state(&metrics).await?;

    // The agent is back.
    let delta = synchronizer.delta_sync(last_known).await?;
    println!("Received {} state updates", delta.changes.len());
    let mut told = Vec::new();
    for change in &delta.changes {
        let StateChange::Put(state) = change else { continue };
        println!("State '{}' updated to v{}", state.state_key, state.version);
        println!("  New value: {:?}", state.value);
        println!("  Agent: {}", state.agent_id);
        told.push((state.state_key.clone(), state.version.get()));
    }
    println!("Updated to version {}", delta.next.version);
    away.apply(delta.changes);
    assert_eq!((last_known.get(), delta.next.version.get()), (5, 10));
    assert_eq!(told, [(task_count.clone(), 7), (registry, 9), (metrics.clone(), 10)]);
    assert_eq!(away.value(&task_count), Some(value!(100)));
    assert_eq!(away.value(&metrics), Some(value!({"cpu": 0.75, "memory": 0.60})));

    // Nothing new is no error.
    let nothing = synchronizer.delta_sync(Version::new(10)?).await?;
    println!("Since version 10: {} state updates, still at version {}", nothing.changes.len(), nothing.next.version);
    assert!(nothing.changes.is_empty());
    assert_eq!(nothing.next, delta.next);

    // What is cleared does not vanish in silence.
    let version = synchronizer.clear_state(&metrics).await?;
    let cleared = synchronizer.delta_sync(nothing.next).await?.changes;
    println!("State '{metrics}' cleared in v{version}");
    assert_eq!(cleared, [StateChange::Cleared { state_key: metrics.clone(), version }]);
    away.apply(cleared);
    assert_eq!((version.get(), away.value(&metrics)), (11, None));

    synchronizer.shutdown().await;
    Agent::leave_all(agents).await?;
    Ok(())
}
