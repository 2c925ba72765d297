//! How long tasks wait, by simulated time, for each way to hand them out.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use moai_core::{Chance, SeededChance};
use moai_swarm::{NewTask, TaskLease, TaskOptions, TaskQueue, Worker};

use super::agent;

const AGENTS: usize = 100;
const TASKS: usize = 100_000;

/// Pareto with shape 1.5, cut at 3,000 times the shortest.
fn pareto(chance: &SeededChance) -> f64 {
    unit(chance).powf(-1.0 / 1.5).min(3000.0)
}

/// Log-normal with a sigma of 2.5, not cut.
fn log_normal(chance: &SeededChance) -> f64 {
    let radius = (-2.0 * unit(chance).ln()).sqrt();
    (2.5 * radius * (std::f64::consts::TAU * unit(chance)).cos()).exp()
}

/// Arrivals at 80 % load, with how long each takes, scaled so that the mean of what was drawn is a second.
fn tasks(chance: &SeededChance, length: impl Fn(&SeededChance) -> f64) -> Vec<(f64, f64)> {
    let takes: Vec<f64> = (0..TASKS).map(|_| length(chance)).collect();
    let mean = takes.iter().sum::<f64>() / TASKS as f64;
    let mut at = 0.0;
    let arrive = |takes: f64| {
        at -= unit(chance).ln() / (0.8 * AGENTS as f64);
        (at, takes / mean)
    };
    takes.into_iter().map(arrive).collect()
}

fn unit(chance: &SeededChance) -> f64 {
    let mut bytes = [0; 4];
    chance.fill(&mut bytes).unwrap();
    (f64::from(u32::from_le_bytes(bytes)) + 1.0) / 4_294_967_297.0
}

/// The waits that 99 % and 99.9 % stay below, and the mean.
type Waits = (f64, f64, f64);

fn longest(mut waits: Vec<f64>) -> Waits {
    waits.sort_by(f64::total_cmp);
    let mean = waits.iter().sum::<f64>() / waits.len() as f64;
    (waits[waits.len() / 100 * 99], waits[waits.len() / 1000 * 999], mean)
}

fn by_pull(tasks: &[(f64, f64)]) -> Waits {
    let day = Duration::from_secs(86_400);
    let mut queue = TaskQueue::new(TaskOptions::default().with_lease(day)).unwrap();
    (0..AGENTS).for_each(|number| queue.join(agent(number), Worker::new()));
    let mut idle: Vec<usize> = (0..AGENTS).collect();
    let (mut busy, mut waits, mut arrived) =
        (BinaryHeap::<Reverse<(Duration, usize, TaskLease)>>::new(), Vec::new(), 0);
    while waits.len() < tasks.len() {
        let arrival = tasks.get(arrived).map(|(at, _)| Duration::from_secs_f64(*at));
        let end = busy.peek().map(|Reverse((at, ..))| *at);
        let now = match (arrival, end) {
            (Some(arrival), end) if end.is_none_or(|end| arrival <= end) => {
                queue.submit(NewTask::new(arrived.to_string()), arrival).unwrap();
                arrived += 1;
                arrival
            }
            _ => {
                let Reverse((end, number, lease)) = busy.pop().unwrap();
                queue.complete(lease).unwrap();
                idle.push(number);
                end
            }
        };
        while let Some(number) = idle.pop() {
            let Some(leased) = queue.pull(&agent(number), now).unwrap() else {
                idle.push(number);
                break;
            };
            let task: usize = std::str::from_utf8(&leased.payload).unwrap().parse().unwrap();
            waits.push(now.as_secs_f64() - tasks[task].0);
            busy.push(Reverse((now + Duration::from_secs_f64(tasks[task].1), number, leased.lease)));
        }
    }
    longest(waits)
}

/// Each task goes to an agent when it comes, and waits there. Agents are chosen by how many tasks each has right now.
fn by_push(tasks: &[(f64, f64)], mut choose: impl FnMut(usize, &[usize]) -> usize) -> Waits {
    let mut ends: Vec<VecDeque<f64>> = vec![VecDeque::new(); AGENTS];
    let mut waits = Vec::new();
    for (number, (at, takes)) in tasks.iter().enumerate() {
        for agent in &mut ends {
            while agent.front().is_some_and(|end| end <= at) {
                agent.pop_front();
            }
        }
        let loads: Vec<usize> = ends.iter().map(VecDeque::len).collect();
        let agent = &mut ends[choose(number, &loads)];
        let begins = agent.back().copied().unwrap_or(*at);
        waits.push(begins - at);
        agent.push_back(begins + takes);
    }
    longest(waits)
}

fn compare(name: &str, seed: u64, length: impl Fn(&SeededChance) -> f64) {
    let chance = SeededChance::new(seed);
    let tasks = tasks(&chance, length);
    let pull = by_pull(&tasks);
    let least = by_push(&tasks, |_, loads| (0..AGENTS).min_by_key(|number| loads[*number]).unwrap());
    let draw = || {
        let mut bytes = [0; 8];
        chance.fill(&mut bytes).unwrap();
        usize::try_from(u64::from_le_bytes(bytes) % AGENTS as u64).unwrap()
    };
    let two = by_push(&tasks, |_, loads| {
        let (one, other) = (draw(), draw());
        if loads[one] <= loads[other] { one } else { other }
    });
    let round = by_push(&tasks, |number, _| number % AGENTS);
    println!("{name}, seed {seed}\n| way | p99 | p99.9 | mean |\n| --- | --- | --- | --- |");
    for (way, (p99, p999, mean)) in
        [("pull", pull), ("least loaded, fresh figures", least), ("power of two choices", two), ("round robin", round)]
    {
        println!("| {way} | {p99:.2} s | {p999:.2} s | {mean:.3} s |");
    }
    assert!(pull.0 <= 0.2, "{pull:?}");
    assert!(100.0 * pull.0 < two.0 && two.0 < round.0, "{pull:?} {two:?} {round:?}");
    // Where pull does not wait at all, a hundred times of that says nothing.
    assert!(round.0 > 100.0 * pull.0.max(0.2), "{pull:?} {round:?}");
    assert!(pull.1 <= least.1 + 1e-6, "{pull:?} {least:?}");
}

#[test]
fn who_pulls_waits_longer_than_a_fifth_of_a_second() {
    compare("Pareto 1.5", 23, pareto);
}

#[test]
fn who_pulls_waits_behind_giants() {
    compare("log-normal 2.5", 5, log_normal);
}
