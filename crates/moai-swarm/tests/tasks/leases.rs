//! When a lease ends, and what becomes of its task.

use moai_core::Coded;
use moai_swarm::{NewTask, TaskError, TaskId, TaskLease, TaskOptions, TaskQueue, Worker};

use super::{agent, seconds};

fn queue(options: TaskOptions) -> TaskQueue {
    let mut queue = TaskQueue::new(options).unwrap();
    queue.join(agent(1), Worker::new());
    queue
}

fn pulled(queue: &mut TaskQueue, at: u64) -> TaskLease {
    queue.pull(&agent(1), seconds(at)).unwrap().unwrap().lease
}

fn assert_stale(queue: &mut TaskQueue, lease: TaskLease, at: u64) {
    let stale = TaskError::StaleLease { task: lease.task, epoch: lease.epoch };
    assert_eq!(queue.complete(lease), Err(stale.clone()));
    assert_eq!(queue.fail(lease, seconds(at)), Err(stale.clone()));
    assert_eq!(queue.renew(lease, seconds(at)), Err(stale));
}

#[test]
fn a_lease_holds_beyond_its_end() {
    let ends: [fn(&mut TaskQueue, TaskLease); 5] = [
        |queue, lease| queue.complete(lease).unwrap(),
        |queue, lease| queue.fail(lease, seconds(0)).unwrap(),
        |queue, _| drop(queue.expire(seconds(30))),
        |queue, _| drop(queue.agent_failed(&agent(1), seconds(0))),
        |queue, _| drop(queue.leave(&agent(1))),
    ];
    for end in ends {
        let mut queue = queue(TaskOptions::default());
        queue.submit(NewTask::new("x"), seconds(0)).unwrap();
        let lease = pulled(&mut queue, 0);
        end(&mut queue, lease);
        assert_stale(&mut queue, lease, 0);
    }
    let mut queue = queue(TaskOptions::default());
    queue.submit(NewTask::new("x"), seconds(0)).unwrap();
    let lease = pulled(&mut queue, 0);
    assert_stale(&mut queue, TaskLease { epoch: lease.epoch + 1, ..lease }, 0);
    assert_stale(&mut queue, TaskLease { task: TaskId::new(lease.task.number() + 1), ..lease }, 0);
    queue.complete(lease).unwrap();
}

#[test]
fn a_lease_that_is_renewed_runs_out_all_the_same() {
    let mut queue = queue(TaskOptions::default());
    queue.submit(NewTask::new("x"), seconds(0)).unwrap();
    let lease = pulled(&mut queue, 0);
    for round in 1..10 {
        queue.renew(lease, seconds(29 * round)).unwrap();
        assert_eq!(queue.next_deadline(), Some(seconds(29 * round + 30)));
    }
    assert_eq!(queue.expire(seconds(29 * 9 + 29)), [] as [TaskId; 0]);
    // At its end it has run out, also where nobody has looked yet.
    assert_eq!(queue.renew(lease, seconds(29 * 9 + 30)).unwrap_err().code(), "task.stale_lease");
    assert_eq!(queue.expire(seconds(29 * 9 + 30)), [lease.task]);
}

#[test]
fn a_task_that_fails_comes_back_at_once_or_for_ever() {
    let mut queue = queue(TaskOptions::default().with_attempts(4).with_remembered(1));
    let id = queue.submit(NewTask::new("x"), seconds(0)).unwrap();
    let mut now = 0;
    for rest in [1, 2, 4] {
        let lease = pulled(&mut queue, now);
        queue.fail(lease, seconds(now)).unwrap();
        assert_eq!(queue.statistics().resting, 1);
        now += rest - 1;
        assert_eq!(queue.pull(&agent(1), seconds(now)).unwrap(), None, "it rests for {rest} s");
        now += 1;
    }
    let lease = pulled(&mut queue, now);
    queue.fail(lease, seconds(now)).unwrap();
    assert_eq!(queue.dead_letters().collect::<Vec<_>>(), [&(id, NewTask::new("x"))]);
    assert_eq!((queue.statistics().dead, queue.next_deadline()), (1, None));
    // Only so many letters are kept; all are counted.
    let other = queue.submit(NewTask::new("y"), seconds(now)).unwrap();
    for _ in 0..4 {
        now += 30;
        pulled(&mut queue, now);
    }
    queue.agent_failed(&agent(1), seconds(now));
    assert_eq!(queue.dead_letters().map(|(id, _)| *id).collect::<Vec<_>>(), [other]);
    assert_eq!(queue.statistics().dead, 2);
}

#[test]
fn who_leaves_uses_up_an_attempt() {
    let mut queue = queue(TaskOptions::default().with_attempts(1));
    queue.submit(NewTask::new("x"), seconds(0)).unwrap();
    for _ in 0..3 {
        let lease = pulled(&mut queue, 0);
        assert_eq!(queue.leave(&agent(1)), [lease.task]);
        assert_eq!(queue.pull(&agent(1), seconds(0)).unwrap_err().code(), "task.unknown_agent");
        queue.join(agent(1), Worker::new());
    }
    assert_eq!(queue.statistics().ready, 1);
    pulled(&mut queue, 0);
    queue.agent_failed(&agent(1), seconds(0));
    assert_eq!(queue.statistics().dead, 1, "who fails uses one up");
}

#[test]
fn a_full_queue_takes_one_more() {
    let mut queue = queue(TaskOptions::default().with_open(2));
    let submit = |queue: &mut TaskQueue, key: &str| queue.submit(NewTask::new("x").with_key(key), seconds(0));
    let first = submit(&mut queue, "a").unwrap();
    submit(&mut queue, "b").unwrap();
    let before = queue.statistics();
    assert_eq!(submit(&mut queue, "c"), Err(TaskError::Full { limit: 2 }));
    assert_eq!(submit(&mut queue, "a"), Ok(first), "what is there already needs no room");
    assert_eq!(queue.statistics(), before);
    // What is being done is open still.
    let lease = pulled(&mut queue, 0);
    assert_eq!(submit(&mut queue, "c").unwrap_err().code(), "task.full");
    queue.complete(lease).unwrap();
    submit(&mut queue, "c").unwrap();
}

#[test]
fn a_key_is_forgotten_while_its_task_is_open() {
    let mut queue = queue(TaskOptions::default().with_remembered(2));
    let open = NewTask::new("x").needing("vision").with_key("open");
    let id = queue.submit(open.clone(), seconds(0)).unwrap();
    for key in ["a", "b", "c"] {
        queue.submit(NewTask::new("x").with_key(key), seconds(0)).unwrap();
        let lease = pulled(&mut queue, 0);
        queue.complete(lease).unwrap();
    }
    assert_eq!(queue.submit(open, seconds(0)), Ok(id));
}

#[test]
fn a_task_offered_to_who_never_pulls_waits_for_ever() {
    let mut queue = queue(TaskOptions::default());
    queue.join(agent(0), Worker::new());
    let old = queue.submit(NewTask::new("x"), seconds(0)).unwrap();
    queue.offer(moai_swarm::OfferPolicy::LeastLoaded, seconds(0));
    // Another has always something that is ready.
    let pulled = (0..10).position(|second| {
        queue.submit(NewTask::new("y"), seconds(second)).unwrap();
        let lease = pulled(&mut queue, second);
        queue.complete(lease).unwrap();
        lease.task == old
    });
    assert_eq!(pulled, Some(1), "it is set back by a second more than what is ready");
}
