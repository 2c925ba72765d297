//! Who waits until nothing is open is woken when that is so, and not before.

use std::sync::Arc;

use moai_core::{Clock, Coded, Journal, SystemClock};
use moai_swarm::{NewTask, OfferPolicy, TaskAllocator, TaskError, TaskOptions, Worker};

use super::hand::{Held, SlowJournal};
use super::{agent, seconds};

async fn one(options: TaskOptions) -> TaskAllocator {
    let tasks = TaskAllocator::new(options).unwrap();
    tasks.join(agent(1), Worker::new().with_limit(100)).await;
    tasks
}

fn draining(tasks: &TaskAllocator) -> Held<Result<(), TaskError>> {
    let tasks = tasks.clone();
    Held::new(async move { tasks.drained().await })
}

#[tokio::test(start_paused = true)]
async fn what_rests_or_is_offered_or_leased_is_taken_for_done() {
    let tasks = one(TaskOptions::default()).await;
    draining(&tasks).poll().unwrap().unwrap();
    let mut drained = [draining(&tasks), draining(&tasks)];
    tasks.submit(NewTask::new("x")).await.unwrap();
    assert!(drained.iter_mut().all(|drained| drained.poll().is_none()), "ready");
    tasks.offer(OfferPolicy::RoundRobin).await.unwrap();
    assert!(drained.iter_mut().all(|drained| drained.poll().is_none()), "offered");
    let leased = tasks.pull(&agent(1)).await.unwrap();
    assert!(drained.iter_mut().all(|drained| drained.poll().is_none()), "leased");
    tasks.fail(leased.lease).await.unwrap();
    assert!(drained.iter_mut().all(|drained| drained.poll().is_none()), "resting");
    let leased = tasks.pull(&agent(1)).await.unwrap();
    assert!(drained.iter_mut().all(|drained| drained.poll().is_none()), "leased again");
    tasks.complete(leased.lease).await.unwrap();
    assert!(drained.iter().all(Held::is_woken), "both are woken");
    assert!(drained.iter_mut().all(|drained| drained.poll() == Some(Ok(()))));
}

#[tokio::test(start_paused = true)]
async fn a_task_that_comes_behind_the_last_is_not_waited_for() {
    let tasks = one(TaskOptions::default()).await;
    tasks.submit(NewTask::new("x")).await.unwrap();
    let mut drained = draining(&tasks);
    assert!(drained.poll().is_none());
    let leased = tasks.pull(&agent(1)).await.unwrap();
    tasks.complete(leased.lease).await.unwrap();
    tasks.submit(NewTask::new("y")).await.unwrap();
    assert!(drained.is_woken() && drained.poll().is_none(), "it looks again, and there is one");
    let leased = tasks.try_pull(&agent(1)).await.unwrap().unwrap();
    tasks.complete(leased.lease).await.unwrap();
    assert!(drained.is_woken() && drained.poll() == Some(Ok(())));
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_nobody_renews_is_waited_for_for_ever() {
    for is_begun_before in [true, false] {
        let tasks = one(TaskOptions::default().with_attempts(1)).await;
        tasks.submit(NewTask::new("x")).await.unwrap();
        let begun = tokio::time::Instant::now();
        let mut drained = Box::pin(tasks.drained());
        if is_begun_before {
            // It slept without a time to look again: now there is one.
            assert!(tokio::time::timeout(std::time::Duration::ZERO, &mut drained).await.is_err());
        }
        tasks.pull(&agent(1)).await.unwrap();
        drained.await.unwrap();
        assert_eq!((begun.elapsed().as_secs(), tasks.statistics().await.unwrap().dead), (30, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_result_that_was_dropped_while_it_was_recorded_is_waited_for_for_ever() {
    let journal = Arc::new(SlowJournal::new());
    let (clock, port): (Arc<dyn Clock>, Arc<dyn Journal>) = (Arc::new(SystemClock), journal.clone());
    let tasks = TaskAllocator::recover(TaskOptions::default(), port, clock).await.unwrap();
    tasks.join(agent(1), Worker::new()).await;
    tasks.submit(NewTask::new("x")).await.unwrap();
    let lease = tasks.pull(&agent(1)).await.unwrap().lease;
    let mut drained = draining(&tasks);
    assert!(drained.poll().is_none());
    journal.before.send_replace(false);
    let mut completes = Held::new({
        let tasks = tasks.clone();
        async move { tasks.complete(lease).await }
    });
    assert!(completes.poll().is_none());
    drop(completes);
    assert!(drained.is_woken() && drained.poll().is_none(), "it finishes what was begun");
    journal.before.send_replace(true);
    assert!(drained.is_woken() && drained.poll() == Some(Ok(())));
}

#[tokio::test(start_paused = true)]
async fn who_does_not_wait_gets_what_has_come_back_only_from_others() {
    let tasks = one(TaskOptions::default()).await;
    assert_eq!(tasks.try_pull(&agent(2)).await.unwrap_err().code(), "task.unknown_agent");
    assert_eq!(tasks.try_pull(&agent(1)).await, Ok(None));
    tasks.submit(NewTask::new("x").priority(7).with_key("k")).await.unwrap();
    let first = tasks.try_pull(&agent(1)).await.unwrap().unwrap();
    assert_eq!((first.priority, first.key.as_deref(), first.attempts), (7, Some("k"), 0));
    assert_eq!(tasks.try_pull(&agent(1)).await, Ok(None));
    tokio::time::advance(seconds(31)).await;
    let second = tasks.try_pull(&agent(1)).await.unwrap().unwrap();
    assert_eq!((second.lease.task, second.attempts), (first.lease.task, 1), "its lease ran out");
    assert_eq!(tasks.complete(first.lease).await.unwrap_err().code(), "task.stale_lease");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_last_of_many_ends_unheard() {
    for _ in 0..200 {
        let tasks = one(TaskOptions::default()).await;
        for number in 0..20 {
            tasks.submit(NewTask::new(number.to_string())).await.unwrap();
        }
        for _ in 0..4 {
            let tasks = tasks.clone();
            tokio::spawn(async move {
                while let Some(leased) = tasks.try_pull(&agent(1)).await.unwrap() {
                    tasks.complete(leased.lease).await.unwrap();
                }
            });
        }
        tokio::time::timeout(seconds(20), tasks.drained()).await.expect("it is woken").unwrap();
        assert_eq!(tasks.statistics().await.unwrap().completed, 20);
    }
}
