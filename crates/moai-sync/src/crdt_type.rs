//! How values of a key merge.

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
    pub const ALL: &[Self] = &[Self::Counter, Self::Set, Self::Map, Self::Register, Self::Document];
}

moai_core::words! {
    CrdtType "crdt_type":
    Counter "counter"
    Set "set"
    Map "map"
    Register "register"
    Document "document"
}
