//! What an agent wrote before it was started again.
//!
//! An agent that starts again without what it held writes as if it never had written: by its numbers that looks older than
//! what it wrote in its former life, although it is newer.

use moai_core::{AgentId, Version};

use super::held::after;
use crate::{Mergeable, StateVersion, Written};

/// What the agent wrote in this life, put on top of what it wrote in a former one; none when nothing told is of a former
/// life. Asked when the swarm tells of a key for the first time: whatever of the agent is newer by its numbers is of a former
/// life then.
pub(super) fn written_on_top(ours: &StateVersion, told: &StateVersion, agent: &AgentId) -> Option<StateVersion> {
    let merged = match (ours.metadata.mergeable(), told.metadata.mergeable()) {
        (Some(Mergeable::Counter(ours)), Some(Mergeable::Counter(theirs))) => {
            let (mine, former) = (ours.get(agent)?, theirs.get(agent)?);
            if former <= mine {
                return None;
            }
            let mut merged = theirs.clone();
            let time = mine.time().max(former.time().saturating_add(1));
            let _part = merged.set(agent.clone(), former.version().next().ok()?, time, mine.value());
            Mergeable::Counter(merged)
        }
        (Some(Mergeable::Map(ours)), Some(Mergeable::Map(theirs))) => {
            let mut merged = theirs.clone();
            let mut is_former = false;
            for (field, value, mine) in ours.iter().filter(|(.., mine)| mine.agent_id == *agent) {
                let former = theirs.get(field).map(|(_, former)| former);
                let Some(former) = former.filter(|former| former.agent_id == *agent && *former > mine) else {
                    merged.set(field, mine.clone(), value.clone());
                    continue;
                };
                is_former = true;
                let timestamp = mine.timestamp.max(after(former.timestamp));
                let written = Written { timestamp, version: former.version.next().ok()?, agent_id: agent.clone() };
                merged.set(field, written, value.clone());
            }
            if !is_former {
                return None;
            }
            Mergeable::Map(merged)
        }
        (None, None) => return register_on_top(ours, told, agent),
        _ => return None,
    };
    let value = merged.to_value()?;
    let mut clock = told.metadata.vector_clock().cloned().unwrap_or_default();
    clock.increment(agent);
    let metadata = ours.metadata.clone().with_mergeable(merged).with_vector_clock(clock);
    let timestamp = ours.timestamp.max(told.timestamp);
    let version: Version = ours.version.max(told.version);
    Some(StateVersion { value, metadata, version, timestamp, ..ours.clone() })
}

/// A register goes by its time. Only where it is told by what was seen does a former life hide it.
fn register_on_top(ours: &StateVersion, told: &StateVersion, agent: &AgentId) -> Option<StateVersion> {
    let mine = ours.metadata.vector_clock()?;
    let former = told.metadata.vector_clock()?.get(agent);
    if former < mine.get(agent) || ours.timestamp <= told.timestamp {
        return None;
    }
    let mut clock = mine.clone();
    clock.raise(agent.clone(), former.saturating_add(1));
    Some(StateVersion { metadata: ours.metadata.clone().with_vector_clock(clock), ..ours.clone() })
}
