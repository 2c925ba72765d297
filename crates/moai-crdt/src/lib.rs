//! Clocks, and data that merges: whatever the order, however often, everybody ends with the same.
//!
//! **This crate has no clock, no network, no async and no chance.** Time comes in as a function or a stamp, replicas as
//! numbers, and what others did as states, deltas and digests, in any order.
//!
//! ```
//! use moai_core::agent_id;
//! use moai_crdt::{Causal, Merge, OrSet, ReplicaId};
//!
//! let (a, b) = (ReplicaId::derive(&agent_id!("agent-a"), 0), ReplicaId::derive(&agent_id!("agent-b"), 0));
//! let (mut here, mut there) = (Causal::<OrSet<&str>>::default(), Causal::<OrSet<&str>>::default());
//!
//! // A mutator returns its delta: what was done, and nothing else.
//! there.apply(&here.add(a, "task-1"));
//! // At the same time one removes what the other adds again: adding wins.
//! let removed = here.remove(&"task-1");
//! let added = there.add(b, "task-1");
//! there.apply(&removed);
//! here.apply(&added);
//! assert!(here.contains(&"task-1"));
//! assert_eq!(here, there);
//!
//! // A delta that got lost is made up for by a digest, removals included.
//! let _lost = here.remove(&"task-1");
//! there.apply(&here.delta_for(&there.digest()));
//! assert!(there.is_empty());
//! ```
//!
//! | what | types |
//! | --- | --- |
//! | who and when | [`ReplicaId`], [`Dot`], [`CausalContext`], [`VectorClock`], [`LamportClock`], [`HybridClock`] |
//! | numbers | [`GCounter`], [`PnCounter`], [`Contributions`], [`BoundedCounter`], [`Max`], [`Min`], [`DottedCounter`] |
//! | sets | [`GSet`], [`TwoPhaseSet`], [`OrSet`], [`RwSet`] |
//! | one value | [`LwwRegister`], [`MvRegister`], [`EwFlag`], [`DwFlag`] |
//! | under keys | [`OrMap`], [`LwwMap`], [`Document`] |
//! | the kernel | [`Merge`], [`Replicated`], [`Causal`], [`Delta`], [`Part`], [`Digest`], [`DotStore`] |
//! | bytes | [`wire`] |
//!
//! Types that carry dots stand in a [`Causal`], which holds what is known, and nest in an [`OrMap`]. Types that only grow
//! stand alone, and their deltas are [`Part`]s.
//!
//! The feature `laws` brings the law kit, for types of your own.

#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable)]
#![deny(clippy::indexing_slicing, clippy::string_slice)]

mod bounded_counter;
mod causal;
mod causal_context;
mod causality;
mod contributions;
mod delegate;
mod delta;
mod digest;
mod directory;
mod document;
mod dot;
mod dotted_counter;
mod dw_flag;
mod ew_flag;
mod g_counter;
mod g_set;
mod heirs;
mod hybrid_clock;
mod lamport_clock;
#[cfg(feature = "laws")]
pub mod laws;
mod lww_map;
mod lww_register;
mod max;
mod merge;
mod min;
mod mv_register;
mod or_map;
mod or_set;
mod overflow;
mod part;
mod pn_counter;
mod readable;
mod replica_id;
mod replicated;
mod rw_set;
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
pub use directory::{Collision, Directory};
pub use document::{Conflict, Document, DocumentChange, DocumentError, Path, Schema, Shape, Survivor};
pub use dot::Dot;
pub use dotted_counter::DottedCounter;
pub use dw_flag::DwFlag;
pub use ew_flag::EwFlag;
pub use g_counter::GCounter;
pub use g_set::GSet;
pub use hybrid_clock::{DriftExceeded, HybridClock};
pub use lamport_clock::LamportClock;
pub use lww_map::LwwMap;
pub use lww_register::LwwRegister;
pub use max::Max;
pub use merge::Merge;
pub use min::Min;
pub use mv_register::MvRegister;
pub use or_map::OrMap;
pub use or_set::OrSet;
pub use overflow::Overflow;
pub use part::Part;
pub use pn_counter::PnCounter;
pub use replica_id::ReplicaId;
pub use replicated::Replicated;
pub use rw_set::RwSet;
pub use stamp::Stamp;
pub use store::{Change, DotFun, DotFunChange, DotMap, DotSet, DotStore, Keyed};
pub use two_phase_set::TwoPhaseSet;
pub use vector_clock::VectorClock;
pub use wire::{Wire, WireForm, WireLimits, WireReader, WireWriter};
pub use writer::Writer;
