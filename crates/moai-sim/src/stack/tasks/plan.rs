//! What a seed makes of a world of tasks.

use crate::Seeds;
use crate::stack::Chaos;

/// A world of tasks: who works and how, what is to be done, and what goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TasksPlan {
    /// What everything else is drawn from.
    pub seed: u64,
    /// How many work.
    pub workers: usize,
    /// What is to be done.
    pub tasks: Vec<PlannedTask>,
    /// Of a hundred leases: how many are let run out, failed, renewed, and left by a worker that is gone.
    pub workers_stall: u64,
    /// Of a hundred leases, how many fail.
    pub workers_fail: u64,
    /// Of a hundred leases, how many workers are gone with.
    pub workers_vanish: u64,
    /// What goes wrong.
    pub chaos: Chaos,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedTask {
    /// At which millisecond it is handed in.
    pub at: u64,
    /// Which key it has, if it has one: several may have the same.
    pub key: Option<u64>,
    /// How urgent it is.
    pub priority: u8,
}

impl TasksPlan {
    pub(super) fn draw(seed: u64) -> Self {
        let mut seeds = Seeds::new(seed);
        let workers = usize::try_from(1 + seeds.below(4)).unwrap_or(1);
        let tasks = (0..2 + seeds.below(10)).map(|_| PlannedTask::draw(&mut seeds)).collect();
        let mut rate = |likely: u64, most: u64| if seeds.chance(likely) { seeds.below(most) } else { 0 };
        let (workers_stall, workers_fail, workers_vanish) = (rate(60, 40), rate(60, 60), rate(50, 30));
        let chaos = Chaos::draw(&mut seeds, 1, HEALS);
        Self { seed, workers, tasks, workers_stall, workers_fail, workers_vanish, chaos }
    }

    pub(super) fn smaller(&self) -> Vec<Self> {
        let mut smaller = Vec::new();
        if self.tasks.len() > 1 {
            smaller.extend((0..self.tasks.len()).map(|at| {
                let mut less = self.clone();
                less.tasks.remove(at);
                less
            }));
        }
        if self.workers > 1 {
            smaller.push(Self { workers: self.workers - 1, ..self.clone() });
        }
        smaller.extend(self.chaos.smaller().into_iter().map(|chaos| Self { chaos, ..self.clone() }));
        smaller
    }
}

/// When nothing goes wrong any more, in milliseconds.
const HEALS: u64 = 1_200;

impl PlannedTask {
    fn draw(seeds: &mut Seeds) -> Self {
        let key = seeds.chance(60).then(|| seeds.below(4));
        Self { at: seeds.below(1_000), key, priority: u8::try_from(seeds.below(256)).unwrap_or(0) }
    }
}
