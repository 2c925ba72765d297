//! A plan from a seed.

use std::collections::BTreeMap;

use moai_consensus::Choice;

use super::plan::DELTA;
use super::{Lie, Plan, Ruling};
use crate::Seeds;
use crate::world::{Cut, Mix};

impl Plan {
    /// A plan with liars of no more weight than is borne.
    #[must_use]
    pub fn draw(seed: u64) -> Self {
        let mut seeds = Seeds::new(seed);
        let members = members(&mut seeds);
        let mut plan = Self::among(&mut seeds, members);
        match seeds.below(100) {
            0..40 if members < 10 => {
                plan.embitter(&mut seeds);
                return plan;
            }
            40..50 if members < 10 => {
                plan.sway(&mut seeds);
                return plan;
            }
            _ => {}
        }
        let (faults, tries) = (plan.faults, seeds.below(2 * u64::from(members)));
        plan.add_liars(&mut seeds, faults, tries, lie);
        plan
    }

    /// Much is lost for long, views fail, and those who may lie do so about them: there agents come where they hardly ever
    /// come otherwise.
    fn embitter(&mut self, seeds: &mut Seeds) {
        self.faults = self.weights.iter().sum::<u64>().saturating_sub(1) / 3;
        self.deadline = 200_000 + micros(seeds.below(400_000));
        for (_, when) in &mut self.votes {
            *when /= 8;
        }
        let (lost, longest) = (seeds.pick(&[400, 600, 700]).unwrap_or_default(), seeds.pick(&[DELTA, 3 * DELTA]));
        let heals_at = 2_000_000 + micros(seeds.below(2_000_000));
        self.mix = Mix { heals_at, lost, longest: longest.unwrap_or(DELTA), ..self.mix.clone() };
        let (faults, tries) = (self.faults, 8 * u64::from(self.members()));
        self.add_liars(seeds, faults, tries, |seeds| match seeds.below(4) {
            0 => Lie::Forger { loud: 80 },
            1 => Lie::Corrupter { way: 3 + seeds.below(2) },
            _ => Lie::Usher,
        });
    }

    /// It hangs on one who turns, and on the last one, who takes its time: what was certain is open again.
    fn sway(&mut self, seeds: &mut Seeds) {
        self.faults = self.weights.iter().sum::<u64>().saturating_sub(1) / 3;
        self.ruling = Ruling::Half;
        self.deadline = 4_000_000 + micros(seeds.below(2_000_000));
        for (choice, when) in &mut self.votes {
            (*choice, *when) = (Choice::For, micros(seeds.below(50_000)));
        }
        let slow = seeds.below(self.votes.len() as u64 / 2) + 1;
        for (_, when) in self.votes.iter_mut().take(usize::try_from(slow).unwrap_or(1)) {
            *when = self.deadline / 4 * 3;
        }
        let heals_at = micros(seeds.below(500_000));
        self.mix = Mix { heals_at, all_crash: None, cuts: Vec::new(), ..self.mix.clone() };
        let (faults, tries) = (self.faults, 8 * u64::from(self.members()));
        self.add_liars(seeds, faults, tries, |seeds| if seeds.chance(70) { Lie::Turncoat } else { Lie::Silent });
    }

    /// A plan with liars of more weight than is borne: they work together, and a few of the others may be cut off from
    /// each other for most of the time.
    #[must_use]
    pub fn draw_beyond(seed: u64) -> Self {
        let mut seeds = Seeds::new(seed);
        let members = seeds.pick(&[4, 4, 4, 7, 7, 10]).unwrap_or(4);
        let mut plan = Self::among(&mut seeds, members);
        plan.faults = (plan.weights.iter().sum::<u64>() - 1) / 3;
        // Less than a quorum: with that they could decide alone, and honest agents would see no lie.
        let quorum = u64::midpoint(plan.weights.iter().sum(), plan.faults) + 1;
        let weight = plan.faults + 1 + seeds.below(quorum.saturating_sub(plan.faults + 1));
        let together = seeds.chance(70);
        plan.add_liars(&mut seeds, weight, 12 * u64::from(members), |seeds| match seeds.below(3) {
            _ if together => Lie::TwoFaced,
            0 => Lie::DoubleVoter,
            1 => Lie::Equivocator { slips: 0 },
            _ => lie(seeds),
        });
        if together {
            plan.split(&mut seeds);
        }
        plan
    }

    /// Cuts the honest ones in two, for as long as it takes.
    fn split(&mut self, seeds: &mut Seeds) {
        let honest = (0..self.members()).filter(|place| !self.liars.contains_key(place));
        let honest = honest.fold(0, |all, place| all | 1 << (place % 64));
        let until = 2_000_000 + micros(seeds.below(3_000_000));
        let cut = Cut { from: 0, until, side: honest & self.half, other: honest & !self.half, one_way: false };
        let (lost, longest) = (seeds.pick(&[0, 50]).unwrap_or_default(), DELTA);
        self.mix =
            Mix { heals_at: until, longest, lost, cuts: vec![cut], crash: 0, all_crash: None, ..self.mix.clone() };
    }

    fn among(seeds: &mut Seeds, members: u32) -> Self {
        let weights: Vec<u64> = match seeds.below(3) {
            0 => (0..members).map(|_| 1 + seeds.below(3)).collect(),
            _ => (0..members).map(|_| 1).collect(),
        };
        let faults = weights.iter().sum::<u64>().saturating_sub(1) / 3;
        // Quorums are larger than 2f + 1 where fewer may lie than could.
        let faults = if seeds.chance(30) { seeds.below(faults + 1) } else { faults };
        let ruling = seeds.pick(&Ruling::ALL).unwrap_or(Ruling::Half);
        let longest = if seeds.chance(25) { 6_000_000 } else { 2_000_000 };
        let deadline = 200_000 + micros(seeds.below(longest));
        // Some have no answer in time; in other worlds all are quick.
        let last = if seeds.chance(40) { deadline / 4 } else { deadline / 4 * 5 };
        let said = [Choice::For, Choice::For, Choice::Against, Choice::Abstain];
        let vote = |seeds: &mut Seeds| {
            let choice = seeds.pick(&said).unwrap_or(Choice::For);
            (choice, micros(seeds.below(last.unsigned_abs())))
        };
        let mut votes: Vec<_> = weights.iter().map(|_| vote(seeds)).collect();
        // Now and then it hangs on the last one, who takes its time.
        if seeds.chance(20) {
            for (choice, when) in &mut votes {
                (*choice, *when) = (Choice::For, *when / 16);
            }
            if let Some((_, when)) = votes.last_mut() {
                *when = last / 8 * 7;
            }
        }
        let (content, half) = (seeds.next(), seeds.next());
        let mix = Mix::draw(seeds, DELTA, 4_000_000, members);
        Self { content, weights, faults, ruling, deadline, votes, liars: BTreeMap::new(), half, mix }
    }

    fn add_liars(&mut self, seeds: &mut Seeds, weight: u64, tries: u64, mut lie: impl FnMut(&mut Seeds) -> Lie) {
        let mut left = weight;
        for _ in 0..tries {
            let place = u32::try_from(seeds.below(self.members().into())).unwrap_or_default();
            let Some(its) = self.weights.get(place as usize).filter(|its| **its <= left) else { continue };
            if left > 0 && !self.liars.contains_key(&place) {
                left -= its;
                self.liars.insert(place, lie(seeds));
            }
        }
    }
}

/// Mostly few: what can go wrong among many goes wrong among four as well, and sooner.
fn members(seeds: &mut Seeds) -> u32 {
    match seeds.below(200) {
        0 => 31,
        1..=4 => 13,
        5..=14 => 10,
        15..=50 => 7,
        51..=60 => 6,
        61..=70 => 5,
        _ => 4,
    }
}

fn lie(seeds: &mut Seeds) -> Lie {
    let by = [DELTA, 4 * DELTA, 15 * DELTA];
    let by = seeds.pick(&by).unwrap_or(DELTA);
    let of_hundred = |seeds: &mut Seeds, from: &[u64]| seeds.pick(from).unwrap_or_default();
    match seeds.below(22) {
        0 => Lie::Silent,
        1 => Lie::Withholder { tells: of_hundred(seeds, &[10, 30, 60]) },
        2..=4 => Lie::Equivocator { slips: of_hundred(seeds, &[0, 0, 10, 50]) },
        5 => Lie::Replayer,
        6 => Lie::Flooder,
        7 => Lie::Late { by },
        8 => Lie::StaleView { by },
        9 => Lie::FutureStamper { ahead: by * 8 },
        10 | 11 => Lie::DoubleVoter,
        12..=14 => Lie::Forger { loud: of_hundred(seeds, &[10, 40, 80]) },
        15 | 16 => Lie::Turncoat,
        17 | 18 => Lie::Usher,
        _ => Lie::Corrupter { way: seeds.below(7) },
    }
}

fn micros(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
