//! The exam for coordinators is passed by the right ones, and each of its checks fails the one that is wrong.

#![allow(clippy::disallowed_methods, reason = "the exam is sat on threads too")]

mod fault;
#[path = "../meeting/mod.rs"]
mod meeting;
mod reference;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use moai_core::conformance::{self, CoordinatorFixture};
use moai_core::{Coordinator, Limits, LocalCoordinator, SwarmId, swarm_id};

use fault::{FAULTS, Fault};
use meeting::Meeting;
use reference::{Manner, Reference, Registry};

struct Local;

#[async_trait]
impl CoordinatorFixture for Local {
    async fn fresh(&self, swarm: SwarmId, limits: Limits) -> Arc<dyn Coordinator> {
        Arc::new(LocalCoordinator::with_limits(swarm, limits))
    }

    fn together(&self, jobs: Vec<Box<dyn FnOnce() + Send>>) -> bool {
        std::thread::scope(|threads| jobs.into_iter().for_each(|job| drop(threads.spawn(job))));
        true
    }
}

struct References {
    manner: Manner,
    /// The one check that is wanted.
    only: Option<&'static str>,
    shared: Registry,
}

#[async_trait]
impl CoordinatorFixture for References {
    async fn fresh(&self, swarm: SwarmId, limits: Limits) -> Arc<dyn Coordinator> {
        let shares = self.manner == Manner::Broken(Fault::SharesOneRegistry);
        let registry = if shares { Arc::clone(&self.shared) } else { Registry::default() };
        Arc::new(Reference {
            manner: self.manner,
            swarm,
            elsewhere: swarm_id!("elsewhere"),
            limits,
            registry,
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
    pollster::block_on(conformance::coordinator(&References { manner, only, shared: Registry::default() }))
}

#[test]
fn the_local_coordinator_breaks_its_word() {
    let report = pollster::block_on(conformance::coordinator(&Local));
    assert_eq!(report.skipped, []);
    report.assert();
}

#[test]
fn a_right_coordinator_is_blamed() {
    examine(Manner::Prompt, None).assert();
}

#[test]
fn a_right_coordinator_is_blamed_for_taking_its_time() {
    examine(Manner::Late, None).assert();
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
    assert_eq!(checks.len(), passed.len(), "two checks have one name, and one swarm");
    let shown: BTreeSet<_> = FAULTS.iter().map(|(_, check)| *check).collect();
    assert_eq!(shown, checks, "each check needs a broken provider that it fails");
}

#[test]
fn an_exam_cannot_be_spawned() {
    fn spawns(_: impl Future<Output = conformance::Report> + Send) {}
    spawns(conformance::coordinator(&Local));
}

#[test]
fn a_report_is_not_readable() {
    let report = examine(Manner::Broken(Fault::BeginsIdle), None);
    let text = report.to_string();
    assert!(text.contains("a_new_member_is_not_active\n    promised: A new member is Active.\n    found: "), "{text}");
    assert_eq!(report.clone().into_result(), Err(report));
}
