//! A memory whose commits are recorded is a memory provider like any other.

use std::sync::Arc;

use moai_core::conformance::{self, MemoryProviderFixture};
use moai_core::{Limits, MemoryProvider, SystemChance, async_trait};
use moai_store::{MemoryJournal, MemoryStore};
use moai_swarm::audit::AuditedMemory;
use pollster::block_on;

struct Audited;

#[async_trait]
impl MemoryProviderFixture for Audited {
    async fn open(&self, _: &str, limits: Limits) -> Arc<dyn MemoryProvider> {
        let store = Arc::new(MemoryStore::with(&SystemChance, limits).unwrap());
        Arc::new(AuditedMemory::new(store, Arc::new(MemoryJournal::new())))
    }

    fn together(&self, jobs: Vec<Box<dyn FnOnce() + Send>>) -> bool {
        std::thread::scope(|threads| jobs.into_iter().for_each(|job| drop(threads.spawn(job))));
        true
    }
}

#[test]
fn a_memory_whose_commits_are_recorded_breaks_a_promise() {
    block_on(conformance::memory_provider(&Audited)).assert();
}
