//! Clocks, and data that merges.

#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bounded_counter;
mod causal;
mod causal_context;
mod causality;
mod contributions;
mod delegate;
mod delta;
mod digest;
mod document;
mod dot;
mod g_counter;
mod g_set;
mod heirs;
mod hybrid_clock;
mod lamport_clock;
#[cfg(feature = "laws")]
pub mod laws;
mod max;
mod merge;
mod min;
mod or_map;
mod or_set;
mod overflow;
mod part;
mod pn_counter;
mod readable;
mod replica_id;
mod replicated;
mod sorted_map;
mod stamp;
mod store;
mod two_phase_set;
mod vector_clock;
pub mod wire;
mod writer;

pub use bounded_counter::{BoundedCounter, BudgetError};
pub use causal::Causal;
pub use causal_context::CausalContext;
pub use causality::Causality;
pub use contributions::{Contribution, Contributions};
pub use delta::Delta;
pub use digest::Digest;
pub use document::{Conflict, Document, DocumentChange, DocumentError, Path, Schema, Shape, Survivor};
pub use dot::Dot;
pub use g_counter::GCounter;
pub use g_set::GSet;
pub use hybrid_clock::{DriftExceeded, HybridClock};
pub use lamport_clock::LamportClock;
pub use max::Max;
pub use merge::Merge;
pub use min::Min;
pub use or_map::OrMap;
pub use or_set::OrSet;
pub use overflow::Overflow;
pub use part::Part;
pub use pn_counter::PnCounter;
pub use replica_id::ReplicaId;
pub use replicated::Replicated;
pub use stamp::Stamp;
pub use store::{Change, DotFun, DotFunChange, DotMap, DotSet, DotStore, Keyed};
pub use two_phase_set::TwoPhaseSet;
pub use vector_clock::VectorClock;
pub use wire::{Wire, WireForm, WireLimits, WireReader, WireWriter};
pub use writer::Writer;
