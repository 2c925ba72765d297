//! What a seed makes of a world of states.

use crate::Seeds;
use crate::stack::Chaos;

/// A world of states: who writes what and when, what is done with all of it, and what goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatesPlan {
    /// What everything else is drawn from.
    pub seed: u64,
    /// How many agents there are.
    pub agents: usize,
    /// Who writes what: the agent's number, the millisecond, the kind of key.
    pub writes: Vec<(usize, u64, Kind)>,
    /// What is done with all states: the millisecond, and what.
    pub deeds: Vec<(u64, Deed)>,
    /// What goes wrong.
    pub chaos: Chaos,
}

/// Under what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A set that only grows, and is never cleared.
    Set,
    /// A set that is cleared now and then.
    Scratch,
    /// A counter.
    Count,
    /// A register that all write.
    Leader,
    /// A register of the agent's own.
    Note,
}

/// What is done with all states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A round of questions.
    Synchronize,
    /// The scratch set is cleared.
    Clear,
    /// Somebody reads what changed.
    Read,
    /// What was deleted so far is forgotten.
    Forget,
}

impl StatesPlan {
    pub(super) fn draw(seed: u64) -> Self {
        let mut seeds = Seeds::new(seed);
        let agents = usize::try_from(2 + seeds.below(3)).unwrap_or(2);
        let writes = 2 + seeds.below(14);
        let write = |seeds: &mut Seeds| {
            let by = usize::try_from(seeds.below(agents as u64)).unwrap_or(0);
            (by, seeds.below(HEALS), seeds.pick(&KINDS).unwrap_or(Kind::Set))
        };
        let mut writes: Vec<_> = (0..writes).map(|_| write(&mut seeds)).collect();
        writes.sort_by_key(|(_, at, _)| *at);
        let forgets = seeds.chance(30);
        let deed = |seeds: &mut Seeds| {
            let deed = match seeds.below(10) {
                0 | 1 => Deed::Synchronize,
                2..5 => Deed::Clear,
                5 if forgets => Deed::Forget,
                _ => Deed::Read,
            };
            // Often where something is written at that moment: that is where two changes meet.
            let near = usize::try_from(seeds.below(writes.len() as u64)).ok().and_then(|place| writes.get(place));
            let near = near.filter(|_| seeds.chance(50)).map(|(_, at, _)| at + seeds.below(40));
            (near.unwrap_or_else(|| seeds.below(HEALS)), deed)
        };
        let mut deeds: Vec<_> = (0..seeds.below(12)).map(|_| deed(&mut seeds)).collect();
        deeds.sort_by_key(|(at, _)| *at);
        let chaos = Chaos::draw(&mut seeds, agents + 1, HEALS);
        Self { seed, agents, writes, deeds, chaos }
    }

    pub(super) fn smaller(&self) -> Vec<Self> {
        let mut smaller: Vec<_> =
            self.chaos.smaller().into_iter().map(|chaos| Self { chaos, ..self.clone() }).collect();
        for at in 0..self.writes.len() {
            let mut less = self.clone();
            less.writes.remove(at);
            smaller.push(less);
        }
        for at in 0..self.deeds.len() {
            let mut less = self.clone();
            less.deeds.remove(at);
            smaller.push(less);
        }
        smaller
    }

    /// Whether what was deleted is forgotten at some time: then nobody can tell for certain what comes back.
    pub(super) fn forgets(&self) -> bool {
        self.deeds.iter().any(|(_, deed)| *deed == Deed::Forget)
    }
}

/// When nothing goes wrong any more, in milliseconds.
const HEALS: u64 = 1_500;

const KINDS: [Kind; 5] = [Kind::Set, Kind::Scratch, Kind::Count, Kind::Leader, Kind::Note];
