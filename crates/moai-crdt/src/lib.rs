//! Clocks, and data that merges.

#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod causal;
mod causal_context;
mod causality;
mod delegate;
mod delta;
mod digest;
mod document;
mod dot;
mod merge;
mod or_map;
mod or_set;
mod overflow;
mod part;
mod readable;
mod replica_id;
mod replicated;
mod stamp;
mod store;
mod vector_clock;
mod writer;

pub use causal::Causal;
pub use causal_context::CausalContext;
pub use causality::Causality;
pub use delta::Delta;
pub use digest::Digest;
pub use document::{Conflict, Document, DocumentChange, DocumentError, Path, Schema, Shape, Survivor};
pub use dot::Dot;
pub use merge::Merge;
pub use or_map::OrMap;
pub use or_set::OrSet;
pub use overflow::Overflow;
pub use part::Part;
pub use replica_id::ReplicaId;
pub use replicated::Replicated;
pub use stamp::Stamp;
pub use store::{Change, DotFun, DotFunChange, DotMap, DotSet, DotStore, Keyed};
pub use vector_clock::VectorClock;
pub use writer::Writer;
