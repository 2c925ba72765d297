//! What a seed makes of an agreement.

use std::collections::BTreeMap;
use std::time::Duration;

use moai_consensus::one_shot::Setting;
use moai_consensus::{Choice, Draft, Elector, Electorate};
use moai_core::{AgentId, Limits, agent_id, value};

use super::member::moment;
use super::{Keys, Lie, Ruling};
use crate::world::Mix;

/// How long a message takes at the most once the network is good, in microseconds.
pub(super) const DELTA: i64 = 100_000;

/// What a seed makes of an agreement: who takes part, who lies and how, and what goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What it is about, so that leaders change from world to world.
    pub content: u64,
    /// The weight of each place.
    pub weights: Vec<u64>,
    /// The weight that may lie.
    pub faults: u64,
    /// The rule.
    pub ruling: Ruling,
    /// When ballots count no more, in microseconds.
    pub deadline: i64,
    /// What each votes, and when it is asked.
    pub votes: Vec<(Choice, i64)>,
    /// Who lies, and how.
    pub liars: BTreeMap<u32, Lie>,
    /// Whom the second twin of an equivocator talks to.
    pub half: u64,
    /// What goes wrong.
    pub mix: Mix,
}

impl Plan {
    /// How many take part.
    #[must_use]
    pub fn members(&self) -> u32 {
        u32::try_from(self.weights.len()).unwrap_or(u32::MAX)
    }

    /// What the liars weigh.
    #[must_use]
    pub fn lying(&self) -> u64 {
        let weight = |place: &u32| self.weights.get(*place as usize).copied().unwrap_or_default();
        self.liars.keys().map(weight).sum()
    }

    /// The agreement itself.
    ///
    /// # Errors
    ///
    /// What does not fit together: a plan that was drawn does.
    pub fn setting(&self, keys: &Keys) -> Result<Setting, String> {
        let content = i64::try_from(self.content & (u64::MAX >> 1)).unwrap_or_default();
        let draft = Draft::from(value!({"world": content}));
        let proposal = draft.identify(agent_id!("lead"), [0; 16], &Limits::default()).map_err(|why| why.to_string())?;
        let elector = |(place, weight): (u32, &u64)| {
            let id = AgentId::new(format!("agent-{place:02}")).map_err(|why| why.to_string())?;
            let key = keys.signer(place).ok_or("no key")?.key();
            Ok(Elector::new(id).weighing(*weight).with_key(key))
        };
        let electors = (0..).zip(&self.weights).map(elector).collect::<Result<Vec<_>, String>>()?;
        let electorate = Electorate::new(electors).map_err(|why| why.to_string())?;
        let rule = self.ruling.rule().map_err(|why| why.to_string())?;
        let delta = Duration::from_micros(DELTA.unsigned_abs());
        Setting::new(&proposal, electorate, rule, self.faults, moment(self.deadline), delta)
            .map_err(|why| why.to_string())
    }
}
