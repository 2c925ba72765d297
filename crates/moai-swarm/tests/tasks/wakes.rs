//! Who is woken: nobody sleeps while there is a task that it can do, and nobody is woken for nothing.

use moai_swarm::{Leased, NewTask, OfferPolicy, TaskAllocator, TaskError, TaskLease, TaskOptions, Worker};
use proptest::prelude::*;

use super::hand::Held;
use super::{agent, seconds};

type Pull = Held<Result<Leased, TaskError>>;

/// A pull that has looked once and found nothing.
fn asleep(tasks: &TaskAllocator, number: usize) -> Pull {
    let mut pull = pulling(tasks, number);
    assert!(pull.poll().is_none());
    pull
}

fn pulling(tasks: &TaskAllocator, number: usize) -> Pull {
    let tasks = tasks.clone();
    Held::new(async move { tasks.pull(&agent(number)).await })
}

fn woken(pulls: &[Pull]) -> Vec<usize> {
    (0..pulls.len()).filter(|at| pulls[*at].is_woken()).collect()
}

async fn swarm(agents: usize) -> TaskAllocator {
    let tasks = TaskAllocator::new(TaskOptions::default()).unwrap();
    for number in 0..agents {
        tasks.join(agent(number), Worker::new()).await;
    }
    tasks
}

#[tokio::test(start_paused = true)]
async fn all_are_woken_for_one_task() {
    let tasks = swarm(10_000).await;
    let mut pulls: Vec<_> = (0..10_000).map(|number| asleep(&tasks, number)).collect();
    tasks.submit(NewTask::new("x")).await.unwrap();
    assert_eq!(woken(&pulls), [0], "who waits the longest");
    pulls[0].poll().unwrap().unwrap();
    // It kept the time: one other does so from now on.
    assert!(woken(&pulls).len() <= 1);
    let keeper = woken(&pulls).pop().unwrap();
    assert!(pulls[keeper].poll().is_none());
    for _ in 0..1000 {
        tasks.submit(NewTask::new("x")).await.unwrap();
    }
    assert_eq!(woken(&pulls).len(), 1000);
    for at in woken(&pulls) {
        pulls[at].poll().unwrap().unwrap();
    }
    assert_eq!(woken(&pulls).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn who_cannot_do_it_is_woken_instead() {
    let tasks = swarm(3).await;
    tasks.join(agent(2), Worker::new().capable_of("vision")).await;
    let mut pulls: Vec<_> = (0..3).map(|number| asleep(&tasks, number)).collect();
    tasks.submit(NewTask::new("x").needing("vision")).await.unwrap();
    assert_eq!(woken(&pulls), [2]);
    // Two wait for the same agent, which has room for one task.
    pulls.push(asleep(&tasks, 0));
    for _ in 0..3 {
        tasks.submit(NewTask::new("x")).await.unwrap();
    }
    assert_eq!(woken(&pulls), [0, 1, 2]);
    let lease = pulls[0].poll().unwrap().unwrap().lease;
    pulls[1].poll().unwrap().unwrap();
    pulls[2].poll().unwrap().unwrap();
    assert!(pulls[3].poll().is_none());
    tasks.complete(lease).await.unwrap();
    assert!(pulls[3].is_woken(), "its agent has room now");
    pulls[3].poll().unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_call_is_lost_with_who_was_called() {
    let tasks = swarm(3).await;
    let mut pulls: Vec<_> = (0..3).map(|number| asleep(&tasks, number)).collect();
    tasks.submit(NewTask::new("x")).await.unwrap();
    drop(pulls.remove(0));
    assert!(pulls[0].is_woken());
    drop(pulls.remove(0));
    assert!(pulls[0].is_woken());
    pulls[0].poll().unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_was_called_and_has_no_room_keeps_the_call() {
    let tasks = swarm(2).await;
    let mut pulls = [asleep(&tasks, 0), asleep(&tasks, 1)];
    tasks.submit(NewTask::new("x")).await.unwrap();
    // Its agent takes that task another way, and with it its only room.
    pulling(&tasks, 0).poll().unwrap().unwrap();
    tasks.submit(NewTask::new("y")).await.unwrap();
    assert_eq!(woken(&pulls), [0]);
    assert!(pulls[0].poll().is_none());
    assert!(pulls[1].is_woken());
    assert_eq!(pulls[1].poll().unwrap().unwrap().payload, "y");
}

#[tokio::test(start_paused = true)]
async fn the_room_of_who_was_called_is_lost() {
    let tasks = swarm(3).await;
    tasks.join(agent(0), Worker::new().capable_of("vision")).await;
    tasks.join(agent(2), Worker::new().with_limit(0)).await;
    // The first one has no room ever. It keeps the time, so that nobody is woken to do so.
    let mut pulls = vec![asleep(&tasks, 2), asleep(&tasks, 0), asleep(&tasks, 0)];
    tasks.submit(NewTask::new("x")).await.unwrap();
    // Nobody has room for this one: agent 0 was called for the other.
    tasks.submit(NewTask::new("y").needing("vision")).await.unwrap();
    assert_eq!(woken(&pulls), [1]);
    pulling(&tasks, 1).poll().unwrap().unwrap();
    drop(pulls.remove(1));
    assert!(pulls[1].is_woken());
    assert_eq!(pulls[1].poll().unwrap().unwrap().payload, "y");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_nobody_answers_holds_a_task_for_ever() {
    let tasks = swarm(2).await;
    let _kept_and_not_polled = asleep(&tasks, 0);
    let mut other = asleep(&tasks, 1);
    tasks.submit(NewTask::new("x")).await.unwrap();
    assert!(!other.is_woken());
    tokio::time::advance(seconds(31)).await;
    assert!(other.is_woken());
    other.poll().unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_an_agent_that_is_gone_waits_on() {
    let tasks = swarm(2).await;
    let mut pulls = [asleep(&tasks, 0), asleep(&tasks, 1), asleep(&tasks, 0)];
    tasks.leave(&agent(0)).await;
    tasks.agent_failed(&agent(1)).await.unwrap();
    for (pull, number) in pulls.iter_mut().zip([0, 1, 0]) {
        assert!(pull.is_woken());
        assert_eq!(pull.poll().unwrap().unwrap_err(), TaskError::UnknownAgent { agent: agent(number) });
    }
}

#[derive(Debug, Clone)]
enum Step {
    Pull(usize),
    Drop(usize),
    /// Polls one that was woken, or all until none is.
    Run(Option<usize>),
    Submit(usize),
    Complete(usize),
    Fail(usize),
    Renew(usize),
    Leave(usize),
    AgentFails(usize),
    Join(usize, usize, usize),
    Offer(usize),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..4usize).prop_map(Step::Pull),
        4 => any::<usize>().prop_map(Step::Drop),
        4 => proptest::option::of(any::<usize>()).prop_map(Step::Run),
        8 => (0..4usize).prop_map(Step::Submit),
        3 => any::<usize>().prop_map(Step::Complete),
        2 => any::<usize>().prop_map(Step::Fail),
        1 => any::<usize>().prop_map(Step::Renew),
        1 => (0..4usize).prop_map(Step::Leave),
        1 => (0..4usize).prop_map(Step::AgentFails),
        2 => (0..4usize, 0..4usize, 1..3usize).prop_map(|(number, skills, limit)| Step::Join(number, skills, limit)),
        1 => (0..5usize).prop_map(Step::Offer),
        2 => (1..40u64).prop_map(Step::Wait),
    ]
}

const SKILLS: [&str; 2] = ["a", "b"];

fn skills(bits: usize) -> impl Iterator<Item = &'static str> {
    SKILLS.into_iter().enumerate().filter(move |(bit, _)| bits >> bit & 1 == 1).map(|(_, skill)| skill)
}

const POLICIES: [OfferPolicy; 5] = [
    OfferPolicy::RoundRobin,
    OfferPolicy::LeastLoaded,
    OfferPolicy::Capability,
    OfferPolicy::Priority,
    OfferPolicy::Locality,
];

#[derive(Default)]
struct World {
    pulls: Vec<(usize, Pull)>,
    leases: Vec<TaskLease>,
}

impl World {
    fn run_one(&mut self, at: usize) {
        if let Some(result) = self.pulls[at].1.poll() {
            drop(self.pulls.remove(at));
            // Whoever is gone has an error.
            self.leases.extend(result.ok().map(|leased| leased.lease));
        }
    }

    fn run(&mut self) {
        for _ in 0..1000 {
            let Some(at) = self.pulls.iter().position(|(_, pull)| pull.is_woken()) else { return };
            self.run_one(at);
        }
        panic!("they wake each other without end");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn somebody_sleeps_while_there_is_a_task_for_it(steps in proptest::collection::vec(step(), 0..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let options = TaskOptions::default().with_attempts(1000);
            let tasks = TaskAllocator::new(options).unwrap();
            for number in 0..4 {
                tasks.join(agent(number), skills(number).fold(Worker::new(), Worker::capable_of)).await;
            }
            let mut world = World::default();
            for step in steps {
                let (pulls, leases) = (world.pulls.len(), world.leases.len());
                match step {
                    Step::Pull(number) => {
                        world.pulls.push((number, pulling(&tasks, number)));
                        world.run_one(pulls);
                    }
                    Step::Drop(at) if pulls > 0 => drop(world.pulls.remove(at % pulls)),
                    Step::Run(Some(at)) if pulls > 0 && world.pulls[at % pulls].1.is_woken() => {
                        world.run_one(at % pulls);
                    }
                    Step::Run(None) => world.run(),
                    Step::Submit(needs) => {
                        let task = skills(needs).fold(NewTask::new("x"), NewTask::needing);
                        tasks.submit(task).await.unwrap();
                    }
                    Step::Complete(at) if leases > 0 => drop(tasks.complete(world.leases.remove(at % leases)).await),
                    Step::Fail(at) if leases > 0 => drop(tasks.fail(world.leases.remove(at % leases)).await),
                    Step::Renew(at) if leases > 0 => drop(tasks.renew(world.leases[at % leases]).await),
                    Step::Leave(number) => tasks.leave(&agent(number)).await,
                    Step::AgentFails(number) => tasks.agent_failed(&agent(number)).await.unwrap(),
                    Step::Join(number, bits, limit) => {
                        let worker = skills(bits).fold(Worker::new(), Worker::capable_of).with_limit(limit);
                        tasks.join(agent(number), worker).await;
                    }
                    Step::Offer(policy) => drop(tasks.offer(POLICIES[policy]).await.unwrap()),
                    Step::Wait(time) => tokio::time::advance(seconds(time)).await,
                    _ => {}
                }
                if !matches!(step, Step::Run(None) | Step::Wait(_)) {
                    continue;
                }
                // All who were woken have looked. Who asks now finds nothing that one of them could have had.
                world.run();
                let waiting: Vec<_> = world.pulls.iter().map(|(number, _)| *number).collect();
                for number in waiting {
                    let found = pulling(&tasks, number).poll();
                    assert!(found.is_none(), "agent {number} slept: {found:?}");
                }
            }
        });
    }
}
