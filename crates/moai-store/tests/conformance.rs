//! The exams of the ports, sat by every provider of this crate; a wrapper that is told to do nothing passes as well.

use std::sync::Arc;

use async_trait::async_trait;
use moai_core::conformance::{self, JournalFixture, MemoryProviderFixture, Report};
use moai_core::{Journal, Limits, MemoryProvider, SystemChance};
use moai_store::{Faults, FaultyJournal, FaultyStore, MemoryJournal, MemoryStore};
use pollster::block_on;

struct InMemory;

#[async_trait]
impl MemoryProviderFixture for InMemory {
    async fn open(&self, _: &str, limits: Limits) -> Arc<dyn MemoryProvider> {
        Arc::new(MemoryStore::with(&SystemChance, limits).unwrap())
    }
}

#[async_trait]
impl JournalFixture for InMemory {
    async fn open(&self, _: &str, limits: Limits) -> Arc<dyn Journal> {
        Arc::new(MemoryJournal::with_limits(limits))
    }
}

struct Wrapped;

#[async_trait]
impl MemoryProviderFixture for Wrapped {
    async fn open(&self, place: &str, limits: Limits) -> Arc<dyn MemoryProvider> {
        Arc::new(FaultyStore::new(MemoryProviderFixture::open(&InMemory, place, limits).await, Faults::new()))
    }
}

#[async_trait]
impl JournalFixture for Wrapped {
    async fn open(&self, place: &str, limits: Limits) -> Arc<dyn Journal> {
        Arc::new(FaultyJournal::new(JournalFixture::open(&InMemory, place, limits).await, Faults::new()))
    }
}

/// Everything passed, and what was skipped needs a crash that memory cannot survive.
#[track_caller]
fn passes(report: &Report, at_least: usize) {
    report.assert();
    assert!(report.passed.len() >= at_least, "{} checks are not the whole exam", report.passed.len());
}

#[test]
fn the_memory_store_breaks_a_promise() {
    passes(&block_on(conformance::memory_provider(&InMemory)), 100);
}

#[test]
fn the_memory_journal_breaks_a_promise() {
    passes(&block_on(conformance::journal(&InMemory)), 25);
}

#[test]
fn a_wrapper_without_faults_breaks_a_promise() {
    passes(&block_on(conformance::memory_provider(&Wrapped)), 100);
    passes(&block_on(conformance::journal(&Wrapped)), 25);
}
