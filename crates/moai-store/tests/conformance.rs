//! The exams of the ports, sat by every provider of this crate; a wrapper that is told to do nothing passes as well.

#![allow(clippy::disallowed_methods, reason = "the exam is sat on threads too")]

mod folder;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use folder::Folder;
use moai_core::conformance::{self, JournalFixture, MemoryProviderFixture, Report};
use moai_core::{Journal, Limits, MemoryProvider, SystemChance};
use moai_store::{
    CachedStore, Faults, FaultyJournal, FaultyStore, MemoryJournal, MemoryStore, SqliteJournal, SqliteStore,
};
use pollster::block_on;

fn on_threads(jobs: Vec<Box<dyn FnOnce() + Send>>) -> bool {
    std::thread::scope(|threads| jobs.into_iter().for_each(|job| drop(threads.spawn(job))));
    true
}

struct InMemory;

#[async_trait]
impl MemoryProviderFixture for InMemory {
    async fn open(&self, _: &str, limits: Limits) -> Arc<dyn MemoryProvider> {
        Arc::new(MemoryStore::with(&SystemChance, limits).unwrap())
    }

    fn together(&self, jobs: Vec<Box<dyn FnOnce() + Send>>) -> bool {
        on_threads(jobs)
    }
}

#[async_trait]
impl JournalFixture for InMemory {
    async fn open(&self, _: &str, limits: Limits) -> Arc<dyn Journal> {
        Arc::new(MemoryJournal::with_limits(limits))
    }

    fn together(&self, jobs: Vec<Box<dyn FnOnce() + Send>>) -> bool {
        on_threads(jobs)
    }
}

struct Wrapped;

#[async_trait]
impl MemoryProviderFixture for Wrapped {
    async fn open(&self, place: &str, limits: Limits) -> Arc<dyn MemoryProvider> {
        Arc::new(FaultyStore::new(MemoryProviderFixture::open(&InMemory, place, limits).await, Faults::new()))
    }

    fn together(&self, jobs: Vec<Box<dyn FnOnce() + Send>>) -> bool {
        on_threads(jobs)
    }
}

#[async_trait]
impl JournalFixture for Wrapped {
    async fn open(&self, place: &str, limits: Limits) -> Arc<dyn Journal> {
        Arc::new(FaultyJournal::new(JournalFixture::open(&InMemory, place, limits).await, Faults::new()))
    }

    fn together(&self, jobs: Vec<Box<dyn FnOnce() + Send>>) -> bool {
        on_threads(jobs)
    }
}

/// Each place is a file of its own.
struct InFiles(Folder);

#[async_trait]
impl MemoryProviderFixture for InFiles {
    async fn open(&self, place: &str, limits: Limits) -> Arc<dyn MemoryProvider> {
        Arc::new(SqliteStore::open_with(self.0.path(place), &SystemChance, limits).unwrap())
    }

    fn together(&self, jobs: Vec<Box<dyn FnOnce() + Send>>) -> bool {
        on_threads(jobs)
    }
}

#[async_trait]
impl JournalFixture for InFiles {
    async fn open(&self, place: &str, limits: Limits) -> Arc<dyn Journal> {
        Arc::new(SqliteJournal::open_with(self.0.path(place), limits).unwrap())
    }

    fn together(&self, jobs: Vec<Box<dyn FnOnce() + Send>>) -> bool {
        on_threads(jobs)
    }
}

/// Behind a cache of so many bytes.
struct Cached<F>(usize, F);

#[async_trait]
impl<F: MemoryProviderFixture> MemoryProviderFixture for Cached<F> {
    async fn open(&self, place: &str, limits: Limits) -> Arc<dyn MemoryProvider> {
        Arc::new(CachedStore::new(self.1.open(place, limits).await, self.0))
    }

    fn together(&self, jobs: Vec<Box<dyn FnOnce() + Send>>) -> bool {
        self.1.together(jobs)
    }
}

/// Everything passed, and what was skipped needs a crash that memory cannot survive.
#[track_caller]
fn passes(report: &Report, at_least: usize) {
    report.assert();
    let skipped: BTreeSet<_> = report.skipped.iter().map(|skipped| skipped.why).collect();
    assert_eq!(skipped, BTreeSet::from(["it lives as long as the process does"]));
    assert!(report.passed.len() >= at_least, "{} checks are not the whole exam", report.passed.len());
}

#[test]
fn the_memory_store_breaks_a_promise() {
    passes(&block_on(conformance::memory_provider(&InMemory)), 130);
}

#[test]
fn the_memory_journal_breaks_a_promise() {
    passes(&block_on(conformance::journal(&InMemory)), 28);
}

#[test]
fn a_wrapper_without_faults_breaks_a_promise() {
    passes(&block_on(conformance::memory_provider(&Wrapped)), 130);
    passes(&block_on(conformance::journal(&Wrapped)), 28);
}

#[test]
fn a_cache_breaks_a_promise() {
    // Room for everything, for two or three entries, and for none.
    for bytes in [64 << 20, 1_200, 0] {
        passes(&block_on(conformance::memory_provider(&Cached(bytes, InMemory))), 130);
    }
}

#[test]
fn a_cache_before_a_file_breaks_a_promise() {
    let report = block_on(conformance::memory_provider(&Cached(64 << 20, InFiles(Folder::new("exam-cached")))));
    report.assert();
    assert_eq!(report.skipped, []);
}

#[test]
fn the_sqlite_store_breaks_a_promise() {
    let report = block_on(conformance::memory_provider(&InFiles(Folder::new("exam-store"))));
    report.assert();
    assert_eq!(report.skipped, []);
}

#[test]
fn the_sqlite_journal_breaks_a_promise() {
    let report = block_on(conformance::journal(&InFiles(Folder::new("exam-journal"))));
    report.assert();
    assert_eq!(report.skipped, []);
}
