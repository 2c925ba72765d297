//! How long tasks wait for who does them, by simulated time, and what handing one out costs.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use moai_core::{AgentId, Chance, SeededChance};
use moai_swarm::{NewTask, TaskLease, TaskOptions, TaskQueue, Worker};

use super::name;
use crate::contest::Contest;
use crate::gauge::Gauge;
use crate::report::Report;
use crate::unit::Unit;

const AGENTS: usize = 100;
const TASKS: usize = 100_000;
const OPEN: usize = 10_000;

pub(super) fn run(report: &mut Report) {
    if report.wants("tasks-p99-wait") {
        let tasks = tasks(&SeededChance::new(23));
        let (one, other, third) = (&tasks, &tasks, &tasks);
        Contest::new("tasks-p99-wait", Unit::Simulated, |gauge| gauge.recorded(by_pull(one)))
            .peer("limit-of-0.2-s", 1.0, |gauge| gauge.recorded(0.2))
            .peer("power-of-two-choices", 100.0, |gauge| gauge.recorded(by_two_choices(other)))
            .peer("round-robin", 100.0, |gauge| gauge.recorded(by_push(third, |number, _| number % AGENTS)))
            .run(report);
    }
    Contest::new("tasks-submit-pull-complete-10000-open", Unit::Time, hand_out()).run(report);
}

/// Arrivals at 80 % load, with how long each takes: Pareto with shape 1.5, cut at 3,000 times the shortest, with a mean of a
/// second.
fn tasks(chance: &SeededChance) -> Vec<(f64, f64)> {
    let takes: Vec<f64> = (0..TASKS).map(|_| fraction(chance).powf(-1.0 / 1.5).min(3000.0)).collect();
    let mean = takes.iter().sum::<f64>() / TASKS as f64;
    let mut at = 0.0;
    let arrive = |takes: f64| {
        at -= fraction(chance).ln() / (0.8 * AGENTS as f64);
        (at, takes / mean)
    };
    takes.into_iter().map(arrive).collect()
}

/// Between 0 and 1, and neither.
fn fraction(chance: &SeededChance) -> f64 {
    let mut bytes = [0; 4];
    chance.fill(&mut bytes).expect("chance");
    (f64::from(u32::from_le_bytes(bytes)) + 1.0) / 4_294_967_297.0
}

/// The wait that 99 % stay below.
fn p99(mut waits: Vec<f64>) -> f64 {
    waits.sort_by(f64::total_cmp);
    waits[waits.len() / 100 * 99]
}

fn queue(agents: &[AgentId]) -> TaskQueue {
    let day = Duration::from_secs(86_400);
    let mut queue = TaskQueue::new(TaskOptions::default().with_lease(day)).expect("a queue");
    agents.iter().for_each(|agent| queue.join(agent.clone(), Worker::new()));
    queue
}

/// Who is idle pulls.
fn by_pull(tasks: &[(f64, f64)]) -> f64 {
    let agents: Vec<AgentId> = (0..AGENTS).map(name).collect();
    let mut queue = queue(&agents);
    let mut idle: Vec<usize> = (0..AGENTS).collect();
    let (mut busy, mut waits, mut arrived) =
        (BinaryHeap::<Reverse<(Duration, usize, TaskLease)>>::new(), Vec::new(), 0);
    while waits.len() < tasks.len() {
        let arrival = tasks.get(arrived).map(|(at, _)| Duration::from_secs_f64(*at));
        let end = busy.peek().map(|Reverse((at, ..))| *at);
        let now = match (arrival, end) {
            (Some(arrival), end) if end.is_none_or(|end| arrival <= end) => {
                queue.submit(NewTask::new(arrived.to_string()), arrival).expect("a task");
                arrived += 1;
                arrival
            }
            _ => {
                let Reverse((end, number, lease)) = busy.pop().expect("somebody works");
                queue.complete(lease).expect("it is its own");
                idle.push(number);
                end
            }
        };
        while let Some(number) = idle.pop() {
            let Some(leased) = queue.pull(&agents[number], now).expect("it has joined") else {
                idle.push(number);
                break;
            };
            let task: usize = std::str::from_utf8(&leased.payload).expect("text").parse().expect("a number");
            waits.push(now.as_secs_f64() - tasks[task].0);
            busy.push(Reverse((now + Duration::from_secs_f64(tasks[task].1), number, leased.lease)));
        }
    }
    p99(waits)
}

/// Each task goes to an agent when it comes, and waits there. Agents are chosen by how many tasks each has right now.
fn by_push(tasks: &[(f64, f64)], mut choose: impl FnMut(usize, &mut dyn FnMut(usize) -> usize) -> usize) -> f64 {
    let mut ends: Vec<VecDeque<f64>> = vec![VecDeque::new(); AGENTS];
    let mut waits = Vec::new();
    for (number, (at, takes)) in tasks.iter().enumerate() {
        let mut load = |agent: usize| {
            let ends: &mut VecDeque<f64> = &mut ends[agent];
            while ends.front().is_some_and(|end| end <= at) {
                ends.pop_front();
            }
            ends.len()
        };
        let chosen = choose(number, &mut load);
        let begins = ends[chosen].back().copied().unwrap_or(*at).max(*at);
        waits.push(begins - at);
        ends[chosen].push_back(begins + takes);
    }
    p99(waits)
}

fn by_two_choices(tasks: &[(f64, f64)]) -> f64 {
    let chance = SeededChance::new(29);
    let draw = || {
        let mut bytes = [0; 8];
        chance.fill(&mut bytes).expect("chance");
        (u64::from_le_bytes(bytes) % AGENTS as u64) as usize
    };
    by_push(tasks, |_, load| {
        let (one, other) = (draw(), draw());
        if load(one) <= load(other) { one } else { other }
    })
}

/// A task comes, one is pulled, and done, while ten thousand are open.
fn hand_out() -> impl FnMut(&mut Gauge) {
    let agents: Vec<AgentId> = (0..AGENTS).map(name).collect();
    let (mut queue, mut now) = (queue(&agents), Duration::ZERO);
    (0..OPEN).for_each(|_| {
        queue.submit(NewTask::new("something to do"), now).expect("a task");
    });
    move |gauge| {
        gauge.time(OPEN, || {
            for number in 0..OPEN {
                now += Duration::from_millis(1);
                queue.submit(NewTask::new("something to do"), now).expect("a task");
                let leased = queue.pull(&agents[number % AGENTS], now).expect("it has joined").expect("one is open");
                queue.complete(leased.lease).expect("it is its own");
            }
        });
    }
}
