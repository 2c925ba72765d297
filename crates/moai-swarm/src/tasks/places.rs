//! Where a task is: every move between the places goes through here.

use std::collections::BTreeSet;
use std::time::Duration;

use moai_core::AgentId;
use moai_core::planted::planted;

use super::queue::Place;
use super::{NewTask, TaskId, TaskQueue, TaskStatistics};

impl TaskQueue {
    /// The tasks that an agent has a lease of.
    pub(super) fn leased_by(&self, agent: &AgentId) -> Vec<TaskId> {
        self.agents.get(agent).map(|agent| agent.leased.iter().copied().collect()).unwrap_or_default()
    }

    pub(super) fn withdraw(&mut self, agent: &AgentId) {
        let offered = self.agents.get(agent).map(|agent| agent.offered.clone()).unwrap_or_default();
        for (_, id) in offered {
            self.take_out(id);
            self.put(id, Place::Ready);
        }
    }

    pub(super) fn end(&mut self, id: TaskId, now: Duration, rests: bool) {
        let Some(task) = self.open.get_mut(&id) else { return };
        task.attempts = task.attempts.saturating_add(1);
        let attempts = task.attempts;
        if attempts >= self.options.attempts {
            self.bury(id);
            return;
        }
        self.take_out(id);
        if planted("losing_what_failed") && rests {
            self.open.remove(&id);
            return;
        }
        let at = now.saturating_add(self.options.rest(attempts));
        self.put(id, if rests { Place::Resting(at) } else { Place::Ready });
    }

    pub(super) fn done(&mut self, id: TaskId) {
        self.completed = self.completed.saturating_add(u64::from(self.finish(id).is_some()));
    }

    pub(super) fn bury(&mut self, id: TaskId) {
        let Some(new) = self.finish(id) else { return };
        self.dead = self.dead.saturating_add(1);
        self.letters.push_back((id, new));
        if self.letters.len() > self.options.remembered {
            self.letters.pop_front();
        }
    }

    /// The tasks that were given up last, each with its number; as many as are remembered.
    pub fn dead_letters(&self) -> impl Iterator<Item = &(TaskId, NewTask)> {
        self.letters.iter()
    }

    fn finish(&mut self, id: TaskId) -> Option<NewTask> {
        self.take_out(id);
        let new = self.open.remove(&id)?.new;
        self.finished.extend(new.key.clone().map(|key| (key, id)));
        while self.finished.len() > self.options.remembered {
            let Some((key, of)) = self.finished.pop_front() else { break };
            // A journal that was written with a shorter memory may have taken the key again.
            if self.keys.get(&key) == Some(&of) {
                self.keys.remove(&key);
            }
        }
        Some(new)
    }

    pub(super) fn wake(&mut self, now: Duration) {
        while let Some((_, id)) = self.resting.first().copied().filter(|(at, _)| *at <= now) {
            self.take_out(id);
            self.put(id, Place::Ready);
        }
    }

    pub(super) fn take_out(&mut self, id: TaskId) -> Option<Place> {
        let task = self.open.get_mut(&id)?;
        let at = (task.rank, id);
        let place = std::mem::replace(&mut task.place, Place::Ready);
        let needs = &task.new.needs;
        match &place {
            Place::Ready => {
                if let Some(tasks) = self.waiting.get_mut(needs) {
                    tasks.remove(at, task.new.place.as_ref());
                    if tasks.len() == 0 {
                        self.waiting.remove(needs);
                    }
                }
            }
            Place::Resting(until) => {
                self.resting.remove(&(*until, id));
            }
            Place::Offered(agent) => {
                if let Some(tasks) = self.waiting.get_mut(needs) {
                    tasks.offered.remove(&at);
                    if tasks.len() == 0 {
                        self.waiting.remove(needs);
                    }
                }
                self.agents.change(agent, |agent| agent.offered.remove(&at));
            }
            Place::Leased { agent, until, .. } => {
                self.leases.remove(&(*until, id));
                self.agents.change(agent, |agent| agent.leased.remove(&id));
            }
        }
        self.note(&place, None);
        Some(place)
    }

    pub(super) fn put(&mut self, id: TaskId, place: Place) {
        let Some(task) = self.open.get_mut(&id) else { return };
        let at = (task.rank, id);
        task.place = place.clone();
        let new = &task.new;
        let came = match &place {
            Place::Ready => {
                self.waiting.entry(new.needs.clone()).or_default().add(at, new.place.as_ref());
                Some(new.needs.clone())
            }
            Place::Resting(until) => {
                self.resting.insert((*until, id));
                None
            }
            Place::Offered(agent) => {
                self.waiting.entry(new.needs.clone()).or_default().offered.insert(at);
                self.agents.change(agent, |agent| agent.offered.insert(at));
                Some(new.needs.clone())
            }
            Place::Leased { agent, until, .. } => {
                self.leases.insert((*until, id));
                self.agents.change(agent, |agent| agent.leased.insert(id));
                None
            }
        };
        self.note(&place, came);
    }

    fn note(&mut self, place: &Place, came: Option<BTreeSet<String>>) {
        let Some(notes) = &mut self.notes else { return };
        notes.came.extend(came);
        if let Place::Offered(agent) | Place::Leased { agent, .. } = place {
            notes.touched.insert(agent.clone());
        }
    }

    /// What it holds.
    pub fn statistics(&self) -> TaskStatistics {
        let can = |needs: &BTreeSet<String>| self.agents.iter().any(|agent| agent.can(needs));
        TaskStatistics {
            ready: self.waiting.values().map(|tasks| tasks.ready.len()).sum(),
            resting: self.resting.len(),
            offered: self.waiting.values().map(|tasks| tasks.offered.len()).sum(),
            leased: self.leases.len(),
            completed: self.completed,
            dead: self.dead,
            nobody_has: self.waiting.keys().filter(|needs| !can(needs)).cloned().collect(),
        }
    }
}
