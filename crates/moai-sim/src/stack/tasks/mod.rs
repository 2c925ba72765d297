//! Tasks: a queue that crashes, and workers that stall, fail and are gone.

mod plan;
mod queue;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use super::{Ground, JournalDisk, SimClock, in_virtual_time, process};
use crate::{Ended, Scenario, Seeds, Violation};
use queue::Queue;

pub use plan::{PlannedTask, TasksPlan};

/// Tasks through a `TaskAllocator` with a journal: handed in under keys, given out under leases, tried again, given up.
///
/// - What was accepted is done, or is a dead letter in the end.
/// - A key is one task, whoever hands it in again.
/// - Epochs only grow, an old lease does nothing, and what is done is never given out again, over all crashes.
///
/// ```
/// use moai_sim::Campaign;
/// use moai_sim::stack::Tasks;
///
/// let report = Campaign::new(&Tasks).seeds(0..5).run();
/// assert!(report.failures.is_empty(), "{:#?}", report.failures);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Tasks;

impl Scenario for Tasks {
    type Plan = TasksPlan;

    fn name(&self) -> &'static str {
        "tasks"
    }

    fn plan(&self, seed: u64) -> TasksPlan {
        TasksPlan::draw(seed)
    }

    fn run(&self, plan: &TasksPlan) -> Ended {
        in_virtual_time(plan.seed, plan.chaos.clone(), async |ground| world(plan, &ground).await)
    }

    fn smaller(&self, plan: &TasksPlan) -> Vec<TasksPlan> {
        plan.smaller()
    }

    fn points(&self) -> &'static [&'static str] {
        &[
            "a process crashed",
            "a crash before a write",
            "a crash behind a write",
            "a write failed",
            "a write failed and was written",
            "a write was refused",
            "a write hung",
            "a disk was full",
            "a worker was gone",
            "a worker stalled",
            "a task failed",
            "a task was done",
            "a task was given up",
            "a task was tried again",
            "a lease was renewed",
            "a lease was stale",
        ]
    }
}

/// How long everything may take once nothing goes wrong any more.
const GRACE: Duration = Duration::from_secs(20);

async fn world(plan: &TasksPlan, ground: &Ground) {
    let mut seeds = Seeds::new(plan.seed ^ 0x7461_736b);
    let clock = SimClock::new(ground, &mut seeds);
    let queue = Arc::new(Queue {
        plan: plan.clone(),
        ground: ground.clone(),
        disk: JournalDisk::default(),
        clock,
        notes: std::sync::Mutex::default(),
        is_done: Notify::new(),
    });
    let (its, lives) = (Arc::clone(&queue), AtomicU64::new(0));
    let lives = process(ground, seeds.fork(), plan.chaos.crashes_of(0), move |life| {
        Arc::clone(&its).live(life, lives.fetch_add(1, Ordering::SeqCst))
    });
    let ended = ground.heals() + GRACE;
    tokio::select! {
        biased;
        why = lives => ground.broke(Violation::new("nothing panics", format!("the queue: {why:?}"))),
        () = queue.is_done.notified() => {}
        () = ground.until(ended) => ground.broke(Violation::new("every task ends", "some are open long after all was well")),
    }
}
