//! What a seed makes of a vote.

use std::collections::BTreeMap;

use moai_consensus::{
    Algorithm, ByzantineConsensus, Choice, Draft, Elector, Electorate, Opening, Ratio, RuleAlgorithm, Session,
    Threshold, Unanimous,
};
use moai_core::{AgentId, Limits, Timestamp, agent_id, algorithm_name, value};

use crate::Seeds;
use crate::world::Mix;

/// How a vote is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// More than half of all heads.
    Half,
    /// At least two thirds of the weight.
    TwoThirds,
    /// Everybody.
    Unanimous,
    /// In rounds, with liars of this weight.
    Byzantine {
        /// The weight that may lie.
        faults: u64,
        /// How many rounds there are.
        rounds: u32,
    },
}

impl Manner {
    /// Opens a vote.
    pub(super) fn open(self, opening: Opening) -> Result<Box<dyn Session>, String> {
        let open = |algorithm: &dyn Algorithm, opening| algorithm.open(opening).map_err(|why| why.to_string());
        let said = |why: moai_core::InvalidInput| why.to_string();
        match self {
            Self::Half => open(&RuleAlgorithm::new(Threshold::more_than(Ratio::HALF).map_err(said)?), opening),
            Self::TwoThirds => {
                let share = Ratio::new(2, 3).map_err(said)?;
                open(&RuleAlgorithm::new(Threshold::at_least(share).map_err(said)?.by_weight()), opening)
            }
            Self::Unanimous => open(&RuleAlgorithm::new(Unanimous), opening),
            Self::Byzantine { faults, rounds } => {
                open(&ByzantineConsensus::new(faults, rounds).map_err(said)?, opening)
            }
        }
    }
}

/// What an honest voter answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// A ballot.
    Says(Choice),
    /// No ballot.
    Fails,
}

/// What a seed makes of a vote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// How it is run.
    pub manner: Manner,
    /// The weight of each voter: the first is at place 1.
    pub weights: Vec<u64>,
    /// What each answers, and how long it thinks.
    pub words: Vec<(Word, i64)>,
    /// Who lies, and in which way: fickle, silent, late, or stale.
    pub liars: BTreeMap<u32, u8>,
    /// When it is over, in microseconds.
    pub deadline: i64,
    /// What goes wrong.
    pub mix: Mix,
}

/// How long a message takes at the most once the network is good, in microseconds.
const DELTA: i64 = 100_000;

/// The name of the voter at a place.
pub(super) fn voter_id(place: u32) -> String {
    format!("voter-{place:02}")
}

/// The place of a voter.
pub(super) fn place_of(voter: &str) -> u32 {
    voter.rsplit('-').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

impl Plan {
    /// A plan from a seed.
    #[must_use]
    pub fn draw(seed: u64) -> Self {
        let mut seeds = Seeds::new(seed);
        let voters = u32::try_from(3 + seeds.below(7)).unwrap_or(3);
        let weighs = seeds.chance(40);
        let weights: Vec<u64> = (0..voters).map(|_| if weighs { 1 + seeds.below(3) } else { 1 }).collect();
        let most = weights.iter().sum::<u64>().saturating_sub(1) / 3;
        let faults = if seeds.chance(70) { most } else { seeds.below(most + 1) };
        let rounds = u32::try_from(3 + seeds.below(2)).unwrap_or(3);
        let manner = match seeds.below(6) {
            0 => Manner::Half,
            1 => Manner::TwoThirds,
            2 => Manner::Unanimous,
            _ => Manner::Byzantine { faults, rounds },
        };
        let deadline = i64::try_from(800_000 + seeds.below(4_000_000)).unwrap_or_default();
        let slow = seeds.pick(&[50_000, 200_000, 1_000_000]).unwrap_or(1);
        let agree = seeds.chance(60);
        let word = |seeds: &mut Seeds| match seeds.below(20) {
            0 => Word::Fails,
            _ if agree => Word::Says(Choice::For),
            1..=4 => Word::Says(Choice::Against),
            5 => Word::Says(Choice::Abstain),
            _ => Word::Says(Choice::For),
        };
        let words = weights.iter().map(|_| (word(&mut seeds), i64::try_from(seeds.below(slow)).unwrap_or_default()));
        let words = words.collect();
        let (mut left, mut liars) = (faults, BTreeMap::new());
        for _ in 0..seeds.below(2 * u64::from(voters)) {
            let place = 1 + u32::try_from(seeds.below(voters.into())).unwrap_or_default();
            let Some(weight) = weights.get(place as usize - 1).filter(|weight| **weight <= left) else { continue };
            if left > 0 && !liars.contains_key(&place) {
                left -= weight;
                liars.insert(place, seeds.pick(&[0, 0, 0, 0, 1, 2, 3]).unwrap_or_default());
            }
        }
        let mix = Mix::draw(&mut seeds, DELTA, 3_000_000, voters + 1);
        Self { manner, weights, words, liars, deadline, mix }
    }

    /// The vote itself.
    ///
    /// # Errors
    ///
    /// What does not fit together: a plan that was drawn does.
    pub fn opening(&self) -> Result<Opening, String> {
        let said = |why: moai_core::InvalidInput| why.to_string();
        let proposal = Draft::from(value!({"proposal_id": "upgrade", "action": "upgrade"}));
        let proposal = proposal.identify(agent_id!("lead"), [0; 16], &Limits::default()).map_err(said)?;
        let elector = |(place, weight): (u32, &u64)| {
            Ok(Elector::new(AgentId::new(voter_id(place)).map_err(said)?).weighing(*weight))
        };
        let electors = (1..).zip(&self.weights).map(elector).collect::<Result<Vec<_>, String>>()?;
        let electorate = Electorate::new(electors).map_err(said)?;
        let deadline = Timestamp::from_unix_micros(self.deadline).map_err(said)?;
        Ok(Opening::new(proposal, electorate, algorithm_name!("voted"), Timestamp::UNIX_EPOCH, deadline))
    }

    /// Plans that lack something of this one.
    #[must_use]
    pub fn smaller(&self) -> Vec<Self> {
        let mut all = Vec::new();
        for place in self.liars.keys() {
            let mut honest = self.clone();
            honest.liars.remove(place);
            all.push(honest);
        }
        all.extend(self.mix.smaller().into_iter().map(|mix| Self { mix, ..self.clone() }));
        let quick = self.words.iter().map(|(word, _)| (*word, 0)).collect();
        all.push(Self { words: quick, ..self.clone() });
        let alike = self.words.iter().map(|(_, think)| (Word::Says(Choice::For), *think)).collect();
        all.push(Self { words: alike, ..self.clone() });
        all.retain(|smaller| smaller != self);
        all
    }
}
