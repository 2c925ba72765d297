//! What a replica takes in from its peers, and gives to them.
//!
//! **A peer is no synchronizer.** What it sends counts as what this agent has written: the swarm may not have it, and
//! the next question finds it. That a key was cleared is never learned from a peer, so that none can clear anything;
//! but what was cleared, as a synchronizer has told, does not come back from a peer that has not heard of it:
//!
//! - With a state goes the version up to which **nothing that was cleared is in it**. For what a synchronizer has told
//!   that is its version, for the agent's own writes what they had seen, and for what began with nothing and was given
//!   to nobody all that the agent has heard of. What is made of two states has of both the lesser.
//! - What a peer sends is held against all that was cleared as far as this replica remembers.
//! - What a peer says of versions that this replica has not heard of yet stands beside the state as a claim: it goes on
//!   to other peers, and counts towards the swarm once a synchronizer has told of such a version.

mod parts;

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use moai_core::{AgentId, CorrelationId, Digest, KeyRange, Limits, StateKey, Version};
use moai_crdt::Contribution;

use super::held::Held;
use super::inner::Inner;
use super::{Replica, former_life};
use crate::exchange::{Clearings, Joined, Touched, check, digest_of, join};
use crate::{ConflictResolver, Mergeable, StateVersion};

/// What a replica keeps for its exchanges with peers.
#[derive(Default)]
pub(super) struct Merging {
    pub(super) clearings: Clearings,
    /// Up to which versions peers say that nothing which was cleared is in a state, where that is more than was heard
    /// of.
    claims: BTreeMap<StateKey, Version>,
    /// What the agent contributed last in this life. As long as that is held, what it contributed by greater numbers
    /// elsewhere is of a former life.
    contributed: BTreeMap<StateKey, Contribution>,
    /// Who is to know under which keys something changes.
    listeners: Vec<Weak<Touched>>,
}

/// What became of a peer's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is in what is held now.
    New,
    /// It was in what is held already.
    Known,
}

/// What is there to be given to a peer.
pub(crate) enum Given {
    Nothing,
    /// It does not fit, and so many bytes it has.
    TooLong(usize),
    State(Vec<u8>),
}

impl Replica {
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// From here on it is told under which keys something changes: at first under all.
    pub(crate) fn listen(&self) -> Arc<Touched> {
        let touched = Arc::new(Touched::default());
        let mut inner = self.inner();
        touched.touch(inner.states.keys().cloned());
        inner.merging.listeners.push(Arc::downgrade(&touched));
        touched
    }

    /// What stands for what is held under keys.
    pub(crate) fn digests(&self, keys: &[StateKey]) -> Vec<(StateKey, Option<Digest>)> {
        let inner = self.inner();
        let digest = |key: &StateKey| inner.states.get(key).map(|held| digest_of(&held.state));
        keys.iter().map(|key| (key.clone(), digest(key))).collect()
    }

    /// Gives a state to a peer, if it fits: from here on the swarm may have it.
    pub(crate) fn give_to_peer(&self, key: &StateKey, about: CorrelationId, fits: impl FnOnce(usize) -> bool) -> Given {
        let mut inner = self.inner();
        let Inner { states, seen, merging, .. } = &mut *inner;
        let Some(held) = states.get_mut(key) else { return Given::Nothing };
        let mut state = held.give(None).0.into_state();
        (state.based_on, state.forgotten) = (merging.free_of_cleared(key, held, *seen), Version::ZERO);
        let bytes = state.to_bytes();
        if !fits(bytes.len()) {
            return Given::TooLong(bytes.len());
        }
        let _ = held.give(Some(about));
        Given::State(bytes)
    }

    /// Takes in a peer's state, merged with what is held.
    ///
    /// # Errors
    ///
    /// Why it is refused. Nothing changed.
    pub(crate) fn merge_from_peer(
        &self,
        mut theirs: StateVersion,
        about: CorrelationId,
        resolver: &ConflictResolver,
    ) -> Result<Taken, String> {
        // That is the swarm's to tell, and no peer's.
        theirs.forgotten = Version::ZERO;
        let now = self.clock.now();
        let mut inner = self.inner();
        let Inner { states, seen, merging, .. } = &mut *inner;
        let key = theirs.state_key.clone();
        check(&theirs, resolver, *seen, now).map_err(|why| format!("{key}: {why}"))?;
        let cleared = merging.clearings.of(&key);
        if theirs.based_on < cleared {
            return Err(format!("{key} was cleared in version {cleared}, and the peer has not heard of that"));
        }
        let their_claim = theirs.based_on;
        let mut is_on_top = false;
        let (mut state, claim) = match states.get_mut(&key) {
            None => (theirs, their_claim),
            Some(held) => {
                let our_claim = merging.free_of_cleared(&key, held, *seen);
                let contributed = merging.contributed.get(&key).cloned();
                let on_top = match contributed.is_some() && contributed == contribution(&held.state, &self.agent) {
                    true => former_life::written_on_top(&held.state, &theirs, &self.agent),
                    false => None,
                };
                is_on_top = on_top.is_some();
                let theirs = on_top.unwrap_or(theirs);
                match join(resolver, &key, &held.state, &theirs, now).map_err(|why| why.to_string())? {
                    Joined::Ours => return Ok(Taken::Known),
                    Joined::Theirs(state) if !is_on_top => (*state, their_claim),
                    Joined::Theirs(state) | Joined::Both(state) => (*state, their_claim.min(our_claim)),
                }
            }
        };
        state.check(&self.limits).map_err(|why| format!("{key}, merged: {why}"))?;
        state.based_on = claim.min(*seen);
        if let (true, Some(contributed)) = (is_on_top, contribution(&state, &self.agent)) {
            merging.contributed.insert(key.clone(), contributed);
        }
        match claim > state.based_on {
            true => drop(merging.claims.insert(key.clone(), claim)),
            false => drop(merging.claims.remove(&key)),
        }
        let held = match states.get(&key) {
            Some(before) => Held::own(state, Some(before)),
            // As if the swarm had told of nothing: the agent has not written it in this life, or in any.
            None => {
                let nothing = StateVersion { version: Version::ZERO, ..state.clone() };
                Held::own(state, Some(&Held::told(nothing)))
            }
        };
        states.insert(key.clone(), Box::new(held));
        // It was given to somebody already.
        let _ = states.get_mut(&key).map(|held| held.give(Some(about)));
        merging.touch(&key);
        Ok(Taken::New)
    }
}

/// What an agent contributes to a counter.
fn contribution(state: &StateVersion, agent: &AgentId) -> Option<Contribution> {
    match state.metadata.mergeable() {
        Some(Mergeable::Counter(counter)) => counter.get(agent).cloned(),
        _ => None,
    }
}

impl Merging {
    /// Up to which version nothing that was cleared is in a state.
    fn free_of_cleared(&self, key: &StateKey, held: &mut Held, seen: Version) -> Version {
        // What began with nothing and was given to nobody has nothing in it that was cleared so far: that is noted
        // there. Nothing else changes by it, and the state stays.
        let _ = held.clear(seen);
        self.claims.get(key).copied().unwrap_or_default().max(held.has_seen())
    }

    fn touch(&mut self, key: &StateKey) {
        self.listeners.retain(|listener| match listener.upgrade() {
            Some(touched) => {
                touched.touch([key.clone()]);
                true
            }
            None => false,
        });
    }
}

/// What the replica's own changes mean for its exchanges.
impl Inner {
    /// The agent has written under a key.
    pub(super) fn is_written(&mut self, key: &StateKey, agent: &AgentId) {
        let contributed = self.states.get(key).and_then(|held| contribution(&held.state, agent));
        if let Some(contributed) = contributed {
            self.merging.contributed.insert(key.clone(), contributed);
        }
        self.merging.touch(key);
    }

    /// The swarm tells a state: in it stands in which version its key was cleared last.
    pub(super) fn hears_state(&mut self, told: &StateVersion) {
        self.merging.clearings.note(&told.state_key, told.based_on);
        self.believe(&told.state_key, told.version);
        // What it is merged with may hold what was cleared up to then.
        self.merging.claims.remove(&told.state_key);
        self.merging.touch(&told.state_key);
    }

    /// The swarm tells that a key was cleared, before that takes anything away.
    pub(super) fn hears_cleared(&mut self, key: &StateKey, version: Version) {
        self.merging.clearings.note(key, version);
        self.believe(key, version);
    }

    /// The swarm tells that a range was cleared, before that takes anything away.
    pub(super) fn hears_range_cleared(&mut self, range: &KeyRange, version: Version) {
        self.merging.clearings.note_range(range, version);
        let claimed: Vec<StateKey> = self.merging.claims.keys().filter(|key| range.contains(key)).cloned().collect();
        claimed.iter().for_each(|key| self.believe(key, version));
    }

    /// What was held under a key is gone.
    pub(super) fn is_gone(&mut self, key: &StateKey) {
        self.merging.claims.remove(key);
        self.merging.contributed.remove(key);
        self.merging.touch(key);
    }

    /// The versions of the swarm mean something else from here on.
    pub(super) fn forgets_versions(&mut self) {
        (self.merging.clearings, self.merging.claims) = (Clearings::default(), BTreeMap::new());
    }

    /// What a peer claimed of versions that were not heard of is believed as far as they are now.
    fn believe(&mut self, key: &StateKey, heard: Version) {
        let Some(claim) = self.merging.claims.get(key).copied() else { return };
        let known = claim.min(self.seen.max(heard));
        if let Some(held) = self.states.get_mut(key) {
            let seen = held.state.based_on.max(known);
            held.state.to_mut().based_on = seen;
        }
        if claim == known {
            self.merging.claims.remove(key);
        }
    }
}
