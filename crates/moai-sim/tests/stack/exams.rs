//! The ports of a world keep every promise while nothing goes wrong.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use moai_core::conformance::{self, CoordinatorFixture, JournalFixture, MemoryProviderFixture};
use moai_core::{Coordinator, Journal, Limits, LocalCoordinator, MemoryProvider, SwarmId};
use moai_sim::stack::{Chaos, Ground, JournalDisk, Life, MemoryDisk, SimNetwork};
use tokio::runtime::Builder;

fn calm() -> Ground {
    Ground::new(7, Chaos::NONE)
}

struct Networks;

#[async_trait::async_trait]
impl CoordinatorFixture for Networks {
    async fn fresh(&self, swarm: SwarmId, limits: Limits) -> Arc<dyn Coordinator> {
        let inner = Arc::new(LocalCoordinator::with_limits(swarm, limits));
        SimNetwork::new(calm(), inner).door(&Life::new())
    }
}

/// A place is a disk, and each time that it is opened a life, with limits of its own.
#[derive(Default)]
struct Disks {
    journals: Mutex<BTreeMap<String, JournalDisk>>,
    memories: Mutex<BTreeMap<String, MemoryDisk>>,
}

#[async_trait::async_trait]
impl JournalFixture for Disks {
    async fn open(&self, place: &str, limits: Limits) -> Arc<dyn Journal> {
        let mut disks = self.journals.lock().unwrap();
        let disk = disks.entry(place.to_owned()).or_insert_with(|| JournalDisk::with_limits(limits));
        Arc::new(disk.open(&calm(), &Life::new()))
    }
}

#[async_trait::async_trait]
impl MemoryProviderFixture for Disks {
    async fn open(&self, place: &str, limits: Limits) -> Arc<dyn MemoryProvider> {
        let mut disks = self.memories.lock().unwrap();
        let disk = disks.entry(place.to_owned()).or_insert_with(|| MemoryDisk::with_limits(7, limits).unwrap());
        Arc::new(disk.open(&calm(), &Life::new()))
    }
}

fn at_once<T>(exam: impl Future<Output = T>) -> T {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(exam)
}

#[test]
fn the_network_breaks_a_promise_while_nothing_goes_wrong() {
    let report = at_once(conformance::coordinator(&Networks));
    report.assert();
    assert!(report.passed.len() > 40, "{} checks are not the whole exam", report.passed.len());
}

#[test]
fn the_journal_breaks_a_promise_while_nothing_goes_wrong() {
    let report = at_once(conformance::journal(&Disks::default()));
    report.assert();
    assert!(report.passed.len() > 25, "{} checks are not the whole exam", report.passed.len());
}

#[test]
fn the_memory_breaks_a_promise_while_nothing_goes_wrong() {
    let report = at_once(conformance::memory_provider(&Disks::default()));
    report.assert();
    assert!(report.passed.len() > 120, "{} checks are not the whole exam", report.passed.len());
}
