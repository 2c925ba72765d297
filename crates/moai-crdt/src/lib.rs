//! Clocks, and data that merges.

#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod causal;
mod causal_context;
mod causality;
mod delegate;
mod delta;
mod digest;
mod dot;
mod g_counter;
mod heirs;
mod merge;
mod or_map;
mod or_set;
mod overflow;
mod part;
mod readable;
mod replica_id;
mod replicated;
mod sorted_map;
mod store;
mod vector_clock;
mod writer;

pub use causal::Causal;
pub use causal_context::CausalContext;
pub use causality::Causality;
pub use delta::Delta;
pub use digest::Digest;
pub use dot::Dot;
pub use g_counter::GCounter;
pub use merge::Merge;
pub use or_map::OrMap;
pub use or_set::OrSet;
pub use overflow::Overflow;
pub use part::Part;
pub use replica_id::ReplicaId;
pub use replicated::Replicated;
pub use store::{Change, DotFun, DotFunChange, DotMap, DotSet, DotStore, Keyed};
pub use vector_clock::VectorClock;
pub use writer::Writer;
