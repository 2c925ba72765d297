//! Whose life a replica id stands for.

use moai_core::{Aftermath, AgentId, Coded, InvalidInput};
use serde::{Deserialize, Serialize};

use crate::{Merge, ReplicaId, Wire, WireForm, WireReader, WireWriter};

/// The names behind replica ids: of which agent each is a life.
///
/// Dots carry numbers alone; where people read, or where ties go by agent, the names are looked up here. It only grows,
/// and merges by putting everything together.
///
/// An id is 64 bits of a digest, so two lives could have one id: among 65,536 by a chance of one in eight billion. That
/// would mix up their changes, so [`register`](Directory::register) refuses the second one: it takes another incarnation.
/// Two that registered at the same time elsewhere show in [`collisions`](Directory::collisions).
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::Directory;
///
/// let mut directory = Directory::new();
/// let me = directory.register(&agent_id!("agent-1"), 0)?;
/// assert_eq!(directory.agent(me), Some(&agent_id!("agent-1")));
/// # Ok::<(), moai_crdt::Collision>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Directory(Vec<(ReplicaId, AgentId, u64)>);

impl Directory {
    /// No names.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Writes down a life of an agent, and returns its id. The second time nothing changes.
    ///
    /// # Errors
    ///
    /// When another life has this id; nothing changed. Take another incarnation.
    pub fn register(&mut self, agent: &AgentId, incarnation: u64) -> Result<ReplicaId, Collision> {
        let replica = ReplicaId::derive(agent, incarnation);
        self.learn(replica, agent, incarnation).map(|()| replica)
    }

    /// Writes down whose life an id stands for, as heard from somebody who may number replicas in another way.
    ///
    /// # Errors
    ///
    /// When another life has this id; nothing changed.
    pub fn learn(&mut self, replica: ReplicaId, agent: &AgentId, incarnation: u64) -> Result<(), Collision> {
        match self.lives(replica) {
            [] => {
                let at = self.0.partition_point(|(known, ..)| *known < replica);
                self.0.insert(at, (replica, agent.clone(), incarnation));
                Ok(())
            }
            lives if lives.iter().any(|(_, known, life)| known == agent && *life == incarnation) => Ok(()),
            [(_, known, life), ..] => Err(Collision { replica, agent: known.clone(), incarnation: *life }),
        }
    }

    /// The agent of which this is a life. Of several that collide, the first by name.
    #[must_use]
    pub fn agent(&self, replica: ReplicaId) -> Option<&AgentId> {
        self.lives(replica).first().map(|(_, agent, _)| agent)
    }

    /// Which life of its agent this is.
    #[must_use]
    pub fn incarnation(&self, replica: ReplicaId) -> Option<u64> {
        self.lives(replica).first().map(|&(_, _, incarnation)| incarnation)
    }

    /// Every life that is known, sorted by id.
    pub fn iter(&self) -> impl Iterator<Item = (ReplicaId, &AgentId, u64)> {
        self.0.iter().map(|(replica, agent, incarnation)| (*replica, agent, *incarnation))
    }

    /// Ids that more than one life has, sorted. There should be none; where there is, the agents stop and go on under
    /// other incarnations.
    pub fn collisions(&self) -> impl Iterator<Item = ReplicaId> {
        self.0.chunk_by(|left, right| left.0 == right.0).filter_map(|lives| match lives {
            [(replica, ..), _, ..] => Some(*replica),
            _ => None,
        })
    }

    /// How many lives are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The lives that have this id: hardly ever more than one.
    fn lives(&self, replica: ReplicaId) -> &[(ReplicaId, AgentId, u64)] {
        let from = self.0.partition_point(|(known, ..)| *known < replica);
        let to = self.0.partition_point(|(known, ..)| *known <= replica);
        self.0.get(from..to).unwrap_or(&[])
    }
}

impl Merge for Directory {
    fn merge(&mut self, other: &Self) -> bool {
        let before = self.0.len();
        self.0.extend(other.0.iter().cloned());
        self.0.sort();
        self.0.dedup();
        self.0.len() > before
    }
}

impl<'de> Deserialize<'de> for Directory {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::readable::sorted_list(deserializer).map(Self)
    }
}

/// Two lives have one replica id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("replica id {replica} is taken by life {incarnation} of {agent}; nothing changed")]
#[non_exhaustive]
pub struct Collision {
    /// The id.
    pub replica: ReplicaId,
    /// The agent that has it.
    pub agent: AgentId,
    /// Which life of that agent.
    pub incarnation: u64,
}

impl Collision {
    /// Every code that this error can carry.
    pub const CODES: &'static [&'static str] = &["crdt.collision"];
}

impl Coded for Collision {
    fn code(&self) -> &'static str {
        "crdt.collision"
    }

    fn aftermath(&self) -> Aftermath {
        Aftermath::NothingChanged
    }
}

impl Wire for Directory {
    fn write(&self, to: &mut WireWriter) {
        self.0.write(to);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        from.rising_items().map(Self)
    }
}

impl WireForm for Directory {
    const KIND: u8 = 24;
}
