//! Four things that agents share: a queue of tasks, a counter of requests, a configuration, and what they missed.
//!
//! ```console
//! $ cargo run --example use_cases
//! ```

use std::sync::Arc;

use moai_flow::store::MemoryStore;
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::sync::{ConflictResolver, Replica, StateSynchronizer};
use moai_flow::{AgentId, StateKey, Topology, Version, agent_id, swarm_id, value};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    let memory = Arc::new(MemoryStore::new()?);
    let synchronizer = StateSynchronizer::new(swarm.clone(), memory, ConflictResolver::crdt()).await?;
    let join =
        async |id: AgentId, replica: &Replica| Agent::builder(id).shares(replica.clone()).join(swarm.clone()).await;
    let [one, two, three] = ["agent-1", "agent-2", "agent-3"].map(AgentId::new);
    let (one, two, three) = (Replica::new(one?), Replica::new(two?), Replica::new(three?));
    let mut agents = Vec::new();
    for replica in [&one, &two] {
        agents.push(join(replica.agent().clone(), replica).await?);
    }
    let away = join(three.agent().clone(), &three).await?;
    // One round: everybody is asked, what they hold is merged and stored, and whoever held something else is told.
    let synchronized = async |key: &StateKey| {
        let report = synchronizer.synchronize_state(key).await?;
        Ok::<_, Box<dyn std::error::Error>>(report.state.ok_or("nobody holds it")?.value)
    };

    // 1. A queue: everybody adds, and nothing that was added is lost. Names will do, and so will JSON objects.
    let (tasks, objects) = (StateKey::new("tasks")?, StateKey::new("task_objects")?);
    for (replica, names) in [(&one, ["task-1", "task-2"]), (&two, ["task-2", "task-3"])] {
        for name in names {
            replica.add(&tasks, name)?;
            replica.add(&objects, value!({"id": name, "priority": "high"}))?;
        }
    }
    let queue = synchronized(&tasks).await?;
    let objects = synchronized(&objects).await?;
    println!("queue: {}", queue.to_json()?);
    println!("with objects: {}", objects.to_json()?);

    // 2. A counter: each agent says what it counted itself.
    let key = StateKey::new("requests")?;
    one.contribute(&key, 1000)?;
    two.contribute(&key, 1500)?;
    let requests = synchronized(&key).await?;
    println!("requests: {}", requests.to_json()?);

    // 3. A configuration: of each setting the last that was written.
    let key = StateKey::new("config")?;
    one.set_field(&key, "timeout", 30)?;
    one.set_field(&key, "retries", 3)?;
    two.set_field(&key, "timeout", 60)?;
    two.set_field(&key, "max_conn", 100)?;
    let config = synchronized(&key).await?;
    println!("config: {}", config.to_json()?);

    // 4. An agent is away while the swarm goes on from version 15 to version 25, and catches up with what changed.
    let status = |number: u64| StateKey::new(format!("status-{number}"));
    let fifteen = Version::new(15)?;
    let version =
        async |key: &StateKey| Ok::<_, Box<dyn std::error::Error>>(synchronizer.get_state_version(key).await?);
    for number in version(&key).await?.ok_or("it is held")?.get() + 1..=15 {
        one.put(&status(number)?, "before")?;
        synchronized(&status(number)?).await?;
    }
    away.leave().await?; // what has reached it is taken in first
    for number in 16..=25 {
        two.put(&status(number)?, "meanwhile")?;
        synchronized(&status(number)?).await?;
    }
    let (seen, held) = (three.seen(), three.keys().len());
    let delta = synchronizer.delta_sync(seen).await?;
    println!("agent-3 saw version {seen}: {} changes since, up to version {}", delta.changes.len(), delta.next.version);
    let changes = delta.changes.len();
    three.apply(delta.changes);
    agents.push(join(agent_id!("agent-3"), &three).await?);

    assert_eq!(queue, value!(["task-1", "task-2", "task-3"]));
    let expected = ["task-1", "task-2", "task-3"].map(|name| value!({"id": name, "priority": "high"}));
    assert_eq!(objects, value!(expected));
    assert_eq!(requests, value!(2500));
    assert_eq!(config, value!({"timeout": 60, "retries": 3, "max_conn": 100}));
    assert_eq!((seen, changes, delta.next.version.get()), (fifteen, 10, 25));
    assert_eq!(three.keys().len(), held + 10);
    assert_eq!(three.keys(), two.keys());
    // It holds all there is: nobody has anything to tell it.
    let report = synchronizer.synchronize_state(&status(25)?).await?;
    assert_eq!((report.changed, report.informed), (false, Vec::new()));

    synchronizer.shutdown().await;
    Agent::leave_all(agents).await?;
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
    Ok(())
}
