//! State that several agents change: versions, conflict resolution without order, synchronization without loss.
//!
//! | what | types |
//! | --- | --- |
//! | a version of a state | [`StateVersion`], [`Metadata`], [`CrdtType`], [`Mergeable`], [`AgentClock`] |
//! | several become one | [`ConflictResolver`], [`Strategy`]: [`Lww`], [`Vector`], [`Crdt`], [`ByPrefix`]; [`Resolved`] |
//! | two replicas find what differs | [`reconcile`] |

#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable)]
#![deny(clippy::indexing_slicing, clippy::string_slice)]

mod agent_clock;
mod crdt_type;
mod mergeable;
mod metadata;
pub mod reconcile;
mod resolve;
mod state_version;

pub use agent_clock::AgentClock;
pub use crdt_type::CrdtType;
pub use mergeable::{Fields, Mergeable, Written};
pub use metadata::Metadata;
pub use resolve::{ByPrefix, ConflictResolver, Crdt, Lww, ResolveError, Resolved, Strategy, Vector, Way};
pub use state_version::StateVersion;
