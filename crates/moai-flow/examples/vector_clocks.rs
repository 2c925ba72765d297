//! What has seen another version takes its place. Of versions that have not seen each other the last write wins.
//!
//! ```console
//! $ cargo run --example vector_clocks
//! ```

use moai_flow::sync::{AgentClock, ConflictResolver, Metadata, ResolveError, Resolved, StateVersion};
use moai_flow::{InvalidInput, StateKey, Timestamp, Value, Version, value};

/// Ten o'clock, and so many seconds.
fn at(seconds: i64) -> Result<Timestamp, InvalidInput> {
    let ten: Timestamp = "2025-01-01T10:00:00Z".parse()?;
    Timestamp::from_unix_micros(ten.unix_micros() + seconds * 1_000_000)
}

/// What agent `by` wrote, and how much of the history of agents 1, 2 and 3 it had seen.
fn wrote(key: &StateKey, text: &str, by: usize, seconds: i64, seen: &[u64]) -> Result<StateVersion, InvalidInput> {
    let mut clock = AgentClock::new();
    for (agent, count) in (1..).zip(seen) {
        clock.raise(format!("agent-{agent}").parse()?, *count);
    }
    let (version, agent) = (Version::new(by as u64)?, format!("agent-{by}").parse()?);
    let state = StateVersion::new(key.clone(), text.into(), version, at(seconds)?, agent);
    Ok(state.with_metadata(Metadata::new().with_vector_clock(clock)))
}

/// Resolves them, from first to last and from last to first, and shows what comes out.
fn resolve(key: &StateKey, versions: &[StateVersion]) -> Result<Resolved, ResolveError> {
    let resolver = ConflictResolver::vector();
    for (number, version) in (1..).zip(versions) {
        let clock = version.metadata.vector_clock().into_iter().flat_map(AgentClock::iter);
        let clock: Vec<_> = clock.map(|(agent, count)| format!("{agent}: {count}")).collect();
        println!("  VC{number}: {{{}}}", clock.join(", "));
    }
    let resolved = resolver.resolve(key, versions)?;
    println!("  Winner: {}", resolved.value.as_text().unwrap_or_default());
    println!("  Strategy: {}", resolved.way);
    let reversed: Vec<_> = versions.iter().rev().cloned().collect();
    assert_eq!(resolver.resolve(key, &reversed)?.state, resolved.state);
    Ok(resolved)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("=== Vector Clock Causality Detection ===");
    let text = |resolved: &Resolved| resolved.value.as_text().map(ToOwned::to_owned);

    println!("\nScenario 1: Causal Dominance");
    let key = StateKey::new("document")?;
    // Its clock is slow, and it wins all the same: it had seen the other.
    let causal = [wrote(&key, "Version A", 1, 9, &[5, 3])?, wrote(&key, "Version B", 2, 0, &[6, 4])?];
    let causal = resolve(&key, &causal)?;
    assert_eq!((text(&causal), causal.way.as_str()), (Some("Version B".into()), "vector_causal"));
    assert!(causal.siblings.is_empty());

    println!("\nScenario 2: Concurrent Updates");
    let key = StateKey::new("state")?;
    let two = [wrote(&key, "Update from Agent-1", 1, 1, &[5, 2])?, wrote(&key, "Update from Agent-2", 2, 0, &[3, 6])?];
    let concurrent = resolve(&key, &two)?;
    assert_eq!(text(&concurrent).as_deref(), Some("Update from Agent-1"));
    assert_eq!(concurrent.way.as_str(), "vector_concurrent_lww");
    // What did not win is not lost.
    assert!(concurrent.siblings.iter().eq(&two[1..]));

    println!("\nScenario 3: Three-way Concurrent");
    let key = StateKey::new("config")?;
    let three = resolve(
        &key,
        &[
            wrote(&key, "Config A", 1, 2, &[5, 2, 1])?,
            wrote(&key, "Config B", 2, 1, &[2, 6, 1])?,
            wrote(&key, "Config C", 3, 0, &[1, 2, 5])?,
        ],
    )?;
    assert_eq!((text(&three), three.way.as_str()), (Some("Config A".into()), "vector_concurrent_lww"));

    println!("\nScenario 4: The newest was seen by another");
    let seen = resolve(
        &key,
        &[
            wrote(&key, "newest, and seen", 1, 9, &[4])?,
            wrote(&key, "has seen it", 1, 1, &[5])?,
            wrote(&key, "has seen nothing", 2, 2, &[0, 1])?,
        ],
    )?;
    // Only what nobody had seen is left to the last write.
    assert_eq!((text(&seen).as_deref(), seen.way.as_str()), (Some("has seen nothing"), "vector_concurrent_lww"));
    let siblings: Vec<&Value> = seen.siblings.iter().map(|sibling| &sibling.value).collect();
    assert_eq!(siblings, [&value!("has seen it")]);
    Ok(())
}
