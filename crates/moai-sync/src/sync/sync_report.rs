//! What a synchronization did.

use moai_core::{AgentId, StateKey, Version};

use super::SyncError;
use crate::{StateVersion, Way};

/// What synchronizing one key did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyncReport {
    /// Which key.
    pub state_key: StateKey,
    /// Whether the swarm's state changed: then it has a new version.
    pub changed: bool,
    /// What the swarm holds now; nothing when nobody holds anything, or the key was cleared.
    pub state: Option<StateVersion>,
    /// Whether agents and the swarm held different states.
    pub conflict: bool,
    /// By which way it was resolved, if it had to be.
    pub way: Option<Way>,
    /// How many states were given up.
    pub discarded: u64,
    /// What the winner had not seen, the last that was written first.
    pub siblings: Vec<StateVersion>,
    /// Whose answer counted, sorted.
    pub responded: Vec<AgentId>,
    /// Who did not answer in time, sorted.
    pub missing: Vec<AgentId>,
    /// Whose answer was set aside, and why, sorted.
    pub refused: Vec<Refused>,
    /// Who held something else and was told, sorted.
    pub informed: Vec<AgentId>,
    /// Why this key was not synchronized, if it was not: nothing of it changed, and the other keys of its round did not
    /// suffer.
    pub failed: Option<SyncError>,
    /// What its round cost, for all keys of the round together.
    pub traffic: Traffic,
}

impl SyncReport {
    pub(super) fn new(state_key: StateKey) -> Self {
        Self {
            state_key,
            changed: false,
            state: None,
            conflict: false,
            way: None,
            discarded: 0,
            siblings: Vec::new(),
            responded: Vec::new(),
            missing: Vec::new(),
            refused: Vec::new(),
            informed: Vec::new(),
            failed: None,
            traffic: Traffic::default(),
        }
    }

    /// The version of what the swarm holds now.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        self.state.as_ref().map(|state| state.version)
    }
}

/// An answer that was set aside: the others count all the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Refused {
    /// Whose.
    pub agent_id: AgentId,
    /// Why.
    pub why: String,
}

/// What one round of questions cost, for all of its keys together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Traffic {
    /// Messages that went out.
    pub messages_sent: u64,
    /// Their bytes.
    pub bytes_sent: u64,
    /// Messages that came in.
    pub messages_received: u64,
    /// Their bytes.
    pub bytes_received: u64,
}

impl std::ops::AddAssign for Traffic {
    fn add_assign(&mut self, more: Self) {
        self.messages_sent += more.messages_sent;
        self.bytes_sent += more.bytes_sent;
        self.messages_received += more.messages_received;
        self.bytes_received += more.bytes_received;
    }
}
