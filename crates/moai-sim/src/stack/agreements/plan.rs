//! What a seed makes of a world of agreements.

use std::time::Duration;

use moai_consensus::one_shot::Setting;
use moai_consensus::{Choice, Draft, Elector, Electorate, Proposal, Ratio, Rule, Threshold};
use moai_core::{AgentId, Limits, Timestamp, agent_id, value};

use crate::Seeds;
use crate::one_shot::Keys;
use crate::stack::{Chaos, SimClock};

/// A world of agreements without a coordinator: who takes part and how, what is agreed on and until when, and what goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementsPlan {
    /// What everything else is drawn from.
    pub seed: u64,
    /// How each owner is.
    pub owners: Vec<Owner>,
    /// Until which millisecond each agreement takes ballots.
    pub deadlines: Vec<u64>,
    /// What goes wrong.
    pub chaos: Chaos,
}

/// How an owner is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Runs the driver with a journal.
    Honest(Choice),
    /// Says nothing.
    Silent,
    /// Says one thing to some and another thing to the others, and signs for and against whatever is proposed.
    TwoFaced,
    /// Sends everything that it hears to everybody, cut and changed.
    Garbler,
}

impl AgreementsPlan {
    pub(super) fn draw(seed: u64) -> Self {
        let mut seeds = Seeds::new(seed);
        let members = 4 + seeds.below(4);
        let liars = if seeds.chance(60) { seeds.below((members - 1) / 3 + 1) } else { 0 };
        let owner = |place: u64, seeds: &mut Seeds| match (place < liars, seeds.below(10)) {
            (true, 0..3) => Owner::Silent,
            (true, 3..8) => Owner::TwoFaced,
            (true, _) => Owner::Garbler,
            (false, 0..6) => Owner::Honest(Choice::For),
            (false, 6..9) => Owner::Honest(Choice::Against),
            (false, _) => Owner::Honest(Choice::Abstain),
        };
        let owners: Vec<_> = (0..members).map(|place| owner(place, &mut seeds)).collect();
        let deadlines = (0..1 + seeds.below(2)).map(|_| 200 + seeds.below(1_000)).collect();
        let chaos = Chaos::draw(&mut seeds, owners.len(), HEALS);
        Self { seed, owners, deadlines, chaos }
    }

    pub(super) fn smaller(&self) -> Vec<Self> {
        let mut smaller = Vec::new();
        if self.deadlines.len() > 1 {
            smaller.extend((0..self.deadlines.len()).map(|at| {
                let mut less = self.clone();
                less.deadlines.remove(at);
                less
            }));
        }
        for place in (0..self.owners.len()).filter(|place| !self.is_honest(*place)) {
            let mut less = self.clone();
            less.owners.get_mut(place).into_iter().for_each(|owner| *owner = Owner::Honest(Choice::For));
            smaller.push(less);
        }
        smaller.extend(self.chaos.smaller().into_iter().map(|chaos| Self { chaos, ..self.clone() }));
        smaller
    }

    pub(super) fn is_honest(&self, place: usize) -> bool {
        matches!(self.owners.get(place), Some(Owner::Honest(_)))
    }

    pub(super) fn keys(&self) -> Keys {
        Keys::hashed(u32::try_from(self.owners.len()).unwrap_or(u32::MAX))
    }

    /// What is agreed on, as every owner knows it.
    pub(super) fn settings(&self, keys: &Keys) -> Result<Vec<(Proposal, Setting)>, String> {
        let told = |why: &dyn std::fmt::Display| why.to_string();
        let electors = (0..self.owners.len()).filter_map(|place| {
            let key = keys.signer(u32::try_from(place).ok()?)?.key();
            Some(Elector::new(owner(place)?).with_key(key))
        });
        let electorate = Electorate::new(electors).map_err(|why| told(&why))?;
        let faults = (self.owners.len() as u64).saturating_sub(1) / 3;
        let setting = |(number, within): (usize, &u64)| {
            let content = value!({"question": (i64::try_from(number).unwrap_or_default())});
            let draft = Draft::from(content).identify(agent_id!("lead"), [0; 16], &Limits::default());
            let proposal = draft.map_err(|why| told(&why))?;
            let micros = i64::try_from(within * 1_000).unwrap_or(i64::MAX);
            let deadline = Timestamp::from_unix_micros(SimClock::BEGINNING.saturating_add(micros));
            let deadline = deadline.map_err(|why| told(&why))?;
            let rule = Threshold::more_than(Ratio::HALF).map_err(|why| told(&why))?.shared();
            let setting = Setting::new(&proposal, electorate.clone(), rule, faults, deadline, DELTA);
            Ok((proposal, setting.map_err(|why| told(&why))?))
        };
        self.deadlines.iter().enumerate().map(setting).collect()
    }
}

/// When nothing goes wrong any more, in milliseconds.
const HEALS: u64 = 1_500;

/// How long a message takes at the most when all is well.
const DELTA: Duration = Duration::from_millis(50);

/// The name of an owner; their order is that of their places.
pub(super) fn owner(place: usize) -> Option<AgentId> {
    AgentId::new(format!("owner-{place}")).ok()
}
