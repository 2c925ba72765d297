//! What several agents hold is looked through for conflicts, and each is resolved.
//!
//! ```console
//! $ cargo run --example detect_conflicts
//! ```

use moai_flow::sync::{ConflictResolver, Replica, StateVersion};
use moai_flow::{StateKey, agent_id, value};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (counter, queue, leader) = (StateKey::new("counter")?, StateKey::new("queue")?, StateKey::new("leader")?);
    let agents = [agent_id!("agent-1"), agent_id!("agent-2"), agent_id!("agent-3")].map(Replica::new);
    let [one, two, three] = &agents;
    one.put(&counter, 10)?;
    two.put(&counter, 11)?;
    two.put(&counter, 12)?;
    three.put(&queue, value!(["task1"]))?;
    // All of them agree on the leader.
    for agent in &agents {
        agent.put(&leader, "agent-2")?;
    }

    let held = agents.iter().flat_map(|agent| agent.keys().into_iter().filter_map(|key| agent.get(&key)));
    let states: Vec<StateVersion> = held.collect();
    let resolver = ConflictResolver::lww();
    let conflicts = resolver.detect_conflicts(&states);
    println!("Conflicting state keys: {:?}", conflicts.iter().map(StateKey::as_str).collect::<Vec<_>>());
    assert_eq!((states.len(), conflicts.as_slice()), (6, [counter.clone()].as_slice()));

    for key in &conflicts {
        let versions: Vec<_> = states.iter().filter(|state| state.state_key == *key).cloned().collect();
        let resolved = resolver.resolve(key, &versions)?;
        println!("Resolved '{key}': {:?} (from {})", resolved.value, resolved.agent_id);
        assert_eq!((&resolved.value, &resolved.agent_id), (&value!(12), &agent_id!("agent-2")));
    }

    // Equal registers are no conflict. Equal contributions to a counter are: together they are more.
    let requests = StateKey::new("requests")?;
    one.contribute(&requests, 42)?;
    two.contribute(&requests, 42)?;
    let reported = [one, two].into_iter().filter_map(|agent| agent.get(&requests)).collect::<Vec<_>>();
    let conflicts = resolver.detect_conflicts(&reported);
    let sum = ConflictResolver::crdt().resolve(&requests, &reported)?.state;
    println!("Resolved '{requests}': {:?} (from {})", sum.value, sum.agent_id);
    assert_eq!((conflicts, &sum.value), (vec![requests], &value!(84)));
    assert!(resolver.detect_conflicts(&[sum.clone(), sum]).is_empty(), "all hold the sum now");
    Ok(())
}
