//! Two agents propose different values, the vote does not decide, and the values are resolved and synchronized instead.
//!
//! ```console
//! $ cargo run --example propose_then_resolve
//! ```

use std::sync::Arc;
use std::time::Duration;

use moai_flow::consensus::{Answer, Ask, Choice, ConsensusManager, Decision, Request, voter_fn};
use moai_flow::store::MemoryStore;
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::sync::{ConflictResolver, CrdtType, Metadata, Replica, StateSynchronizer};
use moai_flow::{Clock, FixedClock, StateKey, SystemClock, Topology, Value, agent_id, swarm_id, value};

#[tokio::main(flavor = "current_thread", start_paused = true)] // time passes at once, so that nobody waits for a timeout
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    let manager = ConsensusManager::new(swarm.clone()).await?;
    let resolver = ConflictResolver::crdt();
    let memory = Arc::new(MemoryStore::new()?);
    let synchronizer = StateSynchronizer::new(swarm.clone(), memory, resolver.clone()).await?;

    // Both write at the same microsecond, so that time does not tell who was last.
    let clock = Arc::new(FixedClock(SystemClock.now()));
    let (counter, register) = (StateKey::new("counter")?, StateKey::new("register")?);
    let (mut agents, mut replicas) = (Vec::new(), Vec::new());
    for (id, number) in [(agent_id!("agent-1"), 100), (agent_id!("agent-2"), 150)] {
        let replica = Replica::new(id.clone()).with_clock(clock.clone());
        replica.put_with(&counter, number, Metadata::of_type(CrdtType::Counter))?;
        replica.put(&register, number)?;
        // It is for the value that it holds itself, and says so.
        let voter =
            voter_fn(move |request: &Request| match request.proposal.content().get("value").and_then(Value::as_i64) {
                Some(proposed) if proposed == number => Answer::new(Choice::For).because("as I have it"),
                _ => Answer::new(Choice::Against).because(format!("I have {number}")),
            });
        agents.push(Agent::builder(id).votes(voter).shares(replica.clone()).join(swarm.clone()).await?);
        replicas.push(replica);
    }
    // The third could decide, and does not answer.
    agents.push(Agent::builder(agent_id!("agent-3")).join(swarm.clone()).await?);

    // 1. and 2. Each value is put to the vote: one for it, one against, of three.
    let ask = || Ask::new().within(Duration::from_secs(10));
    let by_one = value!({"key": "counter", "agent_id": "agent-1", "value": 100});
    let by_two = value!({"key": "counter", "agent_id": "agent-2", "value": 150});
    let (one, two) =
        tokio::try_join!(manager.request_consensus(by_one, ask()), manager.request_consensus(by_two, ask()))?;
    for outcome in [&one, &two] {
        println!(
            "{}: {} for, {} against, {} silent",
            outcome.decision,
            outcome.votes_for,
            outcome.votes_against,
            outcome.silent.len()
        );
        assert_eq!((outcome.decision, outcome.votes_for, outcome.votes_against), (Decision::Timeout, 1, 1));
    }

    // 3. Nothing is decided, so what the agents hold is resolved. As counters both contribute; a number that does not say
    // that it is one is a register, and of two that were written at once the greater name has the last word.
    for (key, expected) in [(&counter, 250), (&register, 150)] {
        let conflicts: Vec<_> = replicas.iter().filter_map(|replica| replica.get(key)).collect();
        let resolved = resolver.resolve(key, &conflicts)?;
        println!("{key}: {} by {}, from {}", resolved.value.to_json()?, resolved.way, resolved.agent_id);
        assert_eq!((conflicts.len(), &resolved.value), (2, &value!(expected)));
    }

    // 4. The same between all agents. Who does not answer is named, and the others count.
    for (key, expected) in [(&counter, 250), (&register, 150)] {
        let report = synchronizer.synchronize_state(key).await?;
        let value = report.state.ok_or("nobody holds it")?.value;
        println!("{key}: {} told by {}, without {}", value.to_json()?, report.responded.len(), report.missing.len());
        assert_eq!((value, report.conflict), (value!(expected), true));
        assert_eq!((report.responded.len(), report.missing), (2, vec![agent_id!("agent-3")]));
    }

    synchronizer.shutdown().await;
    manager.shutdown().await;
    Agent::leave_all(agents).await?;
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
    // Whoever left had taken in what had reached it.
    for replica in &replicas {
        assert_eq!((replica.value(&counter), replica.value(&register)), (Some(value!(250)), Some(value!(150))));
    }
    Ok(())
}
