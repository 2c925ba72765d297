//! One line of the show.

use serde::Serialize;
use serde_json::{Map, Value};

/// One line of the show: what happened, or what was found to hold. In JSON it is one object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Fact {
    /// In which scene.
    pub(super) scene: usize,
    /// A name that does not change.
    #[serde(rename = "fact")]
    name: &'static str,
    /// When, in milliseconds of the scene's own time.
    pub(super) at_ms: u64,
    /// What a reader is told.
    pub(super) text: String,
    /// Whether it is as it must be; nothing where nothing was at stake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) holds: Option<bool>,
    /// The numbers behind it.
    #[serde(skip_serializing_if = "Map::is_empty")]
    values: Map<String, Value>,
}

impl Fact {
    /// Something that happened.
    pub(super) fn event(name: &'static str, text: impl Into<String>) -> Self {
        Self { scene: 0, name, at_ms: 0, text: text.into(), holds: None, values: Map::new() }
    }

    /// Something that must be so, and whether it is.
    pub(super) fn check(name: &'static str, holds: bool, text: impl Into<String>) -> Self {
        Self { holds: Some(holds), ..Self::event(name, text) }
    }

    /// The same, with a value behind it.
    #[must_use]
    pub(super) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.values.insert(key.to_owned(), value.into());
        self
    }

    /// What stands before its text: when it happened, or whether it holds.
    pub(super) fn mark(&self) -> String {
        match self.holds {
            None => format!("{} s", tenths(self.at_ms)),
            Some(true) => "ok".to_owned(),
            Some(false) => "NOT SO".to_owned(),
        }
    }
}

/// Milliseconds as seconds with one digit.
pub(super) fn tenths(millis: u64) -> String {
    format!("{}.{}", millis / 1_000, millis % 1_000 / 100)
}
