//! State that several agents change: versions, conflict resolution without order, synchronization without loss.
//!
//! | what | types |
//! | --- | --- |
//! | a version of a state | [`StateVersion`], [`SharedState`], [`Metadata`], [`CrdtType`], [`Mergeable`], [`AgentClock`] |
//! | several become one | [`ConflictResolver`], [`Strategy`]: [`Lww`], [`Vector`], [`Crdt`], [`ByPrefix`]; [`Resolved`] |
//! | what an agent holds | [`Replica`], [`ReplicaHandler`] |
//! | the swarm's states | [`StateSynchronizer`], [`SyncReport`], [`Delta`], [`Watch`] |
//! | between rounds | [`ReplicaHandler::follows`], [`ReplicaHandler::pushes`]; [`StateFollow`], [`StateFollowed`], [`StateWritten`] |
//! | two replicas find what differs | [`reconcile`] |
//! | two replicas exchange it | [`Exchange`], [`ExchangeCounts`] |
//!
//! Resolving and reconciling are plain Rust. Rounds, watches and what happens between rounds wait by tokio's clock. There are
//! no features.
//!
//! ```
//! use moai_core::{StateKey, agent_id, value};
//! use moai_sync::Replica;
//!
//! fn main() -> Result<(), moai_sync::WriteError> {
//!     let replica = Replica::new(agent_id!("agent-1"));
//!     let (tasks, count) = (StateKey::new("tasks")?, StateKey::new("task_count")?);
//!     replica.add(&tasks, value!("index"))?;
//!     replica.contribute(&count, 42)?;
//!     assert_eq!(replica.value(&tasks), Some(value!(["index"])));
//!     assert_eq!(replica.value(&count), Some(value!(42)));
//!     Ok(())
//! }
//! ```

#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable)]
#![deny(clippy::indexing_slicing, clippy::string_slice)]

mod agent_clock;
mod crdt_type;
mod exchange;
mod frame;
mod live_message;
mod mergeable;
mod message;
mod metadata;
pub mod reconcile;
mod replica;
mod resolve;
mod shared_state;
mod state_version;
mod sync;

pub use agent_clock::AgentClock;
pub use crdt_type::CrdtType;
pub use exchange::{Exchange, ExchangeCounts, ExchangeError};
pub use live_message::{StateBegun, StateFollow, StateFollowed, StateWritten, Told};
pub use mergeable::{Fields, Mergeable, OtherType, Written};
pub use message::{Answer, Known, StateChange, StateDigest, StateRequest, StateResponse, StateUpdate, message_kinds};
pub use metadata::Metadata;
pub use replica::{Replica, ReplicaHandler, WriteError};
pub use resolve::{ByPrefix, ConflictResolver, Crdt, Lww, ResolveError, Resolved, Strategy, Vector, Way};
pub use shared_state::SharedState;
pub use state_version::StateVersion;
pub use sync::{
    Delta, Hearsay, Periodic, Priority, Refused, Round, Since, StateSynchronizer, SyncError, SyncOptions, SyncReport,
    SyncSnapshot, Traffic, Watch,
};
