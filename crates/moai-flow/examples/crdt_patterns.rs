//! Counters, sets, maps and nested sets of several agents become one, and nothing that somebody added is lost.
//!
//! ```console
//! $ cargo run --example crdt_patterns
//! ```

use std::sync::Arc;

use moai_flow::crdt::{Path, ReplicaId, Schema};
use moai_flow::store::MemoryStore;
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::sync::{ConflictResolver, CrdtType, Metadata, Replica, Resolved, StateSynchronizer, StateVersion};
use moai_flow::{AgentId, InvalidInput, StateKey, Topology, Value, Version, agent_id, swarm_id, value};

/// What agents 1, 2, … say there is, each a second after the one before.
fn reported<const N: usize>(key: &str, kind: CrdtType, values: [Value; N]) -> Result<Vec<StateVersion>, InvalidInput> {
    let mut versions = Vec::new();
    for (value, number) in values.into_iter().zip(1..) {
        let (key, time) = (StateKey::new(key)?, format!("2025-01-01T10:00:{number:02}Z").parse()?);
        let by = AgentId::new(format!("agent-{number}"))?;
        println!("  {by}: {value:?}");
        versions.push(
            StateVersion::new(key, value, Version::new(number)?, time, by).with_metadata(Metadata::of_type(kind)),
        );
    }
    Ok(versions)
}

fn resolve(versions: &[StateVersion]) -> Result<Resolved, Box<dyn std::error::Error>> {
    let key = &versions.first().ok_or("there is none")?.state_key;
    let resolved = ConflictResolver::crdt().resolve(key, versions)?;
    println!("  Resolved: {:?} (strategy {}, by {})", resolved.value, resolved.way, resolved.agent_id);
    Ok(resolved)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("=== CRDT Conflict Resolution Examples ===");
    println!("\n1. G-Counter (Sum all increments)");
    let counter = resolve(&reported("task_count", CrdtType::Counter, [value!(42), value!(38), value!(25)])?)?;
    assert_eq!((&counter.value, counter.way.as_str()), (&value!(105), "crdt"));

    println!("\n2. G-Set (Union of all sets)");
    let tags = [value!(["python", "fastapi"]), value!(["fastapi", "async"]), value!(["python", "api"])];
    let tags = resolve(&reported("tags", CrdtType::Set, tags)?)?;
    assert_eq!(tags.value, value!(["api", "async", "fastapi", "python"]));

    println!("\n3. LWW-Map (Per-key last-write-wins)");
    let config = [
        value!({"max_workers": 10, "timeout": 30, "retry": 3}),
        value!({"max_workers": 15, "batch_size": 100}),
        value!({"timeout": 60, "retry": 5, "queue_size": 1000}),
    ];
    let config = resolve(&reported("config", CrdtType::Map, config)?)?;
    let merged = value!({"max_workers": 15, "timeout": 60, "retry": 5, "batch_size": 100, "queue_size": 1000});
    assert_eq!(config.value, merged);

    println!("\n4. Map with sets in it, as a map: the later writer of a key has it whole");
    let flags = [
        value!({"auth": ["enabled", "sso", "mfa"], "api": ["v2", "graphql"]}),
        value!({"auth": ["enabled", "oauth"], "cache": ["redis", "memcached"]}),
    ];
    let by_key = resolve(&reported("feature_flags", CrdtType::Map, flags.clone())?)?;
    let expected = value!({"auth": ["enabled", "oauth"], "api": ["v2", "graphql"], "cache": ["redis", "memcached"]});
    assert_eq!(by_key.value, expected);

    println!("\n5. The same as a document: the sets merge element by element");
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    let memory = Arc::new(MemoryStore::new()?);
    let synchronizer = StateSynchronizer::new(swarm.clone(), memory, ConflictResolver::crdt()).await?;
    let (key, schema) = (StateKey::new("feature_flags")?, Schema::new().set("/*")?);
    let mut agents = Vec::new();
    for (id, flags) in [agent_id!("agent-1"), agent_id!("agent-2")].into_iter().zip(flags) {
        let (me, replica) = (ReplicaId::derive(&id, 0), Replica::new(id.clone()));
        println!("  {id}: {flags:?}");
        for (flag, elements) in flags.as_map().ok_or("it is a map")? {
            for element in elements.as_array().ok_or("they are in an array")? {
                let at = Path::root().then(flag);
                replica.edit(&key, |document| document.insert(me, &at, element, &schema).map(drop))?;
            }
        }
        agents.push(Agent::builder(id).shares(replica).join(swarm.clone()).await?);
    }
    let nested = synchronizer.synchronize_state(&key).await?.state.ok_or("they hold it")?;
    println!("  Synchronized: {:?}", nested.value);
    let expected = value!({
        "api": ["graphql", "v2"], "auth": ["enabled", "mfa", "oauth", "sso"], "cache": ["memcached", "redis"],
    });
    assert_eq!(nested.value, expected);

    synchronizer.shutdown().await;
    Agent::leave_all(agents).await?;
    Ok(())
}
