//! What came out of resolving.

use moai_core::{AgentId, Array, Map, Number, Timestamp, Value, Version};

use crate::{AgentClock, StateVersion};

/// By which way a state was resolved.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Way {
    /// The last that was written.
    Lww,
    /// The one that had seen all others.
    VectorCausal,
    /// Several had not seen each other, and of them the last that was written.
    VectorConcurrentLww,
    /// Merged.
    Crdt,
    /// By a strategy of your own, which calls itself so.
    Own(&'static str),
}

impl Way {
    /// Its word in metadata.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Lww => "lww",
            Self::VectorCausal => "vector_causal",
            Self::VectorConcurrentLww => "vector_concurrent_lww",
            Self::Crdt => "crdt",
            Self::Own(name) => name,
        }
    }
}

impl std::fmt::Display for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What came out of resolving. It reads as the state: `resolved.value`, `resolved.agent_id`.
///
/// **The state is as its writer left it**, or merged by the coordinator; nothing in it tells that it was resolved, so that
/// resolving again changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resolved {
    /// The state.
    pub state: StateVersion,
    /// By which way.
    pub way: Way,
    /// The greatest version that went in. A commit gives one that is greater.
    pub greatest: Version,
    /// When it was resolved, by the resolver's clock.
    pub resolved_at: Timestamp,
    /// How many versions were given up.
    pub discarded: u64,
    /// Whose versions were merged, sorted.
    pub merged_from: Vec<AgentId>,
    /// Versions that the winner had not seen, the last that was written first.
    pub siblings: Vec<StateVersion>,
    /// All that any of the versions had seen.
    pub vector_clock: AgentClock,
}

impl Resolved {
    /// A state, by a way of resolving. The resolver fills in the rest.
    #[must_use]
    pub fn new(state: StateVersion, way: Way) -> Self {
        let greatest = state.version;
        Self {
            state,
            way,
            greatest,
            resolved_at: Timestamp::UNIX_EPOCH,
            discarded: 0,
            merged_from: Vec::new(),
            siblings: Vec::new(),
            vector_clock: AgentClock::new(),
        }
    }

    /// What the documents write into the metadata of a resolved state: `resolution_strategy`, `resolved_at`,
    /// `discarded_versions`, `crdt_type`, `vector_clock` and `merged_from_agents`, as far as there is something to say.
    #[must_use]
    pub fn documented(&self) -> Map {
        let mut map = self.state.metadata.more().clone();
        map.insert("resolution_strategy", self.way.as_str());
        map.insert("resolved_at", self.resolved_at.to_string());
        map.insert("discarded_versions", self.discarded);
        if let Some(kind) = self.state.metadata.crdt_type() {
            map.insert("crdt_type", kind.as_str());
        }
        if !self.merged_from.is_empty() {
            let agents = self.merged_from.iter().map(|agent| Value::from(agent.as_str()));
            map.insert("merged_from_agents", agents.collect::<Array>());
        }
        if !self.vector_clock.is_empty() {
            let mut clock = Map::new();
            for (agent, count) in self.vector_clock.iter() {
                clock.insert(agent.as_str(), Number::from(count));
            }
            map.insert("vector_clock", clock);
        }
        map
    }
}

impl std::ops::Deref for Resolved {
    type Target = StateVersion;

    fn deref(&self) -> &StateVersion {
        &self.state
    }
}
