//! The exam for memory providers is passed by the right ones, and each of its checks fails the one that is wrong.

#![allow(clippy::disallowed_methods, reason = "the exam is sat on threads too")]

mod fault;
#[path = "../gate/mod.rs"]
mod gate;
#[path = "../meeting/mod.rs"]
mod meeting;
mod reference;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use moai_core::conformance::{self, MemoryProviderFixture};
use moai_core::{Limits, MemoryProvider};

use fault::FAULTS;
use gate::Gate;
use meeting::Meeting;
use reference::{Disk, Manner, Reference};

struct References {
    manner: Manner,
    /// The one check that is wanted.
    only: Option<&'static str>,
    disks: Mutex<BTreeMap<String, Arc<Mutex<Disk>>>>,
}

#[async_trait]
impl MemoryProviderFixture for References {
    async fn open(&self, place: &str, limits: Limits) -> Arc<dyn MemoryProvider> {
        let mut disks = self.disks.lock().unwrap();
        let disk = disks.entry(place.to_owned()).or_insert_with(|| Arc::new(Mutex::new(Disk::new())));
        assert_eq!(Arc::strong_count(disk), 1, "the provider that had {place} open is still there");
        disk.lock().unwrap().survive(self.manner);
        Arc::new(Reference {
            manner: self.manner,
            limits,
            disk: Arc::clone(disk),
            gate: Gate::default(),
            meeting: Meeting::default(),
        })
    }

    fn together(&self, jobs: Vec<Box<dyn FnOnce() + Send>>) -> bool {
        std::thread::scope(|threads| jobs.into_iter().for_each(|job| drop(threads.spawn(job))));
        true
    }

    fn wants(&self, check: &str) -> bool {
        self.only.is_none_or(|only| only == check)
    }
}

fn examine(manner: Manner, only: Option<&'static str>) -> conformance::Report {
    pollster::block_on(conformance::memory_provider(&References { manner, only, disks: Mutex::default() }))
}

#[test]
fn a_right_provider_is_blamed() {
    let report = examine(Manner::Prompt, None);
    assert_eq!(report.skipped, []);
    report.assert();
}

#[test]
fn a_right_provider_is_blamed_for_taking_its_time() {
    examine(Manner::Late, None).assert();
}

#[test]
fn a_right_provider_is_blamed_for_small_pages() {
    examine(Manner::Terse, None).assert();
}

#[test]
fn a_volatile_provider_is_blamed_for_forgetting() {
    let report = examine(Manner::Volatile, None);
    report.assert();
    assert_eq!(report.skipped.len(), 6);
}

struct WithoutThreads(References);

#[async_trait]
impl MemoryProviderFixture for WithoutThreads {
    async fn open(&self, place: &str, limits: Limits) -> Arc<dyn MemoryProvider> {
        self.0.open(place, limits).await
    }
}

#[test]
fn a_fixture_without_threads_passes_a_check_that_it_did_not_make() {
    let right = References { manner: Manner::Prompt, only: None, disks: Mutex::default() };
    let report = pollster::block_on(conformance::memory_provider(&WithoutThreads(right)));
    report.assert();
    let skipped: Vec<_> = report.skipped.iter().map(|skipped| (skipped.check, skipped.why)).collect();
    assert_eq!(skipped, [("two_writers_on_threads_both_win", "its fixture lends no threads")]);
}

#[test]
fn a_broken_promise_goes_unnoticed() {
    let notices = |(fault, check)| examine(Manner::Broken(fault), Some(check)).failed.len() == 1;
    let unnoticed: Vec<_> = FAULTS.iter().filter(|it| !notices(**it)).collect();
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
}

#[test]
fn a_check_cannot_fail() {
    let passed = examine(Manner::Prompt, None).passed;
    let checks: BTreeSet<_> = passed.iter().copied().collect();
    assert_eq!(checks.len(), passed.len(), "two checks have one name, and one place");
    let shown: BTreeSet<_> = FAULTS.iter().map(|(_, check)| *check).collect();
    assert_eq!(shown, checks, "each check needs a broken provider that it fails");
}
