//! What becomes of what was dropped half way.

use std::sync::Arc;

use moai_core::{Clock, Coded, Journal, SystemClock};
use moai_swarm::{NewTask, TaskAllocator, TaskId, TaskOptions, Worker};

use super::hand::{Held, SlowJournal};
use super::{agent, seconds};

async fn on(journal: &Arc<SlowJournal>) -> TaskAllocator {
    let (clock, journal): (Arc<dyn Clock>, Arc<dyn Journal>) = (Arc::new(SystemClock), journal.clone());
    let tasks = TaskAllocator::recover(TaskOptions::default(), journal, clock).await.unwrap();
    tasks.join(agent(1), Worker::new().with_limit(100)).await;
    tasks
}

fn submitting(tasks: &TaskAllocator, payload: &'static str) -> Held<TaskId> {
    let tasks = tasks.clone();
    Held::new(async move { tasks.submit(NewTask::new(payload)).await.unwrap() })
}

#[tokio::test(start_paused = true)]
async fn a_dropped_submission_is_there_only_after_a_restart() {
    for is_recorded in [false, true] {
        let journal = Arc::new(SlowJournal::new());
        let tasks = on(&journal).await;
        let mut waits = Held::new({
            let tasks = tasks.clone();
            async move { tasks.pull(&agent(1)).await.unwrap() }
        });
        assert!(waits.poll().is_none());
        let gate = if is_recorded { &journal.after } else { &journal.before };
        gate.send_replace(false);
        let mut submits = submitting(&tasks, "x");
        assert!(submits.poll().is_none());
        drop(submits);
        gate.send_replace(true);
        assert!(waits.is_woken(), "who waits finishes it");
        assert_eq!(waits.poll().unwrap().payload, "x");
        assert_eq!(on(&journal).await.statistics().await.unwrap().ready, 1, "it stands there once");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_finishes_it_is_dropped_too() {
    let journal = Arc::new(SlowJournal::new());
    let tasks = on(&journal).await;
    journal.before.send_replace(false);
    for payload in ["a", "b", "c"] {
        let mut submits = submitting(&tasks, payload);
        assert!(submits.poll().is_none());
    }
    journal.before.send_replace(true);
    assert_eq!(tasks.pull(&agent(1)).await.unwrap().payload, "a", "the others did not begin");
    assert_eq!(tasks.statistics().await.unwrap().ready, 0);
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_hangs_holds_up_who_pulls() {
    let journal = Arc::new(SlowJournal::new());
    let tasks = on(&journal).await;
    tasks.submit(NewTask::new("x")).await.unwrap();
    journal.before.send_replace(false);
    let mut submits = submitting(&tasks, "y");
    assert!(submits.poll().is_none());
    let leased = tasks.pull(&agent(1)).await.unwrap();
    tasks.renew(leased.lease).await.unwrap();
    journal.before.send_replace(true);
    assert!(submits.is_woken() && submits.poll().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_result_that_was_dropped_can_be_handed_in_twice() {
    let journal = Arc::new(SlowJournal::new());
    let tasks = on(&journal).await;
    tasks.submit(NewTask::new("x")).await.unwrap();
    let lease = tasks.pull(&agent(1)).await.unwrap().lease;
    journal.after.send_replace(false);
    let mut completes = Held::new({
        let tasks = tasks.clone();
        async move { tasks.complete(lease).await }
    });
    assert!(completes.poll().is_none());
    drop(completes);
    journal.after.send_replace(true);
    assert_eq!(tasks.complete(lease).await.unwrap_err().code(), "task.stale_lease");
    assert_eq!(tasks.statistics().await.unwrap().completed, 1);
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_is_failing_pulls_its_own_tasks_again() {
    let journal = Arc::new(SlowJournal::new());
    let tasks = on(&journal).await;
    tasks.submit(NewTask::new("x")).await.unwrap();
    tasks.pull(&agent(1)).await.unwrap();
    let mut waits = Held::new({
        let tasks = tasks.clone();
        async move { tasks.pull(&agent(1)).await }
    });
    assert!(waits.poll().is_none());
    journal.before.send_replace(false);
    let mut fails = Held::new({
        let tasks = tasks.clone();
        async move { tasks.agent_failed(&agent(1)).await }
    });
    assert!(fails.poll().is_none());
    assert_eq!(tasks.pull(&agent(1)).await.unwrap_err().code(), "task.unknown_agent");
    drop(fails);
    journal.before.send_replace(true);
    tasks.agent_failed(&agent(1)).await.unwrap();
    assert_eq!(waits.poll().unwrap().unwrap_err().code(), "task.unknown_agent");
    tasks.join(agent(1), Worker::new()).await;
    assert_eq!(tasks.pull(&agent(1)).await.unwrap().attempts, 1);
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_panicked_takes_the_queue_down() {
    let journal = Arc::new(SlowJournal::new());
    let tasks = on(&journal).await;
    journal.panics.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(tasks.submit(NewTask::new("x")).await.unwrap_err().code(), "journal.failed");
    tasks.submit(NewTask::new("y")).await.unwrap();
    assert_eq!(tasks.pull(&agent(1)).await.unwrap().payload, "y");
}

#[tokio::test(start_paused = true)]
async fn an_allocator_lives_on_without_its_handles() {
    let journal = Arc::new(SlowJournal::new());
    let tasks = on(&journal).await;
    let other = tasks.clone();
    other.submit(NewTask::new("x")).await.unwrap();
    drop(tasks);
    assert_eq!(other.pull(&agent(1)).await.unwrap().payload, "x", "a clone is a handle to the same queue");
    assert_eq!(Arc::strong_count(&journal), 2);
    drop(other);
    assert_eq!(Arc::strong_count(&journal), 1, "with the last handle all ends");
    tokio::time::advance(seconds(100)).await;
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
}
