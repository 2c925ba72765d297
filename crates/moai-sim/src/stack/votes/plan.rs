//! What a seed makes of a world of votes.

use moai_core::{AgentId, ProposalId};

use crate::Seeds;
use crate::invariant::Counted;
use crate::stack::Chaos;

/// A world of votes: who votes and how, what is asked and when, and what goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VotesPlan {
    /// What everything else is drawn from.
    pub seed: u64,
    /// How each voter is.
    pub voters: Vec<Manner>,
    /// What is asked.
    pub questions: Vec<Question>,
    /// What goes wrong.
    pub chaos: Chaos,
}

/// How a voter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Thinks, writes its word down, and gives it.
    Honest,
    /// Honest, and its word is handed to the manager by whoever asks.
    ByHand,
    /// Says both at once.
    Double,
    /// Says something else each time.
    Turncoat,
    /// Says everything it ever said again and again.
    Replayer,
    /// Votes in the names of others.
    Forger,
    /// Says nothing.
    Silent,
    /// Says far too much, most of it rubbish.
    Flooder,
    /// Answers when it is too late.
    Late,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// By what it is decided.
    pub by: Counted,
    /// At which millisecond.
    pub asked: u64,
    /// How many milliseconds there are to answer.
    pub within: u64,
}

impl VotesPlan {
    pub(super) fn draw(seed: u64) -> Self {
        let mut seeds = Seeds::new(seed);
        let count = 3 + seeds.below(5);
        let liars = if seeds.chance(70) { seeds.below(count / 2 + 1) } else { 0 };
        let manner = |number: u64, seeds: &mut Seeds| match number {
            number if number >= liars => {
                if seeds.chance(15) {
                    Manner::ByHand
                } else {
                    Manner::Honest
                }
            }
            _ => seeds.pick(&LIARS).unwrap_or(Manner::Silent),
        };
        let voters: Vec<_> = (0..count).map(|number| manner(number, &mut seeds)).collect();
        let questions = (0..1 + seeds.below(4)).map(|_| Question::draw(&mut seeds)).collect();
        let chaos = Chaos::draw(&mut seeds, voters.len() + 1, HEALS);
        Self { seed, voters, questions, chaos }
    }

    pub(super) fn smaller(&self) -> Vec<Self> {
        let mut smaller = Vec::new();
        if self.questions.len() > 1 {
            smaller.extend((0..self.questions.len()).map(|at| {
                let mut less = self.clone();
                less.questions.remove(at);
                less
            }));
        }
        for at in (0..self.voters.len()).filter(|at| self.voters.get(*at) != Some(&Manner::Honest)) {
            let mut less = self.clone();
            less.voters.get_mut(at).into_iter().for_each(|manner| *manner = Manner::Honest);
            smaller.push(less);
        }
        smaller.extend(self.chaos.smaller().into_iter().map(|chaos| Self { chaos, ..self.clone() }));
        smaller
    }
}

/// When nothing goes wrong any more, in milliseconds.
const HEALS: u64 = 1_500;

const LIARS: [Manner; 7] =
    [Manner::Double, Manner::Turncoat, Manner::Replayer, Manner::Forger, Manner::Silent, Manner::Flooder, Manner::Late];

impl Question {
    fn draw(seeds: &mut Seeds) -> Self {
        let by = match seeds.below(5) {
            0 | 1 => Counted::MoreThan(1, 2),
            2 => Counted::MoreThan(3, 5),
            3 => Counted::Everybody,
            _ => Counted::Confirmed { faults: 1, rounds: 3 },
        };
        Self { by, asked: seeds.below(800), within: 100 + seeds.below(900) }
    }
}

impl Manner {
    /// Whether it keeps to the rules.
    #[must_use]
    pub const fn is_honest(self) -> bool {
        matches!(self, Self::Honest | Self::ByHand)
    }
}

/// The name of a voter.
pub(super) fn voter(number: usize) -> Option<AgentId> {
    AgentId::new(format!("voter-{number}")).ok()
}

/// The name of a question.
pub(super) fn question(number: usize) -> Option<ProposalId> {
    ProposalId::new(format!("question-{number}")).ok()
}
