//! One resolver for all keys: it chooses a strategy by how the key begins.
//!
//! ```console
//! $ cargo run --example strategy_by_prefix
//! ```

use moai_flow::sync::{
    AgentClock, ByPrefix, ConflictResolver, Crdt, CrdtType, Lww, Metadata, Resolved, StateVersion, Vector,
};
use moai_flow::{AgentId, InvalidInput, StateKey, Value, Version, agent_id, value};

/// What an agent says there is, so many seconds after ten.
fn state(key: &StateKey, value: Value, version: u64, seconds: u32, by: AgentId) -> Result<StateVersion, InvalidInput> {
    let time = format!("2025-01-01T10:00:{seconds:02}Z").parse()?;
    Ok(StateVersion::new(key.clone(), value, Version::new(version)?, time, by))
}

fn show(number: usize, key: &StateKey, resolved: &Resolved) {
    println!("{number}. {key} → {}\n   Result: {:?}", resolved.way, resolved.value);
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (one, two) = (agent_id!("agent-1"), agent_id!("agent-2"));
    let hybrid = ByPrefix::new(Lww).with("counter_", Crdt::new()).with("causal_", Vector);
    let hybrid = ConflictResolver::new(hybrid);
    println!("=== Hybrid Strategy Selection ===");

    let key = StateKey::new("counter_tasks")?;
    let counter = || Metadata::of_type(CrdtType::Counter);
    let counters = [
        state(&key, value!(42), 1, 0, one.clone())?.with_metadata(counter()),
        state(&key, value!(38), 2, 0, two.clone())?.with_metadata(counter()),
    ];
    let sum = hybrid.resolve(&key, &counters)?;
    show(1, &key, &sum);
    assert_eq!((&sum.value, sum.way.as_str()), (&value!(80), "crdt"));

    let key = StateKey::new("causal_document")?;
    let seen = |first, second| AgentClock::from_iter([(one.clone(), first), (two.clone(), second)]);
    let causal = [
        state(&key, value!("A"), 1, 1, one.clone())?.with_metadata(Metadata::new().with_vector_clock(seen(5, 3))),
        state(&key, value!("B"), 2, 0, two.clone())?.with_metadata(Metadata::new().with_vector_clock(seen(6, 4))),
    ];
    let later = hybrid.resolve(&key, &causal)?;
    show(2, &key, &later);
    assert_eq!((&later.value, later.way.as_str()), (&value!("B"), "vector_causal"));

    let key = StateKey::new("max_workers")?;
    let config = [state(&key, value!(10), 1, 0, one)?, state(&key, value!(15), 2, 1, two)?];
    let newest = hybrid.resolve(&key, &config)?;
    show(3, &key, &newest);
    assert_eq!((&newest.value, newest.way.as_str()), (&value!(15), "lww"));
    Ok(())
}
