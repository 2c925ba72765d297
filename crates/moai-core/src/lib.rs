//! The words that everyone in a swarm shares, and the ports to the world.
//!
//! **This crate knows no protocol, no data type that merges and no runtime.** Others build on it; whoever writes a
//! coordinator, a memory provider or a journal needs nothing else.
//!
//! | feature | adds | on by default |
//! | --- | --- | --- |
//! | none | names, keys, [`Value`] and its canonical bytes, [`Digest`], [`Version`], [`Limits`], errors | always |
//! | `json` | values as JSON text, and to and from `serde_json`'s own type | with `ports` |
//! | `ports` | times, envelopes, handlers, and the ports: coordinator, mailbox, memory provider, journal, clock, chance | yes |
//! | `local` | `LocalCoordinator`, a swarm in one process, without a runtime | yes |
//! | `conformance` | the exams for whoever writes a coordinator, a memory provider or a journal | no |
//!
//! ```
//! use moai_core::{AgentId, Coded, agent_id, value};
//!
//! // Names are checked once, when they are made, and those in the source when it compiles.
//! assert_eq!(AgentId::new("agent-1")?, agent_id!("agent-1"));
//! assert_eq!(AgentId::new("Agent 1").unwrap_err().code(), "input.bad_character");
//!
//! // However a value is put together, its digest is the same.
//! assert_eq!(value!({"a": 1, "b": [0.5]}).digest(), value!({"b": [0.5], "a": 1}).digest());
//! # Ok::<(), moai_core::InvalidInput>(())
//! ```

#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable)]
#![deny(clippy::indexing_slicing, clippy::string_slice)]

mod agent_id;
mod algorithm_name;
mod canonical;
mod coded;
mod digest;
mod hex;
mod invalid_input;
mod key_range;
mod limits;
mod message_kind;
mod name;
mod namespace;
#[doc(hidden)]
pub mod planted;
mod proposal_id;
mod raw;
mod record_kind;
mod state_key;
mod swarm_id;
mod value;
mod version;
mod words;

#[cfg(feature = "ports")]
mod chance;
#[cfg(feature = "ports")]
mod clock;
#[cfg(feature = "ports")]
mod coordinator;
#[cfg(feature = "ports")]
mod correlation_id;
#[cfg(feature = "ports")]
mod cursor;
#[cfg(feature = "ports")]
mod envelope;
#[cfg(feature = "ports")]
mod handler;
#[cfg(feature = "ports")]
mod journal;
#[cfg(feature = "ports")]
mod mailbox;
#[cfg(feature = "ports")]
mod memory_provider;
#[cfg(feature = "ports")]
mod payload;
#[cfg(feature = "ports")]
mod timestamp;

#[cfg(feature = "local")]
mod local;

#[cfg(feature = "conformance")]
pub mod conformance;

pub use agent_id::AgentId;
pub use algorithm_name::AlgorithmName;
pub use coded::{Aftermath, Coded};
pub use digest::{Digest, DigestBuilder};
pub use invalid_input::InvalidInput;
pub use key_range::KeyRange;
pub use limits::Limits;
pub use message_kind::MessageKind;
#[doc(hidden)]
pub use name::is_name as __is_name;
pub use namespace::Namespace;
pub use proposal_id::ProposalId;
pub use record_kind::RecordKind;
pub use state_key::StateKey;
pub use swarm_id::SwarmId;
pub use version::Version;

#[cfg(feature = "ports")]
pub use {
    chance::{Chance, ChanceError, SeededChance, SystemChance},
    clock::{Clock, FixedClock, SteeredClock, SystemClock},
    coordinator::{AgentState, Coordinator, CoordinatorError, Delivered, Member, Role, Topology, View},
    correlation_id::CorrelationId,
    cursor::{Cursor, Epoch},
    envelope::Envelope,
    handler::{Handled, Handler, Outgoing, Work},
    journal::{BadRecord, Chain, Flaw, Head, Journal, JournalError, NewRecord, Record, verify_journal},
    mailbox::Mailbox,
    memory_provider::{
        Batch, Change, Changes, Committed, Durability, Entry, Expected, Happened, Held, Listing, MemoryProvider,
        Persistence, Precondition, SnapshotPage, SnapshotPlace, Standing, StoreError,
    },
    timestamp::Timestamp,
};

/// What stands above an implementation of a port, so that whoever writes one needs no dependency for it.
#[cfg(feature = "ports")]
#[doc(no_inline)]
pub use async_trait::async_trait;

#[cfg(feature = "local")]
pub use local::{LocalCoordinator, LocalMailbox};
pub use value::{Array, Map, Number, Value, ValueSeed};

#[doc(hidden)]
pub use value::literal as __literal;
