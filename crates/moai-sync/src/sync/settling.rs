//! What agents answered about one key becomes what the swarm holds.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use moai_core::planted::planted;
use moai_core::{AgentId, Limits, StateKey, Timestamp, Version};

use super::options::Hearsay;
use super::stored::Known;
use super::{Refused, SyncError, SyncReport, hearsay};
use crate::mergeable::lift;
use crate::{
    AgentClock, Answer, ConflictResolver, CrdtType, Mergeable, ResolveError, Resolved, StateChange, StateVersion, Way,
};

/// How far ahead of the swarm's last version that of an agent may be: one agent must not use up the numbers.
const FAR: u64 = 1 << 32;

/// What the swarm holds under a key.
pub(super) struct Stored {
    pub(super) known: Known,
    /// The last version of the swarm.
    pub(super) last: Version,
}

impl Stored {
    /// Up to which version nobody knows any more what was cleared. Where there is nothing at all, that is so up to now:
    /// whatever was there was cleared, for nothing else takes it away.
    fn forgotten(&self) -> Version {
        let is_blank = self.known.state.is_none() && self.known.cleared == Version::ZERO;
        if is_blank { self.last } else { self.known.forgotten }
    }
}

/// What is to become of a key.
pub(super) struct Settled {
    pub(super) report: SyncReport,
    /// What is to be stored; nothing when the swarm holds it already, or nobody holds anything.
    pub(super) write: Option<StateVersion>,
    /// The greatest version that went in.
    pub(super) greatest: Version,
    /// What is to be told to whoever holds something else, where nothing is to be stored.
    pub(super) tell: Option<StateChange>,
}

/// By what one key is settled.
pub(super) struct Settling<'a> {
    pub(super) resolver: &'a ConflictResolver,
    pub(super) limits: &'a Limits,
    pub(super) hearsay: Hearsay,
    pub(super) now: Timestamp,
    pub(super) key: &'a StateKey,
    pub(super) stored: &'a Stored,
}

/// What an answer is worth.
enum Worth {
    TakesPart,
    /// What it holds was cleared, and the agent did not know that when it wrote.
    Cleared,
    /// The same, and the memory has forgotten in which version.
    Forgotten,
}

impl Settling<'_> {
    /// Settles the key.
    ///
    /// # Errors
    ///
    /// When what the agents hold does not go together, whoever is set aside.
    pub(super) fn settle<'a>(
        &self,
        answers: impl Iterator<Item = (&'a AgentId, &'a Answer)>,
    ) -> Result<Settled, SyncError> {
        let mut report = SyncReport::new(self.key.clone());
        let mut held: Vec<(&AgentId, &StateVersion)> = Vec::new();
        let mut cleared = self.stored.known.cleared;
        for (agent, answer) in answers {
            let Answer::Holds { state, contains } = answer else { continue };
            match self.worth(agent, state, *contains) {
                Ok(Worth::TakesPart) => held.push((agent, state)),
                Ok(Worth::Cleared) => {}
                Ok(Worth::Forgotten) => cleared = self.stored.last,
                Err(why) => report.refused.push(Refused { agent_id: agent.clone(), why }),
            }
        }
        let Some((versions, resolved)) = self.resolve(held, &mut report)? else {
            let state_key = self.key.clone();
            let tell = (cleared != Version::ZERO).then_some(StateChange::Cleared { state_key, version: cleared });
            return Ok(Settled { report, write: None, greatest: Version::ZERO, tell });
        };
        report.conflict = !self.resolver.detect_conflicts(&versions).is_empty();
        report.way = report.conflict.then_some(resolved.way.clone());
        report.discarded = resolved.discarded;
        report.siblings.clone_from(&resolved.siblings);
        let greatest = resolved.greatest;
        if let Some(state) = self.stored.known.state.as_ref().filter(|state| self.stands(state, &resolved)) {
            report.state = Some(state.clone());
            let tell = Some(StateChange::Put(state.clone().into()));
            return Ok(Settled { report, write: None, greatest, tell });
        }
        let mut state = resolved.state;
        if !resolved.vector_clock.is_empty() {
            // Whoever stored it had seen them all: what lost is not put up again.
            state.metadata = state.metadata.with_vector_clock(resolved.vector_clock);
        }
        // What comes late and had not seen that the key was cleared is held against this.
        state.based_on = self.stored.known.cleared;
        state.forgotten = self.stored.forgotten();
        // Nobody could read it again.
        state.check(self.limits)?;
        report.changed = true;
        Ok(Settled { report, write: Some(state), greatest, tell: None })
    }

    /// Resolves what agents hold with what is stored; one agent that does not go with the others must not block the key.
    fn resolve(
        &self,
        mut held: Vec<(&AgentId, &StateVersion)>,
        report: &mut SyncReport,
    ) -> Result<Option<(Vec<StateVersion>, Resolved)>, SyncError> {
        loop {
            let versions: Vec<StateVersion> =
                self.stored.known.state.iter().chain(held.iter().map(|(_, state)| *state)).cloned().collect();
            if versions.is_empty() {
                return Ok(None);
            }
            // Each has been held against the clock when it came in; what is stored was then.
            match self.resolver.resolve_admitted(self.key, &versions, self.now) {
                Ok(resolved) => return Ok(Some((versions, resolved))),
                Err(why) => {
                    let misfits = self.misfits(&why, &held);
                    if misfits.is_empty() {
                        return Err(why.into());
                    }
                    for at in misfits.into_iter().rev() {
                        let (agent, _) = held.remove(at);
                        report.refused.push(Refused { agent_id: agent.clone(), why: why.to_string() });
                    }
                }
            }
        }
    }

    /// Whether what is stored is what came out.
    fn stands(&self, stored: &StateVersion, resolved: &Resolved) -> bool {
        // A register that says the same but was written later is a new write: what was written in between, and comes late,
        // must not win against it.
        let is_same_write = stored.timestamp == resolved.timestamp && stored.agent_id == resolved.agent_id;
        if !self.resolver.agree(stored, &resolved.state) || !is_same_write && stored.metadata.mergeable().is_none() {
            return false;
        }
        // Where what was seen decides, the one that won has seen from here on what lost against it.
        let by_what_was_seen = matches!(resolved.way, Way::VectorCausal | Way::VectorConcurrentLww);
        !by_what_was_seen || stored.metadata.vector_clock().unwrap_or(&AgentClock::new()) == &resolved.vector_clock
    }

    /// What an answer is worth.
    fn worth(&self, agent: &AgentId, state: &StateVersion, contains: Version) -> Result<Worth, String> {
        /// No history is that long. Beyond it numbers are made up, so that nobody can count on.
        const LONGEST_HISTORY: u64 = 1 << 53;
        let Self { resolver, limits, hearsay, now, key, stored } = self;
        if state.state_key != **key {
            return Err(format!("it is of {}, and not of {key}", state.state_key));
        }
        state.check(limits).map_err(|why| why.to_string())?;
        lift(state, resolver.crdt_type(state)).map_err(|why| why.to_string())?;
        resolver.check_time(state, *now).map_err(|why| why.to_string())?;
        if state.based_on > stored.last {
            return Err(format!("it is based on version {}, the swarm's last is {}", state.based_on, stored.last));
        }
        let limit = stored.last.get().saturating_add(FAR);
        let made_of = state.metadata.mergeable().and_then(Mergeable::newest);
        let greatest = made_of.map_or(state.version, |(_, version)| version.max(state.version));
        if greatest.get() > limit {
            return Err(format!("version {greatest} is far ahead of the swarm's {}", stored.last));
        }
        let mut seen = state.metadata.vector_clock().into_iter().flat_map(AgentClock::iter);
        if let Some((other, count)) = seen.find(|(_, count)| *count > LONGEST_HISTORY) {
            return Err(format!("it has seen {count} changes of {other}, which nobody has made"));
        }
        let is_cleared = stored.known.cleared != Version::ZERO && state.based_on < stored.known.cleared;
        if is_cleared && !planted("taking_back_what_was_cleared") {
            return Ok(Worth::Cleared);
        }
        // The swarm held what is in it, and it was cleared since. Versions of another life of the memory are greater than its
        // last, or mean nothing.
        let was_stored = contains != Version::ZERO && contains <= stored.last;
        if was_stored && contains <= stored.forgotten() {
            return Ok(Worth::Forgotten);
        }
        match hearsay::of_another(agent, state, stored.known.state.as_ref()) {
            Some(other) if *hearsay == Hearsay::Refused => {
                Err(format!("it says more of {other} than the swarm holds, which is for {other} to say"))
            }
            _ => Ok(Worth::TakesPart),
        }
    }

    /// Whose answers are to be set aside so that the others go together, rising.
    fn misfits(&self, why: &ResolveError, held: &[(&AgentId, &StateVersion)]) -> Vec<usize> {
        match why {
            // Whoever says the most.
            ResolveError::Overflow { .. } => {
                let sum = |state: &StateVersion| match state.metadata.mergeable() {
                    Some(Mergeable::Counter(counter)) => counter.value().unsigned_abs(),
                    _ => state.value.as_i64().map_or(0, |number| u128::from(number.unsigned_abs())),
                };
                let most = held.iter().enumerate().max_by_key(|(_, (_, state))| sum(state));
                most.map(|(at, _)| at).into_iter().collect()
            }
            ResolveError::MixedTypes { .. } => {
                // What is stored stands; else what most of them hold.
                let mut counts: BTreeMap<CrdtType, usize> = BTreeMap::new();
                held.iter().for_each(|(_, state)| *counts.entry(self.resolver.crdt_type(state)).or_default() += 1);
                let most =
                    counts.into_iter().max_by_key(|(kind, count)| (*count, Reverse(*kind))).map(|(kind, _)| kind);
                let Some(kind) = self.stored.known.state.as_ref().map(|state| self.resolver.crdt_type(state)).or(most)
                else {
                    return Vec::new();
                };
                let others = held.iter().enumerate().filter(|(_, (_, state))| self.resolver.crdt_type(state) != kind);
                others.map(|(at, _)| at).collect()
            }
            _ => Vec::new(),
        }
    }
}
