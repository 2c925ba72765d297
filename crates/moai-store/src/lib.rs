//! Memory for swarms of agents: in this process, in a file, behind a cache, and one that fails on command.
//!
//! | type | it keeps | for |
//! | --- | --- | --- |
//! | [`MemoryStore`] | state, as long as the process lives | tests, and swarms that live as long |
//! | [`MemoryJournal`] | records, as long as the process lives | the same |
//!
//! ```
//! # #[cfg(feature = "sqlite")] {
//! use moai_core::Coded;
//! use moai_store::{OpenError, SqliteStore};
//!
//! let refused = SqliteStore::open("/no/such/folder/swarm.db").unwrap_err();
//! assert_eq!(refused.code(), "open.no_folder");
//! assert!(OpenError::CODES.contains(&refused.code()));
//! # }
//! ```
#![cfg_attr(
    feature = "sqlite",
    doc = "| [`SqliteStore`] | state, in a file | swarms whose state must survive a crash |"
)]
#![cfg_attr(feature = "sqlite", doc = "| [`SqliteJournal`] | records, in the same file or its own | the same |")]
//! | [`CachedStore`] | the values read and written lately; everything else is in another | stores on a disk |
//! | [`FaultyStore`], [`FaultyJournal`] | nothing: they stand before another and fail when [`Faults`] says so | tests |
//!
//! All of them are providers of `moai-core`'s ports, and this crate knows no protocol: what the bytes mean is for others.
//! The file stands behind the feature `sqlite`, which is on unless it is switched off.

#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable)]
#![deny(clippy::indexing_slicing, clippy::string_slice)]

mod cached;
mod faulty;
mod memory;
mod room;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use cached::{CacheStatistics, CachedStore};
pub use faulty::{Fault, Faults, FaultyJournal, FaultyStore, Gate};
pub use memory::{BlockingMemoryStore, MemoryJournal, MemoryStore};
#[cfg(feature = "sqlite")]
pub use sqlite::{BlockingSqliteStore, OpenError, SqliteJournal, SqliteStore, Verified};
