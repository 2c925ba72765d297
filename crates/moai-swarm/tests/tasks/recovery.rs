//! What a journal tells, and what it must not be taken to tell.

use std::sync::Arc;

use moai_core::{Clock, Coded, Journal, NewRecord, SystemClock, Timestamp, record_kind};
use moai_store::{Fault, Faults, FaultyJournal, MemoryJournal};
use moai_swarm::{NewTask, TaskAllocator, TaskError, TaskOptions, Worker};

use super::{agent, seconds};

async fn recover(journal: &Arc<dyn Journal>, options: TaskOptions) -> Result<TaskAllocator, TaskError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let tasks = TaskAllocator::recover(options, journal.clone(), clock).await?;
    tasks.join(agent(1), Worker::new().with_limit(100)).await;
    Ok(tasks)
}

fn empty() -> Arc<dyn Journal> {
    Arc::new(MemoryJournal::new())
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_passed_over() {
    let accepted = |text: &[u8]| [&[1; 10], &[0, 0, 0, 1][..], text].concat();
    let bad: [&[u8]; 9] = [
        &[],
        &[5],
        &[0, 0],
        &[2, 0, 0, 0],
        &[3, 0, 0, 0, 0, 0, 0, 0, 1],
        &[4, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 9],
        &[1, 0, 0, 0, 0, 0, 0, 0, 1, 128, 255, 255, 255, 255],
        &accepted(b"x"),
        &accepted(b"x\x01\0\0\0\x01\xff\0\0\0\0\0"),
    ];
    for payload in bad {
        let journal = empty();
        recover(&journal, TaskOptions::default()).await.unwrap();
        let record = |kind, payload: &[u8]| NewRecord::new(kind, Timestamp::UNIX_EPOCH, payload.to_vec());
        // Records of others may hold what they like.
        journal.append(vec![record(record_kind!("other"), &[9])]).await.unwrap();
        recover(&journal, TaskOptions::default()).await.unwrap();
        let before = journal.append(vec![record(record_kind!("task"), payload)]).await.unwrap();
        let error = recover(&journal, TaskOptions::default()).await.unwrap_err();
        assert_eq!((error.code(), &error), ("task.bad_record", &TaskError::BadRecord { seq: 4 }));
        assert_eq!(journal.head().await.unwrap(), before, "nothing changed");
    }
}

#[tokio::test]
async fn a_recovery_drops_what_is_over_its_limit() {
    let journal = empty();
    let tasks = recover(&journal, TaskOptions::default()).await.unwrap();
    for _ in 0..5 {
        tasks.submit(NewTask::new("long")).await.unwrap();
    }
    let smaller = TaskOptions::default().with_open(3).with_payload_bytes(2);
    let tasks = recover(&journal, smaller).await.unwrap();
    for left in (3..5).rev() {
        assert_eq!(tasks.submit(NewTask::new("y")).await, Err(TaskError::Full { limit: 3 }));
        let leased = tasks.pull(&agent(1)).await.unwrap();
        assert_eq!(leased.payload, "long");
        tasks.complete(leased.lease).await.unwrap();
        assert_eq!(tasks.statistics().await.unwrap().ready, left);
    }
    assert_eq!(tasks.submit(NewTask::new("y")).await, Err(TaskError::Full { limit: 3 }));
    tasks.complete(tasks.pull(&agent(1)).await.unwrap().lease).await.unwrap();
    tasks.submit(NewTask::new("y")).await.unwrap();
}

#[tokio::test]
async fn an_attempt_that_was_recorded_twice_counts_twice() {
    let faults = Faults::new();
    let journal: Arc<dyn Journal> = Arc::new(FaultyJournal::new(empty(), faults.clone()));
    let tasks = recover(&journal, TaskOptions::default()).await.unwrap();
    tasks.submit(NewTask::new("x")).await.unwrap();
    let lease = tasks.pull(&agent(1)).await.unwrap().lease;
    for _ in 0..3 {
        faults.next_write(Fault::During { applied: true });
        assert_eq!(tasks.fail(lease).await.unwrap_err().code(), "journal.failed");
        faults.reopen();
    }
    tasks.fail(lease).await.unwrap();
    let tasks = recover(&journal, TaskOptions::default()).await.unwrap();
    assert_eq!(tasks.pull(&agent(1)).await.unwrap().attempts, 1);
}

#[tokio::test]
async fn a_longer_memory_forgets_the_key_of_an_open_task() {
    let journal = empty();
    let short = TaskOptions::default().with_remembered(0);
    let tasks = recover(&journal, short).await.unwrap();
    let submit = async |tasks: &TaskAllocator, key: &str| tasks.submit(NewTask::new("x").with_key(key)).await.unwrap();
    let finish = async |tasks: &TaskAllocator| {
        tasks.complete(tasks.pull(&agent(1)).await.unwrap().lease).await.unwrap();
    };
    let first = submit(&tasks, "a").await;
    finish(&tasks).await;
    let again = submit(&tasks, "a").await;
    assert_ne!(first, again, "it was forgotten");
    // Now the finished one is remembered, and then forgotten for another: the open one has its key still.
    let tasks = recover(&journal, TaskOptions::default().with_remembered(1)).await.unwrap();
    let other = tasks.submit(NewTask::new("x").with_key("b").priority(255)).await.unwrap();
    let leased = tasks.pull(&agent(1)).await.unwrap();
    assert_eq!(leased.lease.task, other);
    tasks.complete(leased.lease).await.unwrap();
    assert_eq!(submit(&tasks, "a").await, again);
}

#[tokio::test(start_paused = true)]
async fn a_key_of_a_finished_task_is_new_after_a_restart() {
    let journal = empty();
    let options = TaskOptions::default().with_attempts(1);
    let tasks = recover(&journal, options).await.unwrap();
    let task = |key| NewTask::new("x").with_key(key);
    let done = tasks.submit(task("done")).await.unwrap();
    tasks.complete(tasks.pull(&agent(1)).await.unwrap().lease).await.unwrap();
    let dead = tasks.submit(task("dead")).await.unwrap();
    tasks.pull(&agent(1)).await.unwrap();
    tokio::time::advance(seconds(30)).await;
    assert_eq!(tasks.dead_letters().await.unwrap(), [(dead, task("dead"))]);
    let tasks = recover(&journal, options).await.unwrap();
    assert_eq!(tasks.submit(task("done")).await.unwrap(), done);
    assert_eq!(tasks.submit(task("dead")).await.unwrap(), dead);
    assert_eq!(tasks.dead_letters().await.unwrap(), [(dead, task("dead"))]);
    assert_eq!(tasks.statistics().await.unwrap().ready, 0);
}
