//! The exam for coordinators and their mailboxes.

mod broadcasting;
mod dropping;
mod examined;
mod filling;
mod joining;
mod leaving;
mod receiving;
mod sending;
mod serving;
mod viewing;

use std::sync::Arc;

use async_trait::async_trait;

use super::{Report, check, turns};
use crate::{Coordinator, Limits, SwarmId};

/// Makes the coordinators that [`coordinator`](coordinator()) examines: what whoever writes one has to supply.
#[async_trait]
pub trait CoordinatorFixture: Send + Sync + 'static {
    /// A coordinator of `swarm` that nobody has joined, in which everyone reaches everyone, and that keeps to the
    /// `participants`, `member_mailbox`, `service_mailbox` and `payload_bytes` of `limits`.
    ///
    /// Each swarm is asked for once. A fixture that cannot make one panics: it stands in a test.
    async fn fresh(&self, swarm: SwarmId, limits: Limits) -> Arc<dyn Coordinator>;

    /// How long to wait for what is due, and to watch that what must not come does not.
    ///
    /// By default it lets all others go first a few hundred times, which is enough where messages need nothing but
    /// polling. **Where they travel through other threads or machines, sleep here**, longer than any of them takes.
    async fn patience(&self) {
        turns::patience().await;
    }

    /// Runs all jobs at the same time, each on a thread of its own, returns once all are done, and says so with `true`.
    /// `false` means that it cannot, and the checks that need threads are skipped.
    ///
    /// A job drives its own futures and parks its thread while they wait. **Where they need a runtime around them, enter
    /// it in each thread**; and as this call blocks, what they wait for must not live on the thread that examines.
    ///
    /// ```
    /// fn together(jobs: Vec<Box<dyn FnOnce() + Send>>) -> bool {
    ///     std::thread::scope(|threads| jobs.into_iter().for_each(|job| drop(threads.spawn(job))));
    ///     true
    /// }
    /// # let (tell, told) = std::sync::mpsc::channel();
    /// # assert!(together(vec![Box::new(move || tell.send(7).unwrap())]));
    /// # assert_eq!(told.recv(), Ok(7));
    /// ```
    fn together(&self, jobs: Vec<Box<dyn FnOnce() + Send>>) -> bool {
        let _ = jobs;
        false
    }

    /// Whether this check is wanted. All are, by default; a check that failed can be looked at alone.
    fn wants(&self, check: &str) -> bool {
        let _ = check;
        true
    }
}

/// Examines a coordinator: every promise of [`Coordinator`] and [`Mailbox`](crate::Mailbox).
///
/// See the [module](crate::conformance) for an example.
pub async fn coordinator(fixture: &impl CoordinatorFixture) -> Report {
    let fixture: &dyn CoordinatorFixture = fixture;
    let checks = [
        joining::CHECKS,
        serving::CHECKS,
        sending::CHECKS,
        filling::CHECKS,
        broadcasting::CHECKS,
        receiving::CHECKS,
        leaving::CHECKS,
        viewing::CHECKS,
        dropping::CHECKS,
    ];
    check::run("coordinator", fixture, CoordinatorFixture::wants, &checks).await
}
