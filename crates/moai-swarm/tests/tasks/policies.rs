//! Whom each policy offers a task to.

use std::collections::BTreeSet;

use moai_swarm::{NewTask, OfferPolicy, TaskId, TaskOptions, TaskQueue, Worker};
use proptest::prelude::*;

use super::{agent, seconds};

fn queue(workers: impl IntoIterator<Item = Worker>) -> TaskQueue {
    let mut queue = TaskQueue::new(TaskOptions::default()).unwrap();
    for (number, worker) in workers.into_iter().enumerate() {
        queue.join(agent(number), worker);
    }
    queue
}

fn submit(queue: &mut TaskQueue, task: NewTask) -> TaskId {
    queue.submit(task, seconds(0)).unwrap()
}

fn pulled(queue: &mut TaskQueue, number: usize) -> Option<TaskId> {
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

const SETS: [&str; 2] = ["a", "b"];

fn set(bits: usize) -> BTreeSet<String> {
    SETS.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, name)| (*name).to_owned()).collect()
}

/// Whom a task is offered to, found by looking at everybody.
fn looked_up(task: &NewTask, policy: OfferPolicy, agents: &[(Worker, usize)], last: Option<usize>) -> Option<usize> {
    let able = (0..agents.len()).filter(|at| task.needs.is_subset(&agents[*at].0.capabilities));
    match policy {
        OfferPolicy::RoundRobin => able.min_by_key(|at| (last.is_some_and(|last| *at <= last), *at)),
        OfferPolicy::LeastLoaded => able.min_by_key(|at| agents[*at].1),
        OfferPolicy::Capability => able.min_by_key(|at| (agents[*at].0.capabilities.len(), agents[*at].1)),
        OfferPolicy::Priority => able.filter(|at| agents[*at].1 < agents[*at].0.limit).min_by_key(|at| agents[*at].1),
        _ => able.min_by_key(|at| {
            let is_near = task.place.as_ref().is_some_and(|place| agents[*at].0.places.contains(place));
            (!is_near, agents[*at].1)
        }),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn an_offer_goes_to_another_than_a_search_finds(
        workers in proptest::collection::vec((0..4usize, 0..4usize, 0..3usize), 1..8),
        offers in proptest::collection::vec((0..4usize, 0..3usize, 0..5usize), 0..20),
    ) {
        let worker = |(capabilities, places, limit)| {
            let mut worker = Worker::new().with_limit(limit);
            (worker.capabilities, worker.places) = (set(capabilities), set(places));
            worker
        };
        let mut agents: Vec<_> = workers.into_iter().map(|parts| (worker(parts), 0)).collect();
        let mut queue = queue(agents.iter().map(|(worker, _)| worker.clone()));
        let mut last = None;
        for (needs, place, policy) in offers {
            let policy = [
                OfferPolicy::RoundRobin,
                OfferPolicy::LeastLoaded,
                OfferPolicy::Capability,
                OfferPolicy::Priority,
                OfferPolicy::Locality,
            ][policy];
            let mut task = NewTask::new("x");
            (task.needs, task.place) = (set(needs), set(place).pop_first());
            let chosen = looked_up(&task, policy, &agents, last);
            submit(&mut queue, task);
            prop_assert_eq!(queue.offer(policy, seconds(0)), usize::from(chosen.is_some()));
            // What nobody was offered would be offered in the next round.
            let Some(at) = chosen else { break };
            agents[at].1 += 1;
            last = Some(at);
        }
        // Who leaves shows how much it was offered.
        for (number, (_, load)) in agents.iter().enumerate() {
            let before = queue.statistics().offered;
            queue.leave(&agent(number));
            prop_assert_eq!(before - queue.statistics().offered, *load);
        }
    }
}
