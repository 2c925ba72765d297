//! What a place in a document can be.

use serde::{Deserialize, Serialize};

/// What a place in a document can be, in the order in which they are shown: where several are alive at one place, the
/// first hides the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Shape {
    /// Places by their keys; those that are written at the same time are all kept. The shape of every map, unless the
    /// schema says otherwise.
    Map,
    /// An array whose order and repetitions do not count; adding an element wins over removing it at the same time.
    Set,
    /// An integer; what is added at the same time adds up.
    Counter,
    /// One value as a whole; of those that are written at the same time, the last is shown. The shape of all but maps,
    /// unless the schema says otherwise.
    Register,
}

impl Shape {
    /// All of them, in the order in which they are shown.
    pub(crate) const ALL: [Self; 4] = [Self::Map, Self::Set, Self::Counter, Self::Register];
}

moai_core::words! {
    Shape "shape":
    Map "map"
    Set "set"
    Counter "counter"
    Register "register"
}
