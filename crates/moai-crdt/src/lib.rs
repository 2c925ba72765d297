//! Clocks, and data that merges.

#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod causal;
mod causal_context;
mod causality;
mod delegate;
mod delta;
mod digest;
mod directory;
mod dot;
mod dotted_counter;
mod dw_flag;
mod ew_flag;
mod lww_map;
mod lww_register;
mod merge;
mod mv_register;
mod or_map;
mod or_set;
mod overflow;
mod part;
mod readable;
mod replica_id;
mod replicated;
mod rw_set;
mod stamp;
mod store;
mod vector_clock;
mod writer;

pub use causal::Causal;
pub use causal_context::CausalContext;
pub use causality::Causality;
pub use delta::Delta;
pub use digest::Digest;
pub use directory::{Collision, Directory};
pub use dot::Dot;
pub use dotted_counter::DottedCounter;
pub use dw_flag::DwFlag;
pub use ew_flag::EwFlag;
pub use lww_map::LwwMap;
pub use lww_register::LwwRegister;
pub use merge::Merge;
pub use mv_register::MvRegister;
pub use or_map::OrMap;
pub use or_set::OrSet;
pub use overflow::Overflow;
pub use part::Part;
pub use replica_id::ReplicaId;
pub use replicated::Replicated;
pub use rw_set::RwSet;
pub use stamp::Stamp;
pub use store::{Change, DotFun, DotFunChange, DotMap, DotSet, DotStore, Keyed};
pub use vector_clock::VectorClock;
pub use writer::Writer;
