//! Two agents count, and the swarm holds the sum: at the first round, and at the hundredth.
//!
//! ```console
//! $ cargo run --example counter_sync
//! ```

use std::sync::Arc;

use moai_flow::store::MemoryStore;
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::sync::{ConflictResolver, Replica, SharedState, StateChange, StateSynchronizer};
use moai_flow::{StateKey, Topology, agent_id, swarm_id, value};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    let memory = Arc::new(MemoryStore::new()?);
    let synchronizer = StateSynchronizer::new(swarm.clone(), memory, ConflictResolver::crdt()).await?;
    let counter = StateKey::new("task_count")?;

    // An agent says what it contributes itself; the counter is the sum over agents.
    let (one, two) = (Replica::new(agent_id!("agent-1")), Replica::new(agent_id!("agent-2")));
    one.contribute(&counter, 40)?;
    let long_ago = one.get(&counter).ok_or("it has counted")?;
    one.contribute(&counter, 42)?;
    two.contribute(&counter, 38)?;
    let mut agents = Vec::new();
    for replica in [&one, &two] {
        let agent = Agent::builder(replica.agent().clone()).shares(replica.clone());
        agents.push(agent.join(swarm.clone()).await?);
    }

    let report = synchronizer.synchronize_state(&counter).await?;
    let first = report.state.ok_or("nobody holds it")?;
    println!("Synchronized counter: {:?}", first.value);
    println!("Version: {}", first.version);
    assert_eq!((report.responded.len(), &first.value, first.version.get()), (2, &value!(80), 2));

    // Whoever adds up what is reported would have 118 or more by now.
    for round in 2..=100 {
        // It lags behind: all that it knows is what the first agent said long ago.
        let lagging = Replica::new(agent_id!("agent-3"));
        lagging.apply([StateChange::Put(SharedState::from(long_ago.clone()))]);
        let late = Agent::builder(agent_id!("agent-3")).shares(lagging.clone()).join(swarm.clone()).await?;
        let report = synchronizer.synchronize_state(&counter).await?;
        late.leave().await?;
        let state = report.state.ok_or("it is gone")?;
        if [2, 3, 100].contains(&round) {
            println!("Round {round}: {:?}", state.value);
        }
        assert_eq!((report.responded.len(), report.changed, &state), (3, false, &first));
        assert_eq!(lagging.value(&counter), Some(value!(80)), "it was told");
    }

    one.contribute(&counter, 62)?;
    let report = synchronizer.synchronize_state(&counter).await?;
    let counted_on = report.state.ok_or("it is gone")?.value;
    println!("One counts on: {counted_on:?}");
    assert_eq!(counted_on, value!(100));

    synchronizer.shutdown().await;
    Agent::leave_all(agents).await?;
    Ok(())
}
