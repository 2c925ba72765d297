//! What a seed makes of rumours.

use std::collections::BTreeSet;

use moai_consensus::Choice;

use crate::Seeds;
use crate::world::Mix;

/// What a seed makes of rumours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What decides who tells whom.
    pub seed: u64,
    /// How many others each tells in a round.
    pub fanout: u32,
    /// What each votes, and when; some never.
    pub votes: Vec<Option<(Choice, i64)>>,
    /// Who repeats what it hears, besides them: one that repeats old things, one that floods.
    pub echoes: BTreeSet<u32>,
    /// The share that must be for it, in hundredths.
    pub threshold: u64,
    /// What goes wrong.
    pub mix: Mix,
}

impl Plan {
    /// A plan from a seed.
    #[must_use]
    pub fn draw(seed: u64) -> Self {
        let mut seeds = Seeds::new(seed);
        let members = match seeds.below(20) {
            0 => 65 + seeds.below(20),
            1..=4 => 20 + seeds.below(20),
            _ => 3 + seeds.below(9),
        };
        let mix = Mix::draw(&mut seeds, 100_000, 3_000_000, u32::try_from(members).unwrap_or(3));
        let horizon = mix.heals_at.unsigned_abs() + 1;
        let silent = seeds.pick(&[0, 0, 20]).unwrap_or_default();
        let vote = |seeds: &mut Seeds| {
            let said = [Choice::For, Choice::For, Choice::Against, Choice::Abstain];
            let vote = (seeds.pick(&said)?, i64::try_from(seeds.below(horizon)).ok()?);
            (!seeds.chance(silent)).then_some(vote)
        };
        let votes = (0..members).map(|_| vote(&mut seeds)).collect();
        let fanout = u32::try_from(1 + seeds.below(3)).unwrap_or(1);
        let echoes = (0..2).filter(|_| seeds.chance(20)).collect();
        Self { seed: seeds.next(), fanout, votes, echoes, threshold: 34 + seeds.below(50), mix }
    }

    /// How many take part.
    #[must_use]
    pub fn members(&self) -> u32 {
        u32::try_from(self.votes.len()).unwrap_or(u32::MAX)
    }

    /// Plans that lack something of this one.
    #[must_use]
    pub fn smaller(&self) -> Vec<Self> {
        let mut all = vec![Self { echoes: BTreeSet::new(), ..self.clone() }];
        let count = self.votes.len();
        if count > 3 {
            let first = self.votes.iter().take((count / 2).max(3)).copied().collect();
            all.push(Self { votes: first, ..self.clone() });
        }
        all.extend(self.mix.smaller().into_iter().map(|mix| Self { mix, ..self.clone() }));
        all.retain(|smaller| smaller != self);
        all
    }
}
