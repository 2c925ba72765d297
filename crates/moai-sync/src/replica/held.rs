//! One state as an agent holds it.

use moai_core::{Timestamp, Version};

use crate::StateVersion;

/// One state as an agent holds it.
pub(super) struct Held {
    pub(super) state: StateVersion,
    /// Whether the agent has written it since the swarm last told it: then the swarm may not have it.
    is_own: bool,
    /// Whether nothing was there when the agent wrote it, and nobody was told of it yet: then nothing that was cleared is in
    /// it.
    is_fresh: bool,
}

impl Held {
    /// What the agent has written.
    pub(super) fn own(state: StateVersion, is_fresh: bool) -> Self {
        Self { state, is_own: true, is_fresh }
    }

    /// What the swarm tells.
    pub(super) fn told(state: StateVersion) -> Self {
        Self { state, is_own: false, is_fresh: false }
    }

    /// The swarm tells what it holds. What the agent has written meanwhile is kept, or merged with it: the next question
    /// finds it.
    pub(super) fn update(&mut self, told: StateVersion) {
        if told.version < self.state.version && !self.is_own {
            // An update that was overtaken by a later one.
            return;
        }
        if !self.is_own {
            *self = Self::told(told);
            return;
        }
        // What was cleared meanwhile is in what it wrote, unless it began with nothing.
        if self.state.based_on < told.based_on && !self.is_fresh {
            *self = Self::told(told);
            return;
        }
        match (self.state.metadata.mergeable(), told.metadata.mergeable()) {
            (Some(ours), Some(theirs)) if ours.crdt_type() == theirs.crdt_type() => {
                let mut merged = theirs.clone();
                if merged.merge(ours) == Some(false) {
                    // The swarm has all of it.
                    *self = Self::told(told);
                } else if let Some(value) = merged.to_value() {
                    let metadata = self.state.metadata.clone().with_mergeable(merged);
                    let version = self.state.version.max(told.version);
                    let timestamp = self.state.timestamp.max(told.timestamp);
                    // From here on the swarm's state is in it.
                    let based_on = self.state.based_on.max(told.version);
                    self.state = StateVersion { value, metadata, version, timestamp, based_on, ..self.state.clone() };
                    self.is_fresh = false;
                }
            }
            // A register: what was written last, by whomever.
            _ if self.state.cmp_written(&told).is_le() => *self = Self::told(told),
            _ => {}
        }
    }

    /// The key was cleared in this version. Says whether that takes the state away: unless the agent wrote it after it had
    /// seen that, or without having seen anything that was cleared.
    pub(super) fn clear(&mut self, version: Version) -> bool {
        if !self.is_own {
            return self.state.version < version;
        }
        if self.state.based_on < version && self.is_fresh {
            self.state.based_on = version;
        }
        self.state.based_on < version
    }

    /// The state, for whoever asks. From here on the swarm may have it.
    pub(super) fn give(&mut self) -> StateVersion {
        self.is_fresh = false;
        self.state.clone()
    }

    /// What of the swarm's state the agent's next write on it will have seen.
    pub(super) fn has_seen(&self) -> Version {
        if self.is_own { self.state.based_on } else { self.state.version }
    }

    pub(super) fn is_fresh(&self) -> bool {
        self.is_own && self.is_fresh
    }
}

/// The next moment that there is.
pub(super) fn after(time: Timestamp) -> Timestamp {
    Timestamp::from_unix_micros(time.unix_micros().saturating_add(1)).unwrap_or(Timestamp::MAX)
}
