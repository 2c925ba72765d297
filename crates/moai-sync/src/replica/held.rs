//! One state as an agent holds it.

use moai_core::{AgentId, CorrelationId, Timestamp, Version};

use super::former_life;
use crate::{SharedState, StateVersion};

/// One state as an agent holds it.
pub(super) struct Held {
    pub(super) state: SharedState,
    /// Whether the agent has written it since the swarm last told it: then the swarm may not have it.
    is_own: bool,
    /// Whether nothing was there when the agent wrote it, and nobody was told of it yet: then nothing that was cleared is in
    /// it.
    is_fresh: bool,
    /// Whether the swarm has told of this key since the agent began to write there.
    has_met: bool,
    /// In which version the swarm held what is in it; zero when nothing of the swarm's is in it.
    contains: Version,
    /// In which version the swarm held something there that is not in it, and was written before it; zero when it did not.
    beside: Version,
    /// In which round the state was given last, as it is now.
    given: Option<CorrelationId>,
    /// Whether it was fresh when it was given there, unasked.
    was_fresh: bool,
}

impl Held {
    /// What the agent has written, in place of what it held.
    pub(super) fn own(state: impl Into<SharedState>, before: Option<&Self>) -> Self {
        let (is_fresh, has_met) = before.map_or((true, false), |held| (held.is_own && held.is_fresh, held.has_met));
        let (contains, beside) = before.map_or((Version::ZERO, Version::ZERO), |held| (held.contains, held.beside));
        let (state, given, was_fresh) = (state.into(), None, false);
        Self { state, is_own: true, is_fresh, has_met, contains, beside, given, was_fresh }
    }

    /// What the swarm tells.
    pub(super) fn told(state: impl Into<SharedState>) -> Self {
        let state = state.into();
        let contains = state.version;
        let (is_own, is_fresh, has_met, beside) = (false, false, true, Version::ZERO);
        Self { state, is_own, is_fresh, has_met, contains, beside, given: None, was_fresh: false }
    }

    /// The swarm tells what it holds, at the end of a round of questions if it was one. What the agent has written since it
    /// gave its state in that round is kept, or merged with it: the next question finds it. Says whether it was merged, so
    /// that the swarm does not have it.
    pub(super) fn update(&mut self, told: SharedState, round: Option<CorrelationId>, agent: &AgentId) -> bool {
        let is_answer = self.was_given_in(round);
        let has_seen = if self.is_own && !is_answer { self.state.based_on } else { Version::ZERO };
        if told.version < self.contains.max(has_seen) {
            // An update that was overtaken by a later one, or by what the agent had seen when it wrote.
            return false;
        }
        // What was cleared meanwhile is in what it wrote, unless it began with nothing.
        let is_forgotten = self.was_stored() && self.contains <= told.forgotten;
        let is_gone = (self.state.based_on < told.based_on || is_forgotten) && !self.is_fresh;
        if !self.is_own || is_gone {
            *self = Self::told(told);
            return false;
        }
        if !std::mem::replace(&mut self.has_met, true)
            && let Some(state) = former_life::written_on_top(&self.state, &told, agent)
        {
            // The next question finds it, and then it counts.
            self.contain(state, told.version);
            return true;
        }
        if is_answer {
            // It took part in that round as it is.
            *self = Self::told(told);
            return false;
        }
        match (self.state.metadata.mergeable(), told.metadata.mergeable()) {
            (Some(ours), Some(theirs)) if ours.crdt_type() == theirs.crdt_type() => {
                let mut merged = theirs.clone();
                if merged.merge(ours) == Ok(false) {
                    // The swarm has all of it.
                    *self = Self::told(told);
                } else if let Some(value) = merged.to_value() {
                    let metadata = self.state.metadata.clone().with_mergeable(merged);
                    let timestamp = self.state.timestamp.max(told.timestamp);
                    let version = self.state.version.max(told.version);
                    let state = StateVersion { value, metadata, version, timestamp, ..(*self.state).clone() };
                    self.contain(state, told.version);
                    return true;
                }
            }
            // A register: what was written last, by whomever.
            _ if self.state.cmp_written(&told).is_le() => *self = Self::told(told),
            _ => self.beside = self.beside.max(told.version),
        }
        false
    }

    /// From here on the swarm's state of that version is in it.
    fn contain(&mut self, state: StateVersion, version: Version) {
        self.state = StateVersion { based_on: state.based_on.max(version), ..state }.into();
        self.contains = self.contains.max(version);
        (self.is_fresh, self.given, self.was_fresh) = (false, None, false);
    }

    /// The key was cleared in this version. Says whether that takes the state away: unless the agent wrote it after it had
    /// seen that, or without having seen anything that was cleared.
    pub(super) fn clear(&mut self, version: Version) -> bool {
        if !self.is_own {
            return self.state.version < version;
        }
        self.is_not_beside(version);
        if self.state.based_on < version && self.is_fresh {
            self.state.to_mut().based_on = version;
        }
        self.state.based_on < version
    }

    /// The state, for whoever asks, and in which version the swarm held what is in it. Where it is a synchronizer that asks,
    /// in this round, the swarm may have it from here on.
    pub(super) fn give(&mut self, round: Option<CorrelationId>) -> (SharedState, Version) {
        if round.is_some() {
            (self.is_fresh, self.given, self.was_fresh) = (false, round, false);
        }
        (self.state.clone(), self.contains)
    }

    /// The same, for a synchronizer that did not ask.
    pub(super) fn push(&mut self, number: CorrelationId) -> (SharedState, Version) {
        let was_fresh = self.is_fresh;
        let given = self.give(Some(number));
        self.was_fresh = was_fresh;
        given
    }

    /// What was given under this number was left: nobody was told of it.
    pub(super) fn take_back(&mut self, number: CorrelationId) {
        if self.given == Some(number) {
            self.is_fresh = std::mem::take(&mut self.was_fresh);
            self.given = None;
        }
    }

    /// A synchronizer that did not ask was given the state under this number, and the key was cleared in this version before.
    /// Says whether it stays: where nothing was there when the agent wrote it, nothing that was cleared is in it, and it is to
    /// be given again.
    pub(super) fn outlives(&mut self, number: CorrelationId, version: Version) -> bool {
        if self.given != Some(number) || !std::mem::take(&mut self.was_fresh) || self.state.based_on >= version {
            return false;
        }
        self.state.to_mut().based_on = version;
        (self.is_fresh, self.given) = (true, None);
        true
    }

    /// Whether the agent has written it since the swarm last told it.
    pub(super) fn is_own(&self) -> bool {
        self.is_own
    }

    /// Whether it was given in this round, and not written since.
    pub(super) fn was_given_in(&self, round: Option<CorrelationId>) -> bool {
        round.is_some() && round == self.given
    }

    /// Whether the swarm held something of what is in it: then a key of which it says nothing was cleared.
    pub(super) fn was_stored(&self) -> bool {
        self.contains != Version::ZERO
    }

    /// Whether the swarm held something there, in it or beside it: then it is told of when that goes.
    pub(super) fn is_there(&self) -> bool {
        self.was_stored() || self.beside != Version::ZERO
    }

    /// The swarm was found to hold nothing there.
    pub(super) fn is_alone(&mut self, version: Version) {
        self.is_not_beside(version);
        self.see_empty(version);
    }

    /// What the swarm held there before this version is there no more. What it came to hold since may have been told first.
    fn is_not_beside(&mut self, version: Version) {
        if self.beside <= version {
            self.beside = Version::ZERO;
        }
    }

    /// The swarm holds nothing there in this version: what was cleared before is not in what the agent wrote, if nothing was
    /// there then and nobody was told of it yet.
    pub(super) fn see_empty(&mut self, version: Version) {
        if self.is_own && self.is_fresh {
            let seen = self.state.based_on.max(version);
            self.state.to_mut().based_on = seen;
        }
    }

    /// The swarm's memory begins anew: it holds nothing of this, and its versions mean something else.
    pub(super) fn begin_anew(&mut self) {
        let state = self.state.to_mut();
        (state.based_on, state.forgotten) = (Version::ZERO, Version::ZERO);
        (self.is_own, self.is_fresh, self.has_met, self.beside) = (true, false, true, Version::ZERO);
        (self.contains, self.given, self.was_fresh) = (Version::ZERO, None, false);
    }

    /// What of the swarm's state the agent's next write on it will have seen.
    pub(super) fn has_seen(&self) -> Version {
        if self.is_own { self.state.based_on } else { self.state.version }
    }
}

/// The next moment that there is.
pub(super) fn after(time: Timestamp) -> Timestamp {
    Timestamp::from_unix_micros(time.unix_micros().saturating_add(1)).unwrap_or(Timestamp::MAX)
}
