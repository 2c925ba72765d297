//! Who changes data: one life of one agent.

use std::num::NonZeroU64;

use moai_core::{AgentId, DigestBuilder, InvalidInput};
use serde::{Deserialize, Serialize};

/// One life of one agent, as the author of changes: small enough to stand in every dot.
///
/// **An agent that starts again without its durable state takes a new incarnation.** Under an old one it would number
/// its changes from the start once more, and others would take the new changes for old ones and drop them: that is how
/// real systems lose increments.
///
/// Replica ids are ordered by their number, which says nothing about agents.
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::ReplicaId;
///
/// let first_life = ReplicaId::derive(&agent_id!("agent-1"), 0);
/// assert_eq!(first_life, ReplicaId::derive(&agent_id!("agent-1"), 0));
/// assert_ne!(first_life, ReplicaId::derive(&agent_id!("agent-1"), 1));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplicaId(NonZeroU64);

impl ReplicaId {
    /// The id of an agent's life: the first eight bytes of the digest under `moai/replica/1` of the agent's name and
    /// the incarnation, read as a big-endian number; 1 should they all be zero.
    #[must_use]
    pub fn derive(agent: &AgentId, incarnation: u64) -> Self {
        let digest = DigestBuilder::new("moai/replica/1").text(agent.as_str()).u64(incarnation).finish();
        let number = digest.as_bytes().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
        Self(NonZeroU64::new(number).unwrap_or(NonZeroU64::MIN))
    }

    /// The id with this number.
    ///
    /// # Errors
    ///
    /// `OutOfRange` for 0.
    pub fn new(number: u64) -> Result<Self, InvalidInput> {
        NonZeroU64::new(number).map(Self).ok_or_else(|| InvalidInput::OutOfRange {
            field: "replica id",
            low: 1.to_string(),
            high: u64::MAX.to_string(),
            got: number.to_string(),
        })
    }

    /// Reads what is displayed.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let digits = text.len() == 16 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let number = u64::from_str_radix(text, 16).ok().filter(|_| digits).and_then(NonZeroU64::new);
        number.map(Self).ok_or("a replica id is 16 lower-case hexadecimal digits, not all of them 0")
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0.get()
    }
}

impl std::fmt::Display for ReplicaId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl std::fmt::Debug for ReplicaId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "r{:x}", self.0)
    }
}

impl Serialize for ReplicaId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ReplicaId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}
