//! Which places of a document are sets, counters, registers or maps.

use std::collections::BTreeMap;

use moai_core::{InvalidInput, Limits, Value};
use serde::{Deserialize, Serialize};

use super::{Document, Path, Shape};

/// Which places of a document are what, and how deep it may be. It is held against what is written here; what others
/// wrote merges whatever they took for their schema, so a swarm shares one.
///
/// Where no rule fits, a map is a [`Shape::Map`] and everything else a [`Shape::Register`].
///
/// A rule names a place by its [`Path`], where the key `*` stands for any one key. Of several rules that fit, the one
/// counts that names a key where the others first have a `*`. A key that itself is `*` cannot be named alone.
///
/// In JSON it is a map of paths to shapes:
///
/// ```
/// use moai_crdt::{Path, Schema, Shape};
///
/// let schema = Schema::new().set("/tags")?.counter("/stats/*/count")?;
/// assert_eq!(schema.shape_at(&Path::from(["stats", "reads", "count"])), Some(Shape::Counter));
/// assert_eq!(schema.shape_at(&Path::from(["stats", "reads"])), None);
///
/// let text = r#"{"/stats/*/count":"counter","/tags":"set"}"#;
/// assert_eq!(serde_json::to_string(&schema)?, text);
/// assert_eq!(serde_json::from_str::<Schema>(text)?, schema);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    rules: BTreeMap<Path, Shape>,
    depth: usize,
}

impl Schema {
    /// No rules, and the depth of the default [`Limits`].
    #[must_use]
    pub fn new() -> Self {
        Self { rules: BTreeMap::new(), depth: 0 }.limits(&Limits::default())
    }

    /// Takes the depth of a document from `value_depth`, at the most [`Document::MAX_DEPTH`]. Whoever raises it, or puts
    /// documents under keys, raises [`WireLimits::depth`](crate::WireLimits::depth) by as much, to read their bytes again.
    #[must_use]
    pub fn limits(mut self, limits: &Limits) -> Self {
        self.depth = limits.value_depth.min(Document::MAX_DEPTH);
        self
    }

    /// The places that `pattern` fits are sets.
    ///
    /// # Errors
    ///
    /// `Malformed` for what is no [`Path`].
    pub fn set(self, pattern: &str) -> Result<Self, InvalidInput> {
        self.rule(pattern, Shape::Set)
    }

    /// The places that `pattern` fits are counters.
    ///
    /// # Errors
    ///
    /// `Malformed` for what is no [`Path`].
    pub fn counter(self, pattern: &str) -> Result<Self, InvalidInput> {
        self.rule(pattern, Shape::Counter)
    }

    /// The places that `pattern` fits are registers, maps among them: those are then written and read as a whole.
    ///
    /// # Errors
    ///
    /// `Malformed` for what is no [`Path`].
    pub fn register(self, pattern: &str) -> Result<Self, InvalidInput> {
        self.rule(pattern, Shape::Register)
    }

    /// The places that `pattern` fits are maps, and nothing else is taken there.
    ///
    /// # Errors
    ///
    /// `Malformed` for what is no [`Path`].
    pub fn map(self, pattern: &str) -> Result<Self, InvalidInput> {
        self.rule(pattern, Shape::Map)
    }

    fn rule(mut self, pattern: &str, shape: Shape) -> Result<Self, InvalidInput> {
        self.rules.insert(pattern.parse()?, shape);
        Ok(self)
    }

    /// What the rules say of a place, if one fits.
    #[must_use]
    pub fn shape_at(&self, path: &Path) -> Option<Shape> {
        self.find(path.keys())
    }

    pub(super) fn find(&self, keys: &[impl AsRef<str>]) -> Option<Shape> {
        let fits = |pattern: &Path| {
            let steps = pattern.keys();
            steps.len() == keys.len()
                && steps.iter().zip(keys).all(|(step, key)| is_any(step) || step.as_str() == key.as_ref())
        };
        let fitting = self.rules.iter().filter(|(pattern, _)| fits(pattern));
        // Of those that fit, no two have their stars at the same places.
        let best =
            fitting.min_by(|(one, _), (other, _)| one.keys().iter().map(is_any).cmp(other.keys().iter().map(is_any)));
        best.map(|(_, shape)| *shape)
    }

    /// What a value written at a place will be.
    pub(super) fn shape_of(&self, keys: &[&str], value: &Value) -> Shape {
        let by_default = if value.as_map().is_some() { Shape::Map } else { Shape::Register };
        self.find(keys).unwrap_or(by_default)
    }

    /// Refuses what would lie deeper than allowed.
    pub(super) fn check_depth(&self, depth: usize) -> Result<(), InvalidInput> {
        if depth > self.depth {
            return Err(InvalidInput::TooDeep { field: "document", limit: self.depth as u64, got: depth as u64 });
        }
        Ok(())
    }
}

fn is_any(step: &String) -> bool {
    step == "*"
}

impl Default for Schema {
    fn default() -> Self {
        Self::new()
    }
}

impl Serialize for Schema {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(&self.rules)
    }
}

impl<'de> Deserialize<'de> for Schema {
    /// The rules; the limits are the reader's own, and at first the default ones.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Schema;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a map of paths to shapes")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Schema, A::Error> {
                let mut schema = Schema::new();
                while let Some((path, shape)) = map.next_entry::<Path, Shape>()? {
                    if schema.rules.insert(path.clone(), shape).is_some() {
                        return Err(serde::de::Error::custom(format_args!("two rules for {path:?}")));
                    }
                }
                Ok(schema)
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}
