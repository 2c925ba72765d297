//! What an agent says of others.

use moai_core::AgentId;

use crate::{AgentClock, Mergeable, StateVersion};

/// Of whom an agent says more than the swarm holds, if of anybody.
pub(super) fn of_another<'a>(
    agent: &AgentId,
    state: &'a StateVersion,
    stored: Option<&StateVersion>,
) -> Option<&'a AgentId> {
    let had_seen = stored.and_then(|stored| stored.metadata.vector_clock());
    let known = |other: &AgentId| had_seen.map_or(0, |clock| clock.get(other));
    let mut seen = state.metadata.vector_clock().into_iter().flat_map(AgentClock::iter);
    if let Some((other, _)) = seen.find(|(other, count)| *other != agent && *count > known(other)) {
        return Some(other);
    }
    let held = stored.and_then(|stored| stored.metadata.mergeable());
    match state.metadata.mergeable() {
        Some(Mergeable::Counter(said)) => {
            let known = |other: &AgentId| match held {
                Some(Mergeable::Counter(held)) => held.get(other),
                _ => None,
            };
            let mut others = said.iter().filter(|(other, _)| *other != agent);
            others.find(|(other, said)| known(other).is_none_or(|known| *said > known)).map(|(other, _)| other)
        }
        Some(Mergeable::Map(said)) => {
            let known = |field: &str| match held {
                Some(Mergeable::Map(held)) => held.get(field),
                _ => None,
            };
            let is_new =
                |field, value, written| known(field).is_none_or(|(held, last)| (written, value) > (last, held));
            let mut others = said.iter().filter(|(.., written)| written.agent_id != *agent);
            let other = others.find(|(field, value, written)| is_new(field, *value, *written));
            other.map(|(.., written)| &written.agent_id)
        }
        // Nothing in them says who wrote what.
        Some(_) => None,
        None => {
            let is_held = || stored.is_some_and(|stored| state.cmp_written(stored).is_le());
            (state.agent_id != *agent && !is_held()).then_some(&state.agent_id)
        }
    }
}
