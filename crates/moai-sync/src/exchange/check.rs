//! Whether a peer's state may take part.

use moai_core::{Timestamp, Version};

use crate::mergeable::lift;
use crate::{AgentClock, ConflictResolver, Mergeable, StateVersion};

/// How far ahead of the swarm's last version, as far as it was heard of, that of a peer may be.
const FAR: u64 = 1 << 32;

/// No history is that long.
const LONGEST_HISTORY: u64 = 1 << 53;

/// Holds a peer's state, which was read within the limits, against the clock and against numbers that nobody can come
/// to.
///
/// # Errors
///
/// What does not fit.
pub(crate) fn check(
    state: &StateVersion,
    resolver: &ConflictResolver,
    seen: Version,
    now: Timestamp,
) -> Result<(), String> {
    lift(state, resolver.crdt_type(state)).map_err(|why| why.to_string())?;
    resolver.check_time(state, now).map_err(|why| why.to_string())?;
    let made_of = state.metadata.mergeable().and_then(Mergeable::newest);
    let greatest = made_of.map_or(state.version, |(_, version)| version.max(state.version));
    if greatest.get() > seen.get().saturating_add(FAR) {
        return Err(format!("version {greatest} is far ahead of the swarm's {seen}"));
    }
    let mut histories = state.metadata.vector_clock().into_iter().flat_map(AgentClock::iter);
    match histories.find(|(_, count)| *count > LONGEST_HISTORY) {
        Some((other, count)) => Err(format!("it has seen {count} changes of {other}, which nobody has made")),
        None => Ok(()),
    }
}
