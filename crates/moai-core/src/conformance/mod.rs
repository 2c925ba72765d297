//! The exams for whoever writes a coordinator, a memory provider or a journal.
//!
//! Every sentence of a port's contract is a check whose name says the fear: that the sentence is broken. A provider that
//! passes keeps the contract as far as can be seen from outside. **An exam needs no runtime, no clock and no threads**:
//! it runs under any executor.
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
//! **What an exam cannot see**: what a crash leaves behind, and what a storage engine does when the disk lies to it.
//! It opens a place again, but it does not pull the plug.

mod check;
mod coordinator;
mod journal;
mod memory_provider;
mod report;
mod turns;

pub use coordinator::{CoordinatorFixture, coordinator};
pub use journal::{JournalFixture, journal};
pub use memory_provider::{MemoryProviderFixture, memory_provider};
pub use report::{Failure, Report, Skipped};
