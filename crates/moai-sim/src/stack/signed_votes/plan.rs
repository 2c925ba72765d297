//! What a seed makes of a world of signed votes.

use moai_core::AgentId;

use crate::Seeds;
use crate::invariant::Counted;
use crate::stack::Chaos;

/// A world of signed votes: who votes and how, what is asked, whether whoever else asks lies, and what goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedVotesPlan {
    /// What everything else is drawn from.
    pub seed: u64,
    /// How each voter is.
    pub voters: Vec<SignedVoter>,
    /// How many words each honest voter holds in memory.
    pub memory: usize,
    /// What is asked: by what it is decided, at which millisecond, and how many milliseconds there are to answer.
    pub questions: Vec<(Counted, u64, u64)>,
    /// What the lying manager does, one after another.
    pub deceits: Vec<Deceit>,
    /// What goes wrong.
    pub chaos: Chaos,
}

/// How a voter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedVoter {
    /// Thinks, writes its word down, signs it, and gives it.
    Honest,
    /// Signs both sides at once.
    DoubleVoter,
    /// Signs another side each time.
    Turncoat,
}

/// What a lying manager does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deceit {
    /// Shows one thing, and asks for a ballot on another.
    Exchange,
    /// Puts old questions again.
    Repeat,
    /// Asks some this and others that, under one name.
    Divide,
    /// Keeps ballots back, and puts certificates together from the others.
    Withhold,
}

impl SignedVotesPlan {
    pub(super) fn draw(seed: u64) -> Self {
        let mut seeds = Seeds::new(seed);
        let count = 3 + seeds.below(4);
        let liars = if seeds.chance(50) { 1 + seeds.below(count / 2) } else { 0 };
        let manner = |number: u64, seeds: &mut Seeds| match number {
            number if number >= liars => SignedVoter::Honest,
            _ if seeds.chance(50) => SignedVoter::DoubleVoter,
            _ => SignedVoter::Turncoat,
        };
        let voters: Vec<_> = (0..count).map(|number| manner(number, &mut seeds)).collect();
        let memory = 1 + usize::from(seeds.chance(50));
        let question = |seeds: &mut Seeds| {
            let by = match seeds.below(4) {
                0 => Counted::Everybody,
                1 if count > 3 => Counted::Confirmed { faults: 1, rounds: 3 },
                _ => Counted::MoreThan(1, 2),
            };
            (by, seeds.below(600), 200 + seeds.below(600))
        };
        let questions = (0..2 + seeds.below(3)).map(|_| question(&mut seeds)).collect();
        let deceits = (0..seeds.below(12)).filter_map(|_| seeds.pick(&DECEITS)).collect();
        let chaos = Chaos::draw(&mut seeds, voters.len() + 2, HEALS);
        Self { seed, voters, memory, questions, deceits, chaos }
    }

    /// How many sign whatever they like.
    pub(super) fn liars(&self) -> u64 {
        self.voters.iter().filter(|voter| **voter != SignedVoter::Honest).count() as u64
    }

    pub(super) fn smaller(&self) -> Vec<Self> {
        let mut smaller = Vec::new();
        let mut but = |change: &dyn Fn(&mut Self)| {
            let mut less = self.clone();
            change(&mut less);
            smaller.push(less);
        };
        for at in 0..self.deceits.len() {
            but(&|less| _ = less.deceits.remove(at));
        }
        for at in (0..self.questions.len()).filter(|_| self.questions.len() > 1) {
            but(&|less| _ = less.questions.remove(at));
        }
        for at in (0..self.voters.len()).filter(|at| self.voters.get(*at) != Some(&SignedVoter::Honest)) {
            but(&|less| less.voters.get_mut(at).into_iter().for_each(|voter| *voter = SignedVoter::Honest));
        }
        smaller.extend(self.chaos.smaller().into_iter().map(|chaos| Self { chaos, ..self.clone() }));
        smaller
    }
}

/// When nothing goes wrong any more, in milliseconds.
const HEALS: u64 = 1_200;

const DECEITS: [Deceit; 4] = [Deceit::Exchange, Deceit::Repeat, Deceit::Divide, Deceit::Withhold];

/// The name of a voter.
pub(super) fn voter(number: usize) -> Option<AgentId> {
    AgentId::new(format!("voter-{number}")).ok()
}
