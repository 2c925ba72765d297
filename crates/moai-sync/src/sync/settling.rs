//! What agents answered about one key becomes what the swarm holds.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use moai_core::{AgentId, Limits, StateKey, Timestamp, Version};

use super::{Refused, SyncError, SyncReport};
use crate::mergeable::lift;
use crate::resolve::agree;
use crate::{Answer, ConflictResolver, CrdtType, Mergeable, ResolveError, StateVersion};

/// How far ahead of the swarm's last version that of an agent may be: one agent must not use up the numbers.
const FAR: u64 = 1 << 32;

/// What the swarm holds under a key.
pub(super) struct Stored {
    pub(super) state: Option<StateVersion>,
    /// In which version it was cleared, if it was.
    pub(super) cleared: Version,
    /// The last version of the swarm.
    pub(super) last: Version,
}

/// What is to become of a key.
pub(super) struct Settled {
    pub(super) report: SyncReport,
    /// What is to be stored; nothing when the swarm holds it already, or nobody holds anything.
    pub(super) write: Option<StateVersion>,
    /// The greatest version that went in.
    pub(super) greatest: Version,
}

/// Settles one key.
///
/// # Errors
///
/// When what the agents hold does not go together, whoever is set aside.
pub(super) fn settle<'a>(
    resolver: &ConflictResolver,
    limits: &Limits,
    now: Timestamp,
    key: &StateKey,
    stored: &Stored,
    answers: impl Iterator<Item = (&'a AgentId, &'a Answer)>,
) -> Result<Settled, SyncError> {
    let mut report = SyncReport::new(key.clone());
    let mut held: Vec<(&AgentId, &StateVersion)> = Vec::new();
    for (agent, answer) in answers {
        let Answer::Holds(state) = answer else { continue };
        match check(resolver, limits, now, key, stored, state) {
            Ok(true) => held.push((agent, state)),
            // It was cleared, and the agent did not know that when it wrote: it will be told.
            Ok(false) => {}
            Err(why) => report.refused.push(Refused { agent_id: agent.clone(), why }),
        }
    }
    loop {
        let versions: Vec<StateVersion> =
            stored.state.iter().chain(held.iter().map(|(_, state)| *state)).cloned().collect();
        if versions.is_empty() {
            return Ok(Settled { report, write: None, greatest: Version::ZERO });
        }
        report.conflict = !resolver.detect_conflicts(&versions).is_empty();
        // Each has been held against the clock when it came in; what is stored was then.
        let resolved = match resolver.resolve_admitted(key, &versions, now) {
            Ok(resolved) => resolved,
            Err(why) => {
                // One agent that does not go with the others must not block the key.
                let Some(at) = misfit(&why, stored, &held) else { return Err(why.into()) };
                let (agent, _) = held.remove(at);
                report.refused.push(Refused { agent_id: agent.clone(), why: why.to_string() });
                continue;
            }
        };
        report.way = report.conflict.then_some(resolved.way.clone());
        report.discarded = resolved.discarded;
        report.siblings.clone_from(&resolved.siblings);
        let greatest = resolved.greatest;
        // A register that says the same but was written later is a new write: what was written in between, and comes late,
        // must not win against it.
        let is_write = |state: &StateVersion| {
            let is_same = state.timestamp == resolved.timestamp && state.agent_id == resolved.agent_id;
            !is_same && state.metadata.mergeable().is_none()
        };
        let stands = stored.state.as_ref().filter(|state| agree(state, &resolved.state) && !is_write(state));
        if let Some(state) = stands {
            report.state = Some(state.clone());
            return Ok(Settled { report, write: None, greatest });
        }
        let mut state = resolved.state;
        if !resolved.vector_clock.is_empty() {
            // Whoever stored it had seen them all: what lost is not put up again.
            state.metadata = state.metadata.with_vector_clock(resolved.vector_clock);
        }
        // What comes late and had not seen that the key was cleared is held against this.
        state.based_on = stored.cleared;
        // Nobody could read it again.
        state.check(limits)?;
        report.changed = true;
        return Ok(Settled { report, write: Some(state), greatest });
    }
}

/// Whether an answer takes part; it does not when what it holds was cleared.
fn check(
    resolver: &ConflictResolver,
    limits: &Limits,
    now: Timestamp,
    key: &StateKey,
    stored: &Stored,
    state: &StateVersion,
) -> Result<bool, String> {
    if state.state_key != *key {
        return Err(format!("it is of {}, and not of {key}", state.state_key));
    }
    state.check(limits).map_err(|why| why.to_string())?;
    lift(state, state.crdt_type()).map_err(|why| why.to_string())?;
    resolver.check_time(state, now).map_err(|why| why.to_string())?;
    if state.based_on > stored.last {
        return Err(format!("it is based on version {}, the swarm's last is {}", state.based_on, stored.last));
    }
    let limit = stored.last.get().saturating_add(FAR);
    let made_of = state.metadata.mergeable().and_then(Mergeable::newest);
    let greatest = made_of.map_or(state.version, |(_, version)| version.max(state.version));
    if greatest.get() > limit {
        return Err(format!("version {greatest} is far ahead of the swarm's {}", stored.last));
    }
    Ok(stored.cleared == Version::ZERO || state.based_on >= stored.cleared)
}

/// Whose answer is to be set aside so that the others go together.
fn misfit(why: &ResolveError, stored: &Stored, held: &[(&AgentId, &StateVersion)]) -> Option<usize> {
    match why {
        // Whoever says the most.
        ResolveError::Overflow { .. } => {
            let sum = |state: &StateVersion| match state.metadata.mergeable() {
                Some(Mergeable::Counter(counter)) => counter.value().unsigned_abs(),
                _ => state.value.as_i64().map_or(0, |number| u128::from(number.unsigned_abs())),
            };
            held.iter().enumerate().max_by_key(|(_, (_, state))| sum(state)).map(|(at, _)| at)
        }
        ResolveError::MixedTypes { .. } => {
            // What is stored stands; else what most of them hold.
            let mut counts: BTreeMap<CrdtType, usize> = BTreeMap::new();
            held.iter().for_each(|(_, state)| *counts.entry(state.crdt_type()).or_default() += 1);
            let most = counts.into_iter().max_by_key(|(kind, count)| (*count, Reverse(*kind))).map(|(kind, _)| kind);
            let kind = stored.state.as_ref().map(StateVersion::crdt_type).or(most)?;
            held.iter().position(|(_, state)| state.crdt_type() != kind)
        }
        _ => None,
    }
}
