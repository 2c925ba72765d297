//! Keys with values, of which the last that was written counts.

use std::collections::BTreeMap;

use moai_core::{AgentId, InvalidInput, Map, Timestamp, Value, Version};
use moai_crdt::{Merge, Wire, WireReader, WireWriter};
use serde::{Deserialize, Serialize};

/// When and by whom a field was written: the greater one is the later.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// When.
    pub timestamp: Timestamp,
    /// In which version.
    pub version: Version,
    /// By whom.
    pub agent_id: AgentId,
}

/// Keys with values. Under each key the last value that was written counts: the greatest by time, version, agent and value.
///
/// Nothing is ever taken out: a map of which a key is missing says nothing about that key.
///
/// ```
/// use moai_core::{Timestamp, Version, agent_id, value};
/// use moai_crdt::Merge;
/// use moai_sync::{Fields, Written};
///
/// let at = |micros, agent_id| -> Result<_, moai_core::InvalidInput> {
///     Ok(Written { timestamp: Timestamp::from_unix_micros(micros)?, version: Version::new(1)?, agent_id })
/// };
/// let mut config = Fields::of(&value!({"timeout": 30, "retries": 3}), &at(1, agent_id!("agent-1"))?).ok_or("a map")?;
/// let newer = Fields::of(&value!({"timeout": 60}), &at(2, agent_id!("agent-2"))?).ok_or("a map")?;
/// assert!(config.merge(&newer) && !config.merge(&newer));
/// assert_eq!(config.to_value(), value!({"timeout": 60, "retries": 3}));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fields(BTreeMap<String, (Written, Value)>);

impl Fields {
    /// The fields of a map, all written at once; none when it is no map.
    #[must_use]
    pub fn of(value: &Value, written: &Written) -> Option<Self> {
        let field = |(key, value): (&String, &Value)| (key.clone(), (written.clone(), value.clone()));
        Some(Self(value.as_map()?.iter().map(field).collect()))
    }

    /// Writes one field. Returns whether it counts.
    pub fn set(&mut self, key: impl Into<String>, written: Written, value: Value) -> bool {
        self.raise(key.into(), (written, value))
    }

    /// The value under a key, and when it was written.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<(&Value, &Written)> {
        self.0.get(key).map(|(written, value)| (value, written))
    }

    /// The keys, sorted, with what was written last.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value, &Written)> {
        self.0.iter().map(|(key, (written, value))| (key.as_str(), value, written))
    }

    /// The map that they read as.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut map = Map::new();
        for (key, (_, value)) in &self.0 {
            map.insert(key.clone(), value.clone());
        }
        map.into()
    }

    fn raise(&mut self, key: String, field: (Written, Value)) -> bool {
        match self.0.entry(key) {
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(field);
                true
            }
            std::collections::btree_map::Entry::Occupied(mut known) => {
                let later = field > *known.get();
                if later {
                    known.insert(field);
                }
                later
            }
        }
    }
}

impl Merge for Fields {
    fn merge(&mut self, other: &Self) -> bool {
        let mut grew = false;
        for (key, field) in &other.0 {
            let known = self.0.get(key).is_some_and(|known| known >= field);
            if !known {
                grew |= self.raise(key.clone(), field.clone());
            }
        }
        grew
    }
}

impl Wire for Written {
    fn write(&self, to: &mut WireWriter) {
        self.timestamp.unix_micros().write(to);
        self.version.write(to);
        self.agent_id.write(to);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        let timestamp = Timestamp::from_unix_micros(Wire::read(from)?)?;
        Ok(Self { timestamp, version: Wire::read(from)?, agent_id: Wire::read(from)? })
    }
}

impl Wire for Fields {
    fn write(&self, to: &mut WireWriter) {
        self.0.write(to);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        Wire::read(from).map(Self)
    }
}
