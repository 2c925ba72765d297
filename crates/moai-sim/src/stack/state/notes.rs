//! What the world of states knows of what was written and acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use moai_core::{StateKey, Value};
use moai_sync::{Replica, StateVersion};

use super::plan::{Kind, StatesPlan};
use crate::Violation;
use crate::invariant::{CursorReader, MonotoneVersions};
use crate::stack::{Ground, MemoryDisk};

/// What the world knows, past every process.
pub(super) struct Notes {
    pub(super) plan: StatesPlan,
    pub(super) ground: Ground,
    pub(super) disk: MemoryDisk,
    state: Mutex<Known>,
}

#[derive(Default)]
pub(super) struct Known {
    /// What each agent holds in its present life.
    pub(super) replicas: BTreeMap<usize, Replica>,
    /// What was written to the set that is never cleared, by whom.
    written: BTreeMap<i64, usize>,
    /// Of it, what somebody has seen stored.
    stored: BTreeSet<i64>,
    /// What was stored when it was cleared.
    gone: BTreeSet<i64>,
    pub(super) versions: MonotoneVersions,
    pub(super) reader: CursorReader,
    /// How many writes and deeds were begun.
    pub(super) writes: BTreeSet<usize>,
    pub(super) deeds: usize,
}

impl Notes {
    pub(super) fn new(plan: &StatesPlan, ground: &Ground, disk: MemoryDisk) -> Self {
        Self { plan: plan.clone(), ground: ground.clone(), disk, state: Mutex::default() }
    }

    /// Nothing that can panic runs while it is held, so a poisoned lock is as good as any.
    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An agent begins anew: what nobody has stored of what it wrote went with its process.
    pub(super) fn begins(&self, agent: usize, replica: &Replica) {
        let mut known = self.known();
        let Known { written, stored, replicas, .. } = &mut *known;
        written.retain(|element, by| *by != agent || stored.contains(element));
        replicas.insert(agent, replica.clone());
    }

    /// An agent has written to the set that is never cleared.
    pub(super) fn wrote(&self, agent: usize, element: i64) {
        self.known().written.insert(element, agent);
    }

    /// Somebody has seen this stored.
    pub(super) fn saw(&self, state: &StateVersion) {
        if key(Kind::Set, 0).as_ref() == Some(&state.state_key) {
            self.known().stored.extend(elements(&state.value));
        }
    }

    /// What was stored in the scratch set was cleared.
    pub(super) fn cleared(&self, was_stored: BTreeSet<i64>) {
        self.known().gone.extend(was_stored);
    }

    /// Holds what is stored in the end against what was written.
    pub(super) fn ends_with(&self, states: &[StateVersion]) -> Result<(), Violation> {
        let known = self.known();
        let holds = |kind| {
            let state = states.iter().find(|state| key(kind, 0).as_ref() == Some(&state.state_key));
            state.map(|state| elements(&state.value)).unwrap_or_default()
        };
        let set = holds(Kind::Set);
        let must_stay = known.written.keys().chain(&known.stored);
        if let Some(lost) = must_stay.into_iter().find(|element| !set.contains(element)) {
            return Err(Violation::new("no write is lost", format!("{lost} is not in {set:?}")));
        }
        let back: Vec<_> = holds(Kind::Scratch).intersection(&known.gone).copied().collect();
        if !back.is_empty() && !self.plan.forgets() {
            return Err(Violation::new("what was cleared stays away", format!("{back:?} came back")));
        }
        known.reader.compare(states)
    }

    /// Whether all agents hold what is stored.
    pub(super) fn agree(&self, states: &[StateVersion]) -> Result<(), Violation> {
        let there: BTreeMap<_, _> = states.iter().map(|state| (state.state_key.clone(), state.value.clone())).collect();
        for (agent, replica) in &self.known().replicas {
            let holds: BTreeMap<StateKey, Value> =
                replica.keys().into_iter().filter_map(|key| Some((key.clone(), replica.value(&key)?))).collect();
            if holds != there {
                let what = format!("agent {agent} holds {holds:?}, stored is {there:?}");
                return Err(Violation::new("all come to hold the same", what));
            }
        }
        Ok(())
    }
}

/// The numbers in a set.
pub(super) fn elements(value: &Value) -> BTreeSet<i64> {
    value.as_array().map(|set| set.iter().filter_map(Value::as_i64).collect()).unwrap_or_default()
}

/// The key of what an agent writes.
pub(super) fn key(kind: Kind, agent: usize) -> Option<StateKey> {
    StateKey::new(match kind {
        Kind::Set => "set".to_owned(),
        Kind::Scratch => "scratch".to_owned(),
        Kind::Count => "count".to_owned(),
        Kind::Leader => "leader".to_owned(),
        Kind::Note => format!("note-{agent}"),
    })
    .ok()
}
