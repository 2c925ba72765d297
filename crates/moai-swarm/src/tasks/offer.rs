//! To whom tasks are offered, where they are not simply pulled.

use std::time::Duration;

use moai_core::AgentId;

use super::queue::{Place, TaskQueue};

/// To whom a task is offered. An offer is no lease: who has nothing to do may take what another has not begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OfferPolicy {
    /// One after the other.
    RoundRobin,
    /// Who has the fewest tasks, with those that were just offered.
    LeastLoaded,
    /// Who is capable of the least else, so that the versatile stay free; then the least loaded.
    Capability,
    /// The most urgent tasks only, to those with room in flight.
    Priority,
    /// Who is at the task's place; then the least loaded.
    Locality,
}

impl TaskQueue {
    /// Offers what is ready by a policy and says how many tasks were offered. What nobody is capable of stays.
    pub fn offer(&mut self, policy: OfferPolicy, now: Duration) -> usize {
        self.wake(now);
        let mut ready: Vec<_> = self.ready.values().flatten().copied().collect();
        ready.sort_unstable();
        let mut offered = 0;
        for (_, id) in ready {
            let Some(agent) = self.choose(id, policy) else { continue };
            self.take_out(id);
            self.put(id, Place::Offered(agent));
            offered += 1;
        }
        offered
    }

    fn choose(&mut self, id: u64, policy: OfferPolicy) -> Option<AgentId> {
        let task = self.open.get(&id)?;
        let able = self.agents.iter().filter(|(_, agent)| task.new.needs.is_subset(&agent.worker.capabilities));
        let chosen = match policy {
            OfferPolicy::RoundRobin => {
                let last = self.last_offered.as_ref();
                able.min_by_key(|(name, _)| (last.is_some_and(|last| *name <= last), *name))
            }
            OfferPolicy::LeastLoaded => able.min_by_key(|(_, agent)| agent.load()),
            OfferPolicy::Capability => able.min_by_key(|(_, agent)| (agent.worker.capabilities.len(), agent.load())),
            OfferPolicy::Priority => {
                able.filter(|(_, agent)| agent.load() < agent.worker.limit).min_by_key(|(_, agent)| agent.load())
            }
            OfferPolicy::Locality => able.min_by_key(|(_, agent)| {
                let near = task.new.place.as_ref().is_some_and(|place| agent.worker.places.contains(place));
                (!near, agent.load())
            }),
        };
        let chosen = chosen.map(|(name, _)| name.clone());
        self.last_offered = chosen.clone().or(self.last_offered.take());
        chosen
    }
}
