//! How values of a key merge.

use moai_core::InvalidInput;
use serde::{Deserialize, Serialize};

/// How values of a key merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum CrdtType {
    /// A whole number to which every agent contributes its own; it reads as the sum.
    Counter,
    /// An array of which every element counts once, whatever its order; it only grows.
    Set,
    /// Keys, and under each the last value that was written.
    Map,
    /// One value: the last that was written.
    Register,
    /// Maps, sets, counters and registers within each other, with removals: see [`moai_crdt::Document`].
    Document,
}

impl CrdtType {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Counter, Self::Set, Self::Map, Self::Register, Self::Document];

    /// Its word in metadata.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Set => "set",
            Self::Map => "map",
            Self::Register => "register",
            Self::Document => "document",
        }
    }
}

impl std::fmt::Display for CrdtType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for CrdtType {
    type Err = InvalidInput;

    fn from_str(word: &str) -> Result<Self, InvalidInput> {
        let known = Self::ALL.into_iter().find(|kind| kind.as_str() == word);
        known.ok_or_else(|| InvalidInput::OutOfRange {
            field: "crdt_type",
            low: "counter".into(),
            high: "set, map, register or document".into(),
            got: word.chars().take(64).collect(),
        })
    }
}
