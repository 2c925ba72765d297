//! The exams for whoever writes a coordinator, a memory provider or a journal.
//!
//! Every sentence of a port's contract is a check whose name says the fear: that the sentence is broken. A provider that
//! passes keeps the contract as far as can be seen from outside. **An exam needs no runtime and no clock**: it runs
//! under any executor. Threads it takes from the fixture, if that lends some (`together`).
//!
//! | whoever writes a | supplies a | and runs |
//! | --- | --- | --- |
//! | [`Coordinator`](crate::Coordinator) | [`CoordinatorFixture`] | [`coordinator`](coordinator()) |
//! | [`MemoryProvider`](crate::MemoryProvider) | [`MemoryProviderFixture`] | [`memory_provider`](memory_provider()) |
//! | [`Journal`](crate::Journal) | [`JournalFixture`] | [`journal`](journal()) |
//!
//! The fixture makes a fresh provider for each check, with small limits, so that they are reached cheaply. The exam in
//! ten lines:
//!
#![cfg_attr(feature = "local", doc = "```")]
#![cfg_attr(not(feature = "local"), doc = "```ignore")]
//! use std::sync::Arc;
//! use moai_core::conformance::{self, CoordinatorFixture};
//! use moai_core::{Coordinator, Limits, LocalCoordinator, SwarmId};
//!
//! struct Local;
//!
//! #[async_trait::async_trait]
//! impl CoordinatorFixture for Local {
//!     async fn fresh(&self, swarm: SwarmId, limits: Limits) -> Arc<dyn Coordinator> {
//!         Arc::new(LocalCoordinator::with_limits(swarm, limits))
//!     }
//! }
//!
//! pollster::block_on(conformance::coordinator(&Local)).assert();
//! ```
//!
//! **What an exam cannot see**:
//!
//! - What a crash leaves behind, and what a storage engine does when the disk lies to it: it opens a place again, but it
//!   does not pull the plug. Nor that a store is [`Poisoned`](crate::StoreError::Poisoned) after a write that failed.
//! - Every interleaving. Tasks take turns at the places where a provider waits, and nowhere else; threads race over many
//!   rounds, and a race that is rarely lost may be won each time. Without threads, the checks of races are skipped, and
//!   the report says so.
//! - A receiver that another thread's message finds just as it goes to sleep, and readers on other threads that see half a
//!   batch: only writers and senders race on threads.
//! - What happens at the true limits: it is held with small ones, and a provider that passes may still be slow, or hold
//!   too much in memory.

mod check;
mod coordinator;
mod journal;
mod memory_provider;
mod report;
mod threads;
mod turns;

pub use coordinator::{CoordinatorFixture, coordinator};
pub use journal::{JournalFixture, journal};
pub use memory_provider::{MemoryProviderFixture, memory_provider};
pub use report::{Failure, Report, Skipped};
