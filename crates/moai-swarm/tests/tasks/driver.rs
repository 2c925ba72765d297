//! The allocator over a journal, and agents that wait for tasks.

use std::sync::Arc;

use moai_core::{Clock, Coded, Journal, SystemClock};
use moai_store::{Fault, Faults, FaultyJournal, MemoryJournal};
use moai_swarm::{NewTask, TaskAllocator, TaskOptions, Worker};

use super::{agent, seconds};

async fn recovered(journal: &Arc<dyn Journal>) -> TaskAllocator {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let tasks = TaskAllocator::recover(TaskOptions::default(), journal.clone(), clock).await.unwrap();
    tasks.join(agent(1), Worker::new().with_limit(100)).await;
    tasks
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_not_told_of_a_new_task() {
    let tasks = TaskAllocator::new(TaskOptions::default()).unwrap();
    tasks.join(agent(1), Worker::new()).await;
    let name = agent(1);
    let (leased, submitted) = tokio::join!(tasks.pull(&name), tasks.submit(NewTask::new("x")));
    assert_eq!(leased.unwrap().lease.task, submitted.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_ran_out_still_holds() {
    let tasks = TaskAllocator::new(TaskOptions::default().with_attempts(2)).unwrap();
    tasks.join(agent(1), Worker::new()).await;
    tasks.join(agent(2), Worker::new()).await;
    let id = tasks.submit(NewTask::new("x")).await.unwrap();
    let old = tasks.pull(&agent(1)).await.unwrap();
    tokio::time::advance(seconds(20)).await;
    tasks.renew(old.lease).await.unwrap();
    let begun = tokio::time::Instant::now();
    let new = tasks.pull(&agent(2)).await.unwrap();
    assert!(begun.elapsed() >= seconds(30) && begun.elapsed() < seconds(31));
    assert_eq!((new.lease.task, new.attempts), (id, 1));
    assert_eq!(tasks.complete(old.lease).await.unwrap_err().code(), "task.stale_lease");
    tasks.fail(new.lease).await.unwrap();
    assert_eq!(tasks.dead_letters().await.unwrap(), [(id, NewTask::new("x"))]);
}

#[tokio::test(start_paused = true)]
async fn a_lease_from_before_a_crash_holds_after_it() {
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
    let tasks = recovered(&journal).await;
    let task = NewTask::new("x").needing("vision").at("here").with_key("a").priority(3);
    tasks.join(agent(2), Worker::new().capable_of("vision")).await;
    let id = tasks.submit(task.clone()).await.unwrap();
    let old = tasks.pull(&agent(2)).await.unwrap();
    let tasks = recovered(&journal).await;
    tasks.join(agent(2), Worker::new().capable_of("vision")).await;
    assert_eq!(tasks.submit(task).await.unwrap(), id);
    let new = tasks.pull(&agent(2)).await.unwrap();
    assert_eq!(new.lease.task, id);
    assert!(new.lease.epoch > old.lease.epoch);
    assert_eq!(tasks.complete(old.lease).await.unwrap_err().code(), "task.stale_lease");
    tasks.complete(new.lease).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_was_not_recorded_is_acknowledged() {
    let (faults, inner) = (Faults::new(), Arc::new(MemoryJournal::new()));
    let journal: Arc<dyn Journal> = Arc::new(FaultyJournal::new(inner, faults.clone()));
    let tasks = recovered(&journal).await;
    tasks.submit(NewTask::new("x")).await.unwrap();
    let leased = tasks.pull(&agent(1)).await.unwrap();
    faults.fill();
    assert_eq!(tasks.submit(NewTask::new("y")).await.unwrap_err().code(), "journal.full");
    assert_eq!(tasks.complete(leased.lease).await.unwrap_err().code(), "journal.full");
    assert_eq!(tasks.fail(leased.lease).await.unwrap_err().code(), "journal.full");
    let is = tasks.statistics().await.unwrap();
    assert_eq!((is.ready, is.leased, is.completed), (0, 1, 0));
    faults.make_room();
    tasks.complete(leased.lease).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_submission_that_was_recorded_and_not_acknowledged_is_done_twice() {
    let (faults, inner) = (Faults::new(), Arc::new(MemoryJournal::new()));
    let journal: Arc<dyn Journal> = Arc::new(FaultyJournal::new(inner, faults.clone()));
    let tasks = recovered(&journal).await;
    faults.next_write(Fault::During { applied: true });
    assert_eq!(tasks.submit(NewTask::new("x").with_key("a")).await.unwrap_err().code(), "journal.failed");
    faults.reopen();
    let id = tasks.submit(NewTask::new("x").with_key("a")).await.unwrap();
    let tasks = recovered(&journal).await;
    assert_eq!(tasks.statistics().await.unwrap().ready, 1);
    assert_eq!(tasks.pull(&agent(1)).await.unwrap().lease.task, id);
}
