//! Whom each policy offers a task to.

use moai_swarm::{NewTask, OfferPolicy, TaskOptions, TaskQueue, Worker};

use super::{agent, seconds};

fn queue(workers: impl IntoIterator<Item = Worker>) -> TaskQueue {
    let mut queue = TaskQueue::new(TaskOptions::default()).unwrap();
    for (number, worker) in workers.into_iter().enumerate() {
        queue.join(agent(number), worker);
    }
    queue
}

fn submit(queue: &mut TaskQueue, task: NewTask) -> u64 {
    queue.submit(task, seconds(0)).unwrap()
}

fn pulled(queue: &mut TaskQueue, number: usize) -> Option<u64> {
    queue.pull(&agent(number), seconds(0)).unwrap().map(|leased| leased.lease.task)
}

#[test]
fn what_was_just_offered_does_not_count() {
    for policy in [OfferPolicy::RoundRobin, OfferPolicy::LeastLoaded] {
        let mut queue = queue([Worker::new(), Worker::new(), Worker::new()]);
        let tasks: Vec<_> = (0..3).map(|_| submit(&mut queue, NewTask::new("x"))).collect();
        assert_eq!(queue.offer(policy, seconds(0)), 3);
        // From behind, so that whoever had nothing would steal another's.
        for number in (0..3).rev() {
            assert_eq!(pulled(&mut queue, number), Some(tasks[number]), "{policy:?}");
        }
    }
}

#[test]
fn the_versatile_are_taken_for_what_all_can_do() {
    let mut queue = queue([Worker::new().capable_of("vision"), Worker::new()]);
    let first = submit(&mut queue, NewTask::new("x"));
    let second = submit(&mut queue, NewTask::new("x"));
    queue.offer(OfferPolicy::Capability, seconds(0));
    assert_eq!(pulled(&mut queue, 1), Some(first));
    assert_eq!(pulled(&mut queue, 0), Some(second), "an idle agent steals what is not begun");
}

#[test]
fn more_is_offered_by_priority_than_there_is_room_for() {
    let mut queue = queue([Worker::new()]);
    submit(&mut queue, NewTask::new("x").priority(1));
    let urgent = submit(&mut queue, NewTask::new("x").priority(200));
    assert_eq!(queue.offer(OfferPolicy::Priority, seconds(0)), 1);
    assert_eq!(pulled(&mut queue, 0), Some(urgent));
}

#[test]
fn a_task_is_offered_far_from_its_place() {
    let mut queue = queue([Worker::new(), Worker::new().at("here")]);
    let task = submit(&mut queue, NewTask::new("x").at("here"));
    let other = submit(&mut queue, NewTask::new("x"));
    queue.offer(OfferPolicy::Locality, seconds(0));
    assert_eq!(pulled(&mut queue, 1), Some(task));
    assert_eq!(pulled(&mut queue, 0), Some(other));
}

#[test]
fn a_task_at_the_place_of_an_agent_is_pulled_last() {
    let mut queue = queue([Worker::new().at("here")]);
    submit(&mut queue, NewTask::new("x").at("there"));
    let near = submit(&mut queue, NewTask::new("x").at("here"));
    assert_eq!(pulled(&mut queue, 0), Some(near));
}

#[test]
fn nobody_hears_that_nobody_is_capable() {
    let mut queue = queue([Worker::new()]);
    let task = submit(&mut queue, NewTask::new("x").needing("vision"));
    assert_eq!(queue.offer(OfferPolicy::LeastLoaded, seconds(0)), 0);
    assert_eq!(pulled(&mut queue, 0), None);
    assert_eq!(queue.statistics().nobody_has, [["vision".to_owned()].into()].into());
    queue.join(agent(1), Worker::new().capable_of("vision"));
    assert!(queue.statistics().nobody_has.is_empty());
    assert_eq!(pulled(&mut queue, 1), Some(task));
}
