//! The states that an agent holds, and what it was told of them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::task::Waker;

use moai_core::{AgentId, CorrelationId, Cursor, Epoch, KeyRange, StateKey, Version};

use super::held::Held;
use super::merging::Merging;
use crate::{SharedState, StateChange, StateVersion};

/// What an agent holds.
#[derive(Default)]
pub(super) struct Inner {
    /// Boxed: a tree makes room for eleven at once, and most agents hold few.
    pub(super) states: BTreeMap<StateKey, Box<Held>>,
    /// The greatest version of the swarm that it has been told of.
    pub(super) seen: Version,
    /// Of which life of the swarm's memory that is.
    pub(super) epoch: Option<Epoch>,
    /// What the agent has written and was not pushed since.
    pub(super) unpushed: BTreeSet<StateKey>,
    /// Whoever waits for the agent to write.
    pub(super) waiting: Option<Waker>,
    /// Which keys it follows, and up to where it was told what changed under them.
    pub(super) followed: Option<(KeyRange, Cursor)>,
    /// Of which stretches all was told, the last one last: what is not there was not there then.
    whole: Vec<Stretch>,
    /// What was cleared, and what its exchanges with peers need.
    pub(super) merging: Merging,
}

/// Of how many stretches an agent remembers that all of them was told. What it has forgotten costs one more question.
const MOST_STRETCHES: usize = 64;

/// A stretch of keys of which all is told.
#[derive(Clone)]
pub(super) struct Stretch {
    /// Only these keys.
    pub(super) range: KeyRange,
    /// Behind this one.
    pub(super) after: Option<StateKey>,
    /// Up to this one.
    pub(super) through: Option<StateKey>,
    /// As of this version.
    pub(super) version: Version,
}

impl Stretch {
    fn contains(&self, key: &StateKey) -> bool {
        let is_behind = self.after.as_ref().is_none_or(|after| key > after);
        is_behind && self.through.as_ref().is_none_or(|through| key <= through) && self.range.contains(key)
    }
}

impl Inner {
    pub(super) fn apply(&mut self, change: StateChange, round: Option<CorrelationId>, agent: &AgentId) {
        self.seen = self.seen.max(change.version());
        match change {
            StateChange::Put(state) => self.put(state, round, agent),
            StateChange::Cleared { state_key, version } => {
                let outlives = |held: &mut Held| round.is_some_and(|round| held.outlives(round, version));
                if self.states.get_mut(&state_key).map(Box::as_mut).is_some_and(outlives) {
                    self.unpushed.insert(state_key);
                } else {
                    self.clear(state_key, version);
                }
            }
            StateChange::RangeCleared { range, version } => {
                self.hears_range_cleared(&range, version);
                let gone = self.states.extract_if(.., |key, held| range.contains(key) && held.clear(version));
                for (key, _) in gone.collect::<Vec<_>>() {
                    self.unpushed.remove(&key);
                    self.is_gone(&key);
                }
            }
        }
    }

    fn put(&mut self, state: SharedState, round: Option<CorrelationId>, agent: &AgentId) {
        let key = state.state_key.clone();
        self.hears_state(&state);
        let seen_empty = self.seen_empty(&key);
        let Some(held) = self.states.get_mut(&key) else {
            // What comes late may be there no more.
            if seen_empty <= state.version {
                self.states.insert(key, Box::new(Held::told(state)));
            }
            return;
        };
        if !held.is_there() && seen_empty != Version::ZERO && state.version <= seen_empty {
            // It came late: the swarm held that, and holds it no more. What was given in that round went with it.
            if held.was_given_in(round) {
                self.clear(key, seen_empty);
            }
            return;
        }
        if held.update(state, round, agent) {
            self.unpushed.insert(key);
        } else if !held.is_own() {
            self.unpushed.remove(&key);
        }
    }

    pub(super) fn clear(&mut self, key: StateKey, version: Version) {
        self.hears_cleared(&key, version);
        if self.states.get_mut(&key).is_some_and(|held| held.clear(version)) {
            self.states.remove(&key);
            self.unpushed.remove(&key);
            self.is_gone(&key);
        }
    }

    /// Takes in all that the swarm holds in a stretch of keys.
    pub(super) fn replace(&mut self, stretch: &Stretch, states: Vec<StateVersion>, agent: &AgentId) {
        self.seen = self.seen.max(stretch.version);
        let there: BTreeSet<&StateKey> = states.iter().map(|state| &state.state_key).collect();
        let from = stretch.after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let behind = self.states.range_mut::<StateKey, _>((from, Bound::Unbounded));
        let within = behind.take_while(|(key, _)| stretch.through.as_ref().is_none_or(|through| *key <= through));
        let mut gone = Vec::new();
        for (key, held) in within.filter(|(key, _)| stretch.contains(key) && !there.contains(key)) {
            if held.was_stored() {
                gone.push(key.clone());
            } else {
                // It was given and not stored, or stored and cleared: nobody knows. What the agent writes next knows.
                held.is_alone(stretch.version);
            }
        }
        gone.into_iter().for_each(|key| self.clear(key, stretch.version));
        states.into_iter().for_each(|state| self.apply(StateChange::Put(state.into()), None, agent));
        self.note_whole(stretch);
    }

    /// Pages that follow each other are one stretch.
    fn note_whole(&mut self, stretch: &Stretch) {
        match self.whole.last_mut() {
            Some(last) if stretch.after.is_some() && last.through == stretch.after && last.range == stretch.range => {
                last.through.clone_from(&stretch.through);
                last.version = last.version.min(stretch.version);
            }
            _ => self.whole.push(stretch.clone()),
        }
        let is_everything = |one: &Stretch| (&one.after, &one.through, &one.range) == (&None, &None, &KeyRange::ALL);
        let last = self.whole.last().filter(|last| is_everything(last)).cloned();
        if let Some(last) = last {
            self.whole = vec![last];
        } else if self.whole.len() > MOST_STRETCHES {
            self.whole.remove(0);
        }
    }

    /// Whether it was told all up to somewhere, and that is before this place.
    pub(super) fn stands_before(&self, place: Cursor) -> bool {
        self.followed.as_ref().is_some_and(|(_, at)| at.epoch == place.epoch && at.version < place.version)
    }

    /// Whoever tells what the swarm holds tells of this life of its memory. Another one than before holds nothing of what is
    /// here, and numbers its versions anew.
    pub(super) fn in_epoch(&mut self, epoch: Epoch) {
        if self.epoch.replace(epoch).is_none_or(|former| former == epoch) {
            return;
        }
        self.states.values_mut().for_each(|held| held.begin_anew());
        self.forgets_versions();
        self.seen = Version::ZERO;
        self.whole.clear();
        self.followed = None;
        // Nothing of it is known there.
        self.push_all();
    }

    /// All that the swarm may not have is to be pushed.
    pub(super) fn push_all(&mut self) {
        let own = self.states.iter().filter(|(_, held)| held.is_own());
        self.unpushed = own.map(|(key, _)| key.clone()).collect();
    }

    /// All that the swarm holds under the keys that it follows is told: it stands there.
    pub(super) fn stand(&mut self, range: &KeyRange, at: Cursor) {
        for (_, held) in self.states.iter_mut().filter(|(key, _)| range.contains(key)) {
            held.see_empty(at.version);
        }
        self.followed = Some((range.clone(), at));
    }

    /// In which version the swarm held nothing under a key under which there is nothing here, as far as is known.
    pub(super) fn seen_empty(&self, key: &StateKey) -> Version {
        let followed = self.followed.iter().filter(|(range, _)| range.contains(key)).map(|(_, at)| at.version);
        let whole = self.whole.iter().filter(|stretch| stretch.contains(key)).map(|stretch| stretch.version);
        followed.chain(whole).fold(self.merging.clearings.of(key), Version::max)
    }

    /// The agent has written there. Gives whoever waits for that.
    pub(super) fn note_written(&mut self, key: StateKey) -> Option<Waker> {
        self.unpushed.insert(key);
        self.waiting.take()
    }
}
