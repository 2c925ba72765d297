//! What a state says about itself.

use moai_core::{InvalidInput, Map, Value};
use moai_crdt::{Wire, WireReader, WireWriter};
use serde::{Deserialize, Serialize};

use crate::{AgentClock, CrdtType, Mergeable};

/// What a state says about itself: typed where it means something, and free otherwise.
///
/// In JSON it reads as the documents write it:
///
/// ```
/// use moai_core::agent_id;
/// use moai_sync::{AgentClock, CrdtType, Metadata};
///
/// let read: Metadata = serde_json::from_str(r#"{"crdt_type": "counter", "vector_clock": {"agent-1": 5}, "team": "ops"}"#)?;
/// assert_eq!(read.crdt_type(), Some(CrdtType::Counter));
/// assert_eq!(read.vector_clock().map(|clock| clock.get(&agent_id!("agent-1"))), Some(5));
/// assert_eq!(read.more().get("team").and_then(|team| team.as_text()), Some("ops"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
// Most states say nothing, and a million of them should not pay for what they do not say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Parts", into = "Parts")]
pub struct Metadata(Option<Box<Parts>>);

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename = "Metadata")]
struct Parts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crdt_type: Option<CrdtType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vector_clock: Option<AgentClock>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mergeable: Option<Mergeable>,
    #[serde(flatten)]
    more: Map,
}

const NOTHING: &Map = &Map::new();

impl Metadata {
    /// Nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }

    /// How the value merges.
    #[must_use]
    pub fn of_type(crdt_type: CrdtType) -> Self {
        Self(Some(Box::new(Parts { crdt_type: Some(crdt_type), ..Parts::default() })))
    }

    /// The same with what the value is made of, and so with how it merges.
    #[must_use]
    pub fn with_mergeable(mut self, mergeable: Mergeable) -> Self {
        let parts = self.parts();
        parts.crdt_type = Some(mergeable.crdt_type());
        parts.mergeable = Some(mergeable);
        self
    }

    /// The same with how much of each agent's history the state has seen.
    #[must_use]
    pub fn with_vector_clock(mut self, clock: AgentClock) -> Self {
        self.parts().vector_clock = Some(clock);
        self
    }

    /// The same with something of the writer's own. The words `crdt_type`, `vector_clock` and `mergeable` are taken: they
    /// are passed over.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        let key = key.into();
        if !TAKEN.contains(&key.as_str()) {
            self.parts().more.insert(key, value);
        }
        self
    }

    fn parts(&mut self) -> &mut Parts {
        self.0.get_or_insert_default()
    }

    /// How the value merges, if it says so.
    #[must_use]
    pub fn crdt_type(&self) -> Option<CrdtType> {
        self.0.as_ref()?.crdt_type
    }

    /// How much of each agent's history the state has seen, if it says so.
    #[must_use]
    pub fn vector_clock(&self) -> Option<&AgentClock> {
        self.0.as_ref()?.vector_clock.as_ref()
    }

    /// What the value is made of, if it says so.
    #[must_use]
    pub fn mergeable(&self) -> Option<&Mergeable> {
        self.0.as_ref()?.mergeable.as_ref()
    }

    /// Whatever else it says.
    #[must_use]
    pub fn more(&self) -> &Map {
        self.0.as_ref().map_or(NOTHING, |parts| &parts.more)
    }
}

const TAKEN: [&str; 3] = ["crdt_type", "vector_clock", "mergeable"];

impl From<Parts> for Metadata {
    fn from(parts: Parts) -> Self {
        if parts == Parts::default() { Self(None) } else { Self(Some(Box::new(parts))) }
    }
}

impl From<Metadata> for Parts {
    fn from(metadata: Metadata) -> Self {
        metadata.0.map(|parts| *parts).unwrap_or_default()
    }
}

impl Wire for Metadata {
    fn write(&self, to: &mut WireWriter) {
        let kind = self.crdt_type().and_then(|kind| CrdtType::ALL.iter().position(|known| *known == kind));
        kind.and_then(|place| u8::try_from(place).ok()).write(to);
        self.vector_clock().cloned().write(to);
        self.mergeable().cloned().write(to);
        let more = Some(self.more()).filter(|more| !more.is_empty());
        more.map(|more| Value::from(more.clone())).write(to);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        let kind: Option<u8> = Wire::read(from)?;
        let crdt_type = match kind {
            None => None,
            Some(place) => {
                let known = CrdtType::ALL.get(usize::from(place)).copied();
                Some(known.ok_or_else(|| from.malformed("it merges in a way that is not known"))?)
            }
        };
        let (vector_clock, mergeable) = (Wire::read(from)?, Wire::read(from)?);
        let more: Option<Value> = Wire::read(from)?;
        let more = match more {
            None => Map::new(),
            Some(Value::Map(more)) if !more.is_empty() && TAKEN.iter().all(|word| !more.contains_key(word)) => more,
            Some(_) => return Err(from.malformed("metadata is no map, is empty, or uses a word that is taken")),
        };
        Ok(Parts { crdt_type, vector_clock, mergeable, more }.into())
    }
}
