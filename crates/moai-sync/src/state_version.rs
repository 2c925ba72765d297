//! One version of a state, as an agent holds it or as it is stored.

use std::cmp::Ordering;

use moai_core::{AgentId, InvalidInput, Limits, StateKey, Timestamp, Value, Version};
use moai_crdt::{Wire, WireForm, WireLimits, WireReader, WireWriter};
use serde::{Deserialize, Serialize};

use crate::{CrdtType, Metadata};

/// One version of a state: what one agent says that there is under a key.
///
/// ```
/// use moai_core::{StateKey, Timestamp, Version, agent_id, value};
/// use moai_sync::{CrdtType, Metadata, StateVersion};
///
/// let (key, time) = (StateKey::new("task_count")?, Timestamp::UNIX_EPOCH);
/// let state = StateVersion::new(key, value!(42), Version::new(1)?, time, agent_id!("agent-1"))
///     .with_metadata(Metadata::of_type(CrdtType::Counter));
/// let json = serde_json::to_value(&state)?;
/// assert_eq!(json["metadata"]["crdt_type"], "counter");
/// assert_eq!(serde_json::from_value::<StateVersion>(json)?, state);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct StateVersion {
    /// Under which key it stands.
    pub state_key: StateKey,
    /// What there is.
    pub value: Value,
    /// The number that its writer gave it, or the swarm's version with which it was stored.
    pub version: Version,
    /// When it was written.
    pub timestamp: Timestamp,
    /// Who wrote it; [`AgentId::COORDINATOR`] for what was merged from several.
    pub agent_id: AgentId,
    /// What it says about itself.
    #[serde(default)]
    pub metadata: Metadata,
    /// The swarm's version that its writer had seen: what was cleared later, the writer did not know.
    #[serde(default)]
    pub based_on: Version,
    /// Of what the swarm holds: up to which version nobody knows any more what was cleared under the key. What an agent holds
    /// of the swarm's from before then was cleared.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub forgotten: Version,
}

fn is_zero(version: &Version) -> bool {
    *version == Version::ZERO
}

impl StateVersion {
    /// A state that says nothing about itself, by a writer who had seen nothing of the swarm.
    #[must_use]
    pub fn new(state_key: StateKey, value: Value, version: Version, timestamp: Timestamp, agent_id: AgentId) -> Self {
        let (metadata, based_on, forgotten) = (Metadata::new(), Version::ZERO, Version::ZERO);
        Self { state_key, value, version, timestamp, agent_id, metadata, based_on, forgotten }
    }

    /// The same, saying this about itself.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// The same, by a writer who had seen the swarm at this version.
    #[must_use]
    pub fn based_on(mut self, version: Version) -> Self {
        self.based_on = version;
        self
    }

    /// How it merges: as it says itself, or else as a register.
    #[must_use]
    pub fn crdt_type(&self) -> CrdtType {
        self.metadata.crdt_type().unwrap_or(CrdtType::Register)
    }

    /// Holds it against the limits: its value, and whether that is what its mergeable form reads as.
    ///
    /// # Errors
    ///
    /// What does not fit.
    pub fn check(&self, limits: &Limits) -> Result<(), InvalidInput> {
        self.value.check(limits)?;
        Value::from(self.metadata.more().clone()).check(limits)?;
        match self.metadata.mergeable() {
            Some(mergeable) if Some(mergeable.crdt_type()) != self.metadata.crdt_type() => {
                Err(malformed("its mergeable form is of another crdt_type"))
            }
            Some(mergeable) if mergeable.to_value().as_ref() != Some(&self.value) => {
                Err(malformed("its value is not what its mergeable form reads as"))
            }
            _ => Ok(()),
        }
    }

    /// Which of two was written later: by time, version, agent and value; and should all of that be equal, by whatever else
    /// differs, so that everybody picks the same one.
    #[must_use]
    pub fn cmp_written(&self, other: &Self) -> Ordering {
        let by_agent = || self.agent_id.cmp(&other.agent_id).then_with(|| self.value.cmp(&other.value));
        let seen = |state: &Self| (state.based_on, state.forgotten);
        let rest = || match self.metadata == other.metadata && seen(self) == seen(other) {
            true => Ordering::Equal,
            false => self.to_bytes().cmp(&other.to_bytes()),
        };
        self.timestamp.cmp(&other.timestamp).then(self.version.cmp(&other.version)).then_with(by_agent).then_with(rest)
    }

    /// The bytes to store and to send: the same for equal states.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        WireForm::to_bytes(self)
    }

    /// Reads what was stored or sent.
    ///
    /// # Errors
    ///
    /// What does not fit.
    pub fn from_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, InvalidInput> {
        let state: Self = WireForm::from_bytes_within(bytes, &wire_limits(limits))?;
        state.check(limits)?;
        Ok(state)
    }
}

/// What is read at the most.
pub(crate) fn wire_limits(limits: &Limits) -> WireLimits {
    WireLimits { bytes: limits.payload_bytes, depth: limits.value_depth, ..WireLimits::default() }
}

fn malformed(why: &str) -> InvalidInput {
    InvalidInput::Malformed { field: "state", why: why.into() }
}

impl Wire for StateVersion {
    fn write(&self, to: &mut WireWriter) {
        self.state_key.write(to);
        self.version.write(to);
        self.timestamp.unix_micros().write(to);
        self.agent_id.write(to);
        self.based_on.write(to);
        self.forgotten.write(to);
        self.metadata.write(to);
        // What it is made of says what it reads as.
        if self.metadata.mergeable().is_none() {
            self.value.write(to);
        }
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        let (state_key, version) = (Wire::read(from)?, Wire::read(from)?);
        let timestamp = Timestamp::from_unix_micros(Wire::read(from)?)?;
        let (agent_id, based_on) = (Wire::read(from)?, Wire::read(from)?);
        let forgotten: Version = Wire::read(from)?;
        let metadata: Metadata = Wire::read(from)?;
        let value = match metadata.mergeable() {
            Some(mergeable) => mergeable.to_value().ok_or_else(|| from.malformed("a counter is too large"))?,
            None => Wire::read(from)?,
        };
        Ok(Self { state_key, value, version, timestamp, agent_id, metadata, based_on, forgotten })
    }
}

impl WireForm for StateVersion {
    const KIND: u8 = 32;
}
