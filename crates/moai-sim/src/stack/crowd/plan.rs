//! What a seed makes of a world of agents that come and go.

use moai_core::Topology;

use crate::Seeds;
use crate::stack::{Chaos, Crash};

/// A world of agents that come and go: who comes when and goes how, in which shape messages travel, and what goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrowdPlan {
    /// What everything else is drawn from.
    pub seed: u64,
    /// Each agent's stay.
    pub stays: Vec<Stay>,
    /// In which shape messages travel from which millisecond on.
    pub shapes: Vec<(u64, Topology)>,
    /// What goes wrong.
    pub chaos: Chaos,
}

/// When an agent comes, and how it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// At which millisecond it comes.
    pub comes: u64,
    /// At which millisecond it goes, and how; none for one that stays.
    pub goes: Option<(u64, Going)>,
}

/// How an agent goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Going {
    /// It ends what it has begun.
    InPeace,
    /// At once.
    AtOnce,
    /// Without a word, and comes back.
    AndComesBack,
}

impl CrowdPlan {
    pub(super) fn draw(seed: u64) -> Self {
        let mut seeds = Seeds::new(seed);
        let stays: Vec<_> = (0..3 + seeds.below(5)).map(|_| Stay::draw(&mut seeds)).collect();
        let shape = |seeds: &mut Seeds| (seeds.below(HEALS), seeds.pick(&SHAPES).unwrap_or(Topology::Mesh));
        let mut shapes: Vec<_> = (0..1 + seeds.below(4)).map(|_| shape(&mut seeds)).collect();
        shapes.sort_by_key(|(at, _)| *at);
        let mut chaos = Chaos::draw(&mut seeds, stays.len() + 1, HEALS);
        chaos.latest *= 20;
        // Now and then for so long that somebody is held for dead.
        for cut in &mut chaos.cuts {
            cut.from %= HEALS / 4;
            cut.until = cut.from + 1 + seeds.below(HEALS * 3 / 4);
        }
        let crash = |seeds: &mut Seeds| {
            let process = usize::try_from(seeds.below(stays.len() as u64 + 1)).unwrap_or(0);
            Crash { process, at: seeds.below(HEALS) }
        };
        chaos.crashes.push(crash(&mut seeds));
        Self { seed, stays, shapes, chaos }
    }

    pub(super) fn smaller(&self) -> Vec<Self> {
        let mut smaller: Vec<_> =
            self.chaos.smaller().into_iter().map(|chaos| Self { chaos, ..self.clone() }).collect();
        for at in 1..self.shapes.len() {
            let mut less = self.clone();
            less.shapes.remove(at);
            smaller.push(less);
        }
        for at in 0..self.stays.len() {
            let mut less = self.clone();
            less.stays.get_mut(at).into_iter().for_each(|stay| *stay = Stay { comes: 0, goes: None });
            if less != *self {
                smaller.push(less);
            }
        }
        smaller
    }
}

/// When nothing goes wrong any more, in milliseconds.
const HEALS: u64 = 40_000;

const SHAPES: [Topology; 5] =
    [Topology::Mesh, Topology::Star, Topology::Ring, Topology::Hierarchical, Topology::Adaptive];

const GOINGS: [Going; 3] = [Going::InPeace, Going::AtOnce, Going::AndComesBack];

impl Stay {
    fn draw(seeds: &mut Seeds) -> Self {
        let comes = seeds.below(HEALS / 4);
        let goes = (seeds.chance(50)).then(|| comes + 1 + seeds.below(HEALS - comes - 1));
        Self { comes, goes: goes.zip(seeds.pick(&GOINGS)) }
    }

    /// Whether it is there in the end.
    pub(super) fn stays(&self) -> bool {
        self.goes.is_none_or(|(_, how)| how == Going::AndComesBack)
    }
}
