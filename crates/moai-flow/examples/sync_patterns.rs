//! Patterns of synchronization: what changed since, again and again, many at once, packed, cached, by priority.
//!
//! ```console
//! $ cargo run --example sync_patterns
//! ```

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use moai_flow::store::{CachedStore, MemoryStore};
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::sync::{ConflictResolver, Priority, Replica, Since, StateChange, StateSynchronizer};
use moai_flow::{AgentId, Cursor, StateKey, Topology, agent_id, swarm_id, value};
use tokio::time::Instant;

/// An agent that was away: what changed since its cursor is all that it is told, and the cursor moves on.
async fn reconnect(
    synchronizer: &StateSynchronizer,
    since: impl Into<Since>,
) -> Result<(usize, Cursor), Box<dyn Error>> {
    let delta = synchronizer.delta_sync(since).await?;
    for change in &delta.changes {
        match change {
            StateChange::Put(state) => println!("Updated {} to v{}", state.state_key, state.version),
            gone => println!("Cleared in v{}", gone.version()),
        }
    }
    Ok((delta.changes.len(), delta.next))
}

#[tokio::main(flavor = "current_thread", start_paused = true)] // time passes at once, so that nobody waits for a timeout
async fn main() -> Result<(), Box<dyn Error>> {
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    let memory = Arc::new(CachedStore::new(Arc::new(MemoryStore::new()?), 1 << 20)); // keeps a megabyte
    let synchronizer = StateSynchronizer::new(swarm.clone(), memory.clone(), ConflictResolver::lww()).await?;
    let (mut agents, mut replicas) = (Vec::new(), Vec::new());
    for id in ["agent-1", "agent-2", "agent-3"] {
        let replica = Replica::new(AgentId::new(id)?);
        agents.push(Agent::builder(replica.agent().clone()).shares(replica.clone()).join(swarm.clone()).await?);
        replicas.push(replica);
    }
    let one = replicas.first().ok_or("nobody is there")?;
    let keys = [StateKey::new("task_queue")?, StateKey::new("agent_registry")?, StateKey::new("metrics")?];
    let [queue, registry, metrics] = &keys;

    // Batch: as many messages as for one key, a question and an answer for each agent, and no more.
    keys.iter().try_for_each(|key| one.put(key, "as it was"))?;
    let (reports, cost) = synchronizer.synchronize_many(&keys, Duration::from_secs(5)).await?;
    let changed = reports.iter().filter(|report| report.changed).count();
    println!("Synchronized {changed}/{} states with {} answers", reports.len(), cost.messages_received);
    assert_eq!((changed, cost.messages_received), (3, 3));

    // Reconnect: a cursor tells where somebody stands.
    let (all, cursor) = reconnect(&synchronizer, Since::Beginning).await?;
    one.put(queue, "as it is")?;
    synchronizer.synchronize_state(queue).await?;
    synchronizer.clear_state(metrics).await?;
    let (some, cursor) = reconnect(&synchronizer, cursor).await?;
    let (none, _) = reconnect(&synchronizer, cursor).await?;
    println!("Caught up with {all} state changes, then with {some}, then with {none}");
    assert_eq!((all, some, none), (3, 2, 0));

    // Periodic: a round, a pause of a minute or a little more, a round, until it is stopped.
    let (begun, mut rounds) = (Instant::now(), synchronizer.periodically(&keys, Duration::from_secs(60))?);
    for minute in 1..=3 {
        one.put(registry, minute)?;
        let round = rounds.next().await.ok_or("it has stopped")?;
        let synced = round.reports.clone()?.iter().filter(|report| report.failed.is_none()).count();
        println!("Synced {synced} states in round {} after {:?}", round.number, begun.elapsed());
    }
    assert!((120..=132).contains(&begun.elapsed().as_secs()));
    rounds.shutdown().await;
    one.put(registry, "nobody asks for it")?;
    tokio::time::sleep(Duration::from_secs(3_600)).await; // for an hour nothing happens
    let state = synchronizer.get_state(registry).await?.ok_or("it is held")?;
    assert_eq!((state.value, synchronizer.under_way()), (value!(3), 0));

    // Compression: what is longer than a kilobyte goes packed, and what is shorter as it is.
    let task = |id: u64| value!({"id": id, "state": "pending", "priority": id % 3, "title": format!("review {id}")});
    for (count, saves) in [(10, false), (500, true)] {
        let tasks = value!((1..=count).map(task).collect::<Vec<_>>());
        let json = tasks.to_json()?.len() as u64;
        one.put(queue, tasks)?;
        let received = synchronizer.synchronize_state(queue).await?.traffic.bytes_received;
        println!("Compressed {count} tasks: {json} bytes as JSON, {received} on the way");
        assert!(if saves { received * 10 <= json } else { received > json }); // nine tenths, or nothing
    }

    // Cache: it is asked instead of the store, and an update is seen at once.
    let before = memory.statistics();
    for _ in 0..10 {
        synchronizer.get_state(queue).await?;
    }
    let after = memory.statistics();
    println!("Cached: {} hits, {} misses", after.hits - before.hits, after.misses - before.misses);
    assert_eq!((after.hits - before.hits, after.misses - before.misses), (10, 0));
    one.put(queue, "done")?;
    synchronizer.synchronize_state(queue).await?;
    assert_eq!(synchronizer.get_state(queue).await?.map(|state| state.value), Some(value!("done")));

    // Priority: an agent that never answers is waited for as long as the key is worth, and everything side by side.
    agents.push(Agent::builder(agent_id!("agent-4")).join(swarm.clone()).await?);
    let by_priority = [(queue, Priority::Critical), (registry, Priority::High), (metrics, Priority::Medium)]
        .map(|(key, level)| (key.clone(), level));
    for ((key, level), seconds) in by_priority.iter().cloned().zip([30, 10, 5]) {
        let begun = Instant::now();
        let done = synchronizer.synchronize_by_priority([(key, level)]).await;
        println!("{level:?}: waited {:?}", begun.elapsed());
        assert_eq!((done.len(), begun.elapsed()), (1, Duration::from_secs(seconds)));
    }
    let begun = Instant::now();
    let levels = synchronizer.synchronize_by_priority(by_priority).await;
    assert_eq!((levels.values().flatten().count(), begun.elapsed()), (3, Duration::from_secs(30)));

    synchronizer.shutdown().await;
    Agent::leave_all(agents).await?;
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
    Ok(())
}
