//! Three agents have set the same value: the last write wins, in whatever order they are heard.
//!
//! ```console
//! $ cargo run --example last_write_wins
//! ```

use moai_flow::sync::{ConflictResolver, StateVersion};
use moai_flow::{InvalidInput, StateKey, Value, Version, agent_id, value};

/// What an agent says there is.
fn wrote(agent: &str, value: Value, version: u64, time: &str) -> Result<StateVersion, InvalidInput> {
    let (key, version) = (StateKey::new("max_workers")?, Version::new(version)?);
    Ok(StateVersion::new(key, value, version, time.parse()?, agent.parse()?))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (resolver, key) = (ConflictResolver::lww(), StateKey::new("max_workers")?);
    let conflicts = [
        wrote("agent-1", value!(10), 1, "2025-01-01T10:00:00Z")?,
        wrote("agent-2", value!(15), 2, "2025-01-01T10:00:01Z")?,
        wrote("agent-3", value!(12), 3, "2025-01-01T09:59:59Z")?,
    ];
    let before = conflicts.clone();

    let resolved = resolver.resolve(&key, &conflicts)?;
    println!("Winner: {}", resolved.agent_id);
    println!("Value: {:?}", resolved.value);
    println!("Discarded: {}", resolved.discarded);
    assert_eq!((&resolved.agent_id, &resolved.value, resolved.discarded), (&agent_id!("agent-2"), &value!(15), 2));
    assert_eq!(resolved.documented().get("resolution_strategy"), Some(&value!("lww")));
    assert_eq!(conflicts, before, "what went in is untouched");

    let [one, two, three] = &conflicts;
    for order in [
        [one, two, three],
        [one, three, two],
        [two, one, three],
        [two, three, one],
        [three, one, two],
        [three, two, one],
    ] {
        assert_eq!(resolver.resolve(&key, &order.map(Clone::clone))?.state, *two);
    }

    // Written at the same time: the greater version, then the greater name, then the greater value.
    let noon = "2025-01-01T12:00:00Z";
    let ties = [
        ("version", wrote("agent-1", value!(10), 2, noon)?, wrote("agent-2", value!(12), 1, noon)?),
        ("agent", wrote("agent-2", value!(10), 1, noon)?, wrote("agent-1", value!(12), 1, noon)?),
        ("value", wrote("agent-1", value!(12), 1, noon)?, wrote("agent-1", value!(10), 1, noon)?),
    ];
    for (broken_by, winner, loser) in ties {
        let resolved = resolver.resolve(&key, &[loser.clone(), winner.clone()])?;
        println!("A tie, broken by {broken_by}: {:?} of {}", resolved.value, resolved.agent_id);
        assert_eq!(resolved.state, winner);
        assert_eq!(resolver.resolve(&key, &[winner, loser])?.state, resolved.state);
    }
    Ok(())
}
