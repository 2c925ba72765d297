//! Any history of tasks: nothing is lost, nothing is completed twice under one lease.

use std::collections::BTreeSet;

use moai_core::Coded;
use moai_swarm::{NewTask, OfferPolicy, TaskError, TaskLease, TaskOptions, TaskQueue, Worker};
use proptest::prelude::*;

use super::{agent, seconds};

#[derive(Debug, Clone)]
enum Step {
    Submit(u8),
    Pull(usize),
    Complete(usize),
    Fail(usize),
    Renew(usize),
    AgentFails(usize),
    Offer(usize),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => any::<u8>().prop_map(Step::Submit),
        4 => (0..4usize).prop_map(Step::Pull),
        2 => any::<usize>().prop_map(Step::Complete),
        1 => any::<usize>().prop_map(Step::Fail),
        1 => any::<usize>().prop_map(Step::Renew),
        1 => (0..4usize).prop_map(Step::AgentFails),
        1 => (0..5usize).prop_map(Step::Offer),
        1 => (0..40u64).prop_map(Step::Wait),
    ]
}

const POLICIES: [OfferPolicy; 5] = [
    OfferPolicy::RoundRobin,
    OfferPolicy::LeastLoaded,
    OfferPolicy::Capability,
    OfferPolicy::Priority,
    OfferPolicy::Locality,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_task_is_lost_or_done_twice(steps in proptest::collection::vec(step(), 0..150)) {
        let mut queue = TaskQueue::new(TaskOptions::default().with_open(20).with_attempts(3)).unwrap();
        let (mut now, mut accepted, mut leases) = (seconds(0), 0, Vec::<TaskLease>::new());
        let (mut done, mut epochs) = (BTreeSet::new(), BTreeSet::new());
        for number in 0..4 {
            queue.join(agent(number), Worker::new().with_limit(2));
        }
        for step in steps {
            match step {
                Step::Submit(priority) => match queue.submit(NewTask::new("x").priority(priority), now) {
                    Ok(_) => accepted += 1,
                    Err(why) => prop_assert_eq!(why, TaskError::Full { limit: 20 }),
                },
                Step::Pull(number) => {
                    if let Some(leased) = queue.pull(&agent(number), now).unwrap() {
                        prop_assert!(epochs.insert(leased.lease.epoch), "an epoch was given twice");
                        prop_assert!(!done.contains(&leased.lease.task), "a task that is done was given out");
                        leases.push(leased.lease);
                    }
                }
                Step::Complete(at) if !leases.is_empty() => {
                    let lease = leases[at % leases.len()];
                    let is_newest = leases.iter().all(|other| other.task != lease.task || other.epoch <= lease.epoch);
                    if queue.complete(lease).is_ok() {
                        prop_assert!(is_newest, "an old lease was taken");
                        prop_assert!(done.insert(lease.task), "it was completed twice");
                    }
                }
                Step::Fail(at) if !leases.is_empty() => {
                    let lease = leases[at % leases.len()];
                    if queue.fail(lease, now).is_ok() {
                        prop_assert_eq!(queue.complete(lease).unwrap_err().code(), "task.stale_lease");
                    }
                }
                Step::Renew(at) if !leases.is_empty() => drop(queue.renew(leases[at % leases.len()], now)),
                Step::AgentFails(number) => {
                    queue.agent_failed(&agent(number), now);
                    queue.join(agent(number), Worker::new().with_limit(2));
                }
                Step::Offer(policy) => drop(queue.offer(POLICIES[policy], now)),
                Step::Wait(more) => {
                    now += seconds(more);
                    queue.expire(now);
                }
                _ => {}
            }
            let is = queue.statistics();
            prop_assert!(is.leased <= 8);
            let open = is.ready + is.resting + is.offered + is.leased;
            prop_assert_eq!(open as u64 + is.completed + is.dead, accepted);
            prop_assert_eq!(is.completed, done.len() as u64);
        }
        // Whatever happened, all that is open can still be done.
        for _ in 0..200 {
            now += seconds(40);
            for number in 0..4 {
                while let Some(leased) = queue.pull(&agent(number), now).unwrap() {
                    queue.complete(leased.lease).unwrap();
                }
            }
        }
        let is = queue.statistics();
        prop_assert_eq!(is.completed + is.dead, accepted);
    }
}

#[test]
fn a_task_of_low_priority_waits_for_ever() {
    let mut queue = TaskQueue::new(TaskOptions::default()).unwrap();
    queue.join(agent(1), Worker::new());
    let low = queue.submit(NewTask::new("low").priority(0), seconds(0)).unwrap();
    let pulled = (0..400).position(|second| {
        queue.submit(NewTask::new("high").priority(255), seconds(second)).unwrap();
        let leased = queue.pull(&agent(1), seconds(second)).unwrap().unwrap();
        queue.complete(leased.lease).unwrap();
        leased.lease.task == low
    });
    assert_eq!(pulled, Some(255));
}

#[test]
fn the_same_key_again_is_another_task() {
    let options = TaskOptions::default().with_remembered(1);
    let mut queue = TaskQueue::new(options).unwrap();
    queue.join(agent(1), Worker::new());
    let submit = |queue: &mut TaskQueue, key: &str| queue.submit(NewTask::new("x").with_key(key), seconds(0)).unwrap();
    let first = submit(&mut queue, "a");
    assert_eq!(submit(&mut queue, "a"), first);
    let leased = queue.pull(&agent(1), seconds(0)).unwrap().unwrap();
    queue.complete(leased.lease).unwrap();
    assert_eq!(submit(&mut queue, "a"), first);
    let second = submit(&mut queue, "b");
    let leased = queue.pull(&agent(1), seconds(0)).unwrap().unwrap();
    assert_eq!(leased.lease.task, second);
    queue.complete(leased.lease).unwrap();
    assert_ne!(submit(&mut queue, "a"), first, "only one is remembered");
}

#[test]
fn what_does_not_fit_is_taken() {
    let mut queue = TaskQueue::new(TaskOptions::default().with_payload_bytes(3)).unwrap();
    let long = "x".repeat(257);
    for task in [
        NewTask::new("four"),
        NewTask::new("x").with_key(&long),
        NewTask::new("x").at(&long),
        NewTask::new("x").needing(&long),
        (0..17).fold(NewTask::new("x"), |task, need| task.needing(need.to_string())),
    ] {
        assert_eq!(queue.submit(task, seconds(0)).unwrap_err().code(), "task.out_of_bounds");
    }
    assert_eq!(queue.pull(&agent(9), seconds(0)).unwrap_err().code(), "task.unknown_agent");
    let standard = TaskOptions::default();
    for options in [
        standard.with_open(0),
        standard.with_lease(seconds(0)),
        standard.with_ageing(seconds(0)),
        standard.with_attempts(0),
        standard.with_backoff(seconds(3601)),
        standard.with_payload_bytes(1 << 20),
    ] {
        assert_eq!(TaskQueue::new(options).unwrap_err().code(), "task.out_of_bounds");
    }
}
