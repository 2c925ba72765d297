//! Agents that fail while they have tasks.

use std::sync::Arc;

use moai_core::{Clock, Coded, Coordinator, Journal, LocalCoordinator, Role, SystemClock, swarm_id};
use moai_store::{Faults, FaultyJournal, MemoryJournal};
use moai_swarm::heartbeat::{Health, HeartbeatMonitor, HeartbeatOptions};
use moai_swarm::{NewTask, TaskAllocator, TaskError, TaskOptions, Worker};

use super::hand::Held;
use super::{agent, seconds};

const DAY: TaskOptions = TaskOptions::new()
    .with_open(100)
    .with_remembered(100)
    .with_lease(seconds(86_400))
    .with_ageing(seconds(1))
    .with_local(seconds(1))
    .with_attempts(5)
    .with_backoff(seconds(1))
    .with_payload_bytes(100);

/// Agents 0 to 2 in a swarm that is watched; the first two each have a task.
async fn watched(events: usize) -> (Arc<LocalCoordinator>, Arc<HeartbeatMonitor>, TaskAllocator) {
    let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    let tasks = TaskAllocator::new(DAY).unwrap();
    for number in 0..3 {
        // Nobody reads the mailbox: it stays a member all the same.
        std::mem::forget(swarm.join(agent(number), Role::Member).await.unwrap());
        tasks.join(agent(number), Worker::new().with_limit(10)).await;
        if number < 2 {
            tasks.submit(NewTask::new("x")).await.unwrap();
            tasks.pull(&agent(number)).await.unwrap();
        }
    }
    let options = HeartbeatOptions::default().with_events(events);
    let monitor = HeartbeatMonitor::new(swarm.clone(), options).await.unwrap();
    (swarm, Arc::new(monitor), tasks)
}

/// Only the last lives on.
async fn until_the_others_have_failed(monitor: &HeartbeatMonitor) {
    let failed = || monitor.health().iter().filter(|agent| agent.health == Health::Failed).count();
    while failed() < 2 {
        monitor.beat(&agent(2)).unwrap();
        tokio::time::sleep(seconds(1)).await;
    }
}

async fn is_leased(tasks: &TaskAllocator) -> usize {
    tasks.statistics().await.unwrap().leased
}

#[tokio::test(start_paused = true)]
async fn the_tasks_of_who_failed_do_not_come_back() {
    let (_swarm, monitor, tasks) = watched(1024).await;
    let taking = tasks.take_back_from_failed(&monitor);
    let two = async {
        let (one, other) = (tasks.pull(&agent(2)).await.unwrap(), tasks.pull(&agent(2)).await.unwrap());
        assert_eq!((one.attempts, other.attempts), (1, 1));
        assert_ne!(one.lease.task, other.lease.task);
    };
    tokio::select! {
        biased;
        ended = taking => panic!("the monitor lives: {ended:?}"),
        ((), ()) = async { tokio::join!(two, until_the_others_have_failed(&monitor)) } => {}
    }
    assert_eq!(tasks.pull(&agent(0)).await.unwrap_err().code(), "task.unknown_agent");
}

#[tokio::test(start_paused = true)]
async fn who_had_failed_before_keeps_its_tasks() {
    let (_swarm, monitor, tasks) = watched(1024).await;
    until_the_others_have_failed(&monitor).await;
    let mut taking = Held::new(tasks.take_back_from_failed(&monitor));
    assert!(taking.poll().is_none());
    assert_eq!(is_leased(&tasks).await, 0);
}

#[tokio::test(start_paused = true)]
async fn events_that_were_missed_are_lost() {
    let (_swarm, monitor, tasks) = watched(1).await;
    let mut taking = Held::new(tasks.take_back_from_failed(&monitor));
    assert!(taking.poll().is_none());
    until_the_others_have_failed(&monitor).await;
    assert_eq!(is_leased(&tasks).await, 2);
    assert!(taking.is_woken() && taking.poll().is_none());
    assert_eq!(is_leased(&tasks).await, 0);
}

#[tokio::test(start_paused = true)]
async fn who_has_come_back_loses_what_it_began_since() {
    let (_swarm, monitor, tasks) = watched(1024).await;
    let mut taking = Held::new(tasks.take_back_from_failed(&monitor));
    assert!(taking.poll().is_none());
    until_the_others_have_failed(&monitor).await;
    // Nobody has looked at the events yet.
    monitor.beat(&agent(0)).unwrap();
    assert!(taking.poll().is_none());
    assert_eq!(is_leased(&tasks).await, 1, "of two that had failed one is back");
}

#[tokio::test(start_paused = true)]
async fn it_outlives_its_monitor_or_keeps_it_alive() {
    let (_swarm, monitor, tasks) = watched(1024).await;
    let taking = tasks.take_back_from_failed(&monitor);
    Arc::into_inner(monitor).unwrap().shutdown().await;
    taking.await.unwrap();
    let (_swarm, monitor, tasks) = watched(1024).await;
    let mut taking = Held::new(tasks.take_back_from_failed(&monitor));
    assert!(taking.poll().is_none());
    drop(monitor);
    tokio::time::sleep(seconds(2)).await;
    assert!(taking.is_woken());
    taking.poll().unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_is_full_is_not_told_of() {
    let (_swarm, monitor, _) = watched(1024).await;
    let faults = Faults::new();
    let journal: Arc<dyn Journal> = Arc::new(FaultyJournal::new(Arc::new(MemoryJournal::new()), faults.clone()));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let tasks = TaskAllocator::recover(DAY, journal, clock).await.unwrap();
    tasks.join(agent(0), Worker::new().with_limit(200)).await;
    // More than are recorded at once.
    for _ in 0..100 {
        tasks.submit(NewTask::new("x")).await.unwrap();
        tasks.pull(&agent(0)).await.unwrap();
    }
    until_the_others_have_failed(&monitor).await;
    faults.fill();
    let error = tasks.take_back_from_failed(&monitor).await.unwrap_err();
    assert_eq!(error.code(), "journal.full");
    assert_eq!(tasks.pull(&agent(0)).await, Err(TaskError::UnknownAgent { agent: agent(0) }));
    faults.make_room();
    let mut taking = Held::new(tasks.take_back_from_failed(&monitor));
    assert!(taking.poll().is_none());
    assert_eq!(tasks.statistics().await.unwrap().ready, 100);
}
