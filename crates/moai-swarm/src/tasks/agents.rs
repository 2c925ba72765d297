//! Who takes part, sorted by what an offer asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use moai_core::AgentId;

use super::{TaskId, Worker};

#[derive(Debug)]
pub(super) struct Agent {
    pub(super) worker: Worker,
    pub(super) offered: BTreeSet<(Duration, TaskId)>,
    pub(super) leased: BTreeSet<TaskId>,
    /// Its leases are being ended: it gets nothing more.
    pub(super) is_closed: bool,
}

impl Agent {
    pub(super) fn new(worker: Worker) -> Self {
        Self { worker, offered: BTreeSet::new(), leased: BTreeSet::new(), is_closed: false }
    }

    pub(super) fn load(&self) -> usize {
        self.offered.len().saturating_add(self.leased.len())
    }

    /// How many more leases it may hold.
    pub(super) fn room(&self) -> usize {
        if self.is_closed { 0 } else { self.worker.limit.saturating_sub(self.leased.len()) }
    }

    pub(super) fn can(&self, needs: &BTreeSet<String>) -> bool {
        needs.is_subset(&self.worker.capabilities)
    }
}

#[derive(Debug, Default)]
pub(super) struct Agents {
    all: BTreeMap<AgentId, Agent>,
    by_load: BTreeSet<(usize, AgentId)>,
    /// By how much they are capable of, then by load.
    by_skill: BTreeSet<(usize, usize, AgentId)>,
    at_place: BTreeMap<String, BTreeSet<(usize, AgentId)>>,
}

impl Agents {
    pub(super) fn get(&self, name: &AgentId) -> Option<&Agent> {
        self.all.get(name)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Agent> {
        self.all.values()
    }

    pub(super) fn remove(&mut self, name: &AgentId) -> Option<Agent> {
        let agent = self.all.remove(name)?;
        self.index(name, &agent, false);
        Some(agent)
    }

    pub(super) fn insert(&mut self, name: AgentId, agent: Agent) {
        self.index(&name, &agent, true);
        self.all.insert(name, agent);
    }

    /// Every change of an agent goes through here, so that it stands where it belongs.
    pub(super) fn change<T>(&mut self, name: &AgentId, change: impl FnOnce(&mut Agent) -> T) -> Option<T> {
        let mut agent = self.remove(name)?;
        let changed = change(&mut agent);
        self.insert(name.clone(), agent);
        Some(changed)
    }

    fn index(&mut self, name: &AgentId, agent: &Agent, stands: bool) {
        if agent.is_closed {
            return;
        }
        let load = agent.load();
        set(&mut self.by_load, (load, name.clone()), stands);
        set(&mut self.by_skill, (agent.worker.capabilities.len(), load, name.clone()), stands);
        for place in &agent.worker.places {
            let there = self.at_place.entry(place.clone()).or_default();
            set(there, (load, name.clone()), stands);
            if there.is_empty() {
                self.at_place.remove(place);
            }
        }
    }

    /// Those that get something, from whoever has the least.
    pub(super) fn by_load(&self) -> impl Iterator<Item = (&AgentId, &Agent)> {
        self.by_load.iter().filter_map(|(_, name)| self.all.get_key_value(name))
    }

    pub(super) fn by_skill(&self) -> impl Iterator<Item = (&AgentId, &Agent)> {
        self.by_skill.iter().filter_map(|(.., name)| self.all.get_key_value(name))
    }

    pub(super) fn at_place(&self, place: &str) -> impl Iterator<Item = (&AgentId, &Agent)> {
        self.at_place.get(place).into_iter().flatten().filter_map(|(_, name)| self.all.get_key_value(name))
    }

    /// One after the other, beginning behind a name.
    pub(super) fn behind(&self, last: Option<&AgentId>) -> impl Iterator<Item = (&AgentId, &Agent)> {
        use std::ops::Bound::{Excluded, Included, Unbounded};
        let from = last.map_or(Unbounded, Excluded);
        let rest = last.map(|last| self.all.range::<AgentId, _>((Unbounded, Included(last))));
        let round = self.all.range::<AgentId, _>((from, Unbounded)).chain(rest.into_iter().flatten());
        round.filter(|(_, agent)| !agent.is_closed)
    }
}

fn set<T: Ord>(set: &mut BTreeSet<T>, item: T, stands: bool) {
    if stands {
        set.insert(item);
    } else {
        set.remove(&item);
    }
}
