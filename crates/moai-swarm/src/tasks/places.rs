//! Where a task is: every move between the places goes through here.

use std::collections::BTreeSet;
use std::time::Duration;

use moai_core::AgentId;

use super::queue::Place;
use super::{NewTask, TaskQueue, TaskStatistics};

impl TaskQueue {
    /// The tasks that an agent has a lease of.
    pub(super) fn leased_by(&self, agent: &AgentId) -> Vec<u64> {
        self.agents.get(agent).map(|agent| agent.leased.iter().copied().collect()).unwrap_or_default()
    }

    pub(super) fn withdraw(&mut self, agent: &AgentId) {
        let offered = self.agents.get(agent).map(|agent| agent.offered.clone()).unwrap_or_default();
        for (_, id) in offered {
            self.take_out(id);
            self.put(id, Place::Ready);
        }
    }

    pub(super) fn end(&mut self, id: u64, now: Duration, rests: bool) {
        let Some(task) = self.open.get_mut(&id) else { return };
        task.attempts = task.attempts.saturating_add(1);
        let attempts = task.attempts;
        if attempts >= self.options.attempts {
            self.bury(id);
            return;
        }
        self.take_out(id);
        let at = now.saturating_add(self.options.rest(attempts));
        self.put(id, if rests { Place::Resting(at) } else { Place::Ready });
    }

    pub(super) fn done(&mut self, id: u64) {
        self.completed = self.completed.saturating_add(u64::from(self.finish(id).is_some()));
    }

    pub(super) fn bury(&mut self, id: u64) {
        let Some(new) = self.finish(id) else { return };
        self.dead = self.dead.saturating_add(1);
        self.letters.push_back((id, new));
        if self.letters.len() > self.options.remembered {
            self.letters.pop_front();
        }
    }

    /// The tasks that were given up last, each with its number; as many as are remembered.
    pub fn dead_letters(&self) -> impl Iterator<Item = &(u64, NewTask)> {
        self.letters.iter()
    }

    fn finish(&mut self, id: u64) -> Option<NewTask> {
        self.take_out(id);
        let new = self.open.remove(&id)?.new;
        self.finished.extend(new.key.clone());
        while self.finished.len() > self.options.remembered {
            self.finished.pop_front().and_then(|key| self.keys.remove(&key));
        }
        Some(new)
    }

    pub(super) fn wake(&mut self, now: Duration) {
        while let Some((_, id)) = self.resting.first().copied().filter(|(at, _)| *at <= now) {
            self.take_out(id);
            self.put(id, Place::Ready);
        }
    }

    pub(super) fn take_out(&mut self, id: u64) -> Option<Place> {
        let task = self.open.get_mut(&id)?;
        let at = (task.rank, id);
        let place = std::mem::replace(&mut task.place, Place::Ready);
        match &place {
            Place::Ready => {
                let wants = (task.new.place.clone(), task.new.needs.clone());
                if let Some(tasks) = self.ready.get_mut(&wants) {
                    tasks.remove(&at);
                    if tasks.is_empty() {
                        self.ready.remove(&wants);
                    }
                }
            }
            Place::Resting(until) => {
                self.resting.remove(&(*until, id));
            }
            Place::Offered(agent) => {
                self.agents.get_mut(agent).map(|agent| agent.offered.remove(&at));
            }
            Place::Leased { agent, until, .. } => {
                self.leases.remove(&(*until, id));
                self.agents.get_mut(agent).map(|agent| agent.leased.remove(&id));
            }
        }
        Some(place)
    }

    pub(super) fn put(&mut self, id: u64, place: Place) {
        let Some(task) = self.open.get_mut(&id) else { return };
        let at = (task.rank, id);
        match &place {
            Place::Ready => {
                self.ready.entry((task.new.place.clone(), task.new.needs.clone())).or_default().insert(at);
            }
            Place::Resting(until) => {
                self.resting.insert((*until, id));
            }
            Place::Offered(agent) => {
                self.agents.get_mut(agent).map(|agent| agent.offered.insert(at));
            }
            Place::Leased { agent, until, .. } => {
                self.leases.insert((*until, id));
                self.agents.get_mut(agent).map(|agent| agent.leased.insert(id));
            }
        }
        task.place = place;
    }

    /// What it holds.
    pub fn statistics(&self) -> TaskStatistics {
        let can = |needs: &BTreeSet<String>| self.agents.values().any(|a| needs.is_subset(&a.worker.capabilities));
        TaskStatistics {
            ready: self.ready.values().map(BTreeSet::len).sum(),
            resting: self.resting.len(),
            offered: self.agents.values().map(|agent| agent.offered.len()).sum(),
            leased: self.leases.len(),
            completed: self.completed,
            dead: self.dead,
            nobody_has: self.ready.keys().map(|(_, needs)| needs).filter(|needs| !can(needs)).cloned().collect(),
        }
    }
}
