//! To whom tasks are offered, where they are not simply pulled.

use std::collections::BTreeSet;
use std::time::Duration;

use moai_core::AgentId;
use serde::{Deserialize, Serialize};

use super::agents::Agent;
use super::queue::Place;
use super::{NewTask, TaskQueue};

/// To whom a task is offered. An offer is no lease: who has nothing to do may take what another has not begun.
///
/// ```
/// use std::time::Duration;
/// use moai_core::agent_id;
/// use moai_swarm::{NewTask, OfferPolicy, TaskOptions, TaskQueue, Worker};
///
/// let mut queue = TaskQueue::new(TaskOptions::default())?;
/// queue.join(agent_id!("far"), Worker::new());
/// queue.join(agent_id!("near"), Worker::new().at("rack-7"));
/// queue.submit(NewTask::new("read the disk").at("rack-7"), Duration::ZERO)?;
/// assert_eq!(queue.offer(OfferPolicy::Locality, Duration::ZERO), 1);
/// assert!(queue.pull(&agent_id!("near"), Duration::ZERO)?.is_some());
/// assert_eq!(OfferPolicy::RoundRobin.to_string(), "round_robin");
/// # Ok::<(), moai_swarm::TaskError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

moai_core::words! {
    OfferPolicy "offer_policy":
    RoundRobin "round_robin"
    LeastLoaded "least_loaded"
    Capability "capability"
    Priority "priority"
    Locality "locality"
}

impl TaskQueue {
    /// Offers what is ready by a policy and says how many tasks were offered. What nobody is capable of stays, and with
    /// [`Priority`](OfferPolicy::Priority) that for which nobody has room.
    pub fn offer(&mut self, policy: OfferPolicy, now: Duration) -> usize {
        self.wake(now);
        let mut ready: Vec<_> = self.waiting.values().flat_map(|tasks| &tasks.ready).copied().collect();
        ready.sort_unstable();
        // In one round nobody gains room or capabilities: needs that nobody met are not looked at again.
        let (mut offered, mut unmet) = (0, BTreeSet::new());
        for (_, id) in ready {
            let Some(task) = self.open.get(&id).filter(|task| !unmet.contains(&task.new.needs)) else { continue };
            let Some(agent) = self.choose(&task.new, policy) else {
                unmet.insert(task.new.needs.clone());
                continue;
            };
            self.last_offered = Some(agent.clone());
            self.take_out(id);
            self.put(id, Place::Offered(agent));
            offered += 1;
        }
        offered
    }

    fn choose(&self, task: &NewTask, policy: OfferPolicy) -> Option<AgentId> {
        let able = |(_, agent): &(&AgentId, &Agent)| agent.can(&task.needs);
        let agents = &self.agents;
        let chosen = match policy {
            OfferPolicy::RoundRobin => agents.behind(self.last_offered.as_ref()).find(able),
            OfferPolicy::LeastLoaded => agents.by_load().find(able),
            OfferPolicy::Capability => agents.by_skill().find(able),
            OfferPolicy::Priority => agents.by_load().filter(|(_, agent)| agent.load() < agent.worker.limit).find(able),
            OfferPolicy::Locality => {
                let near = task.place.as_ref().and_then(|place| agents.at_place(place).find(able));
                near.or_else(|| agents.by_load().find(able))
            }
        };
        chosen.map(|(name, _)| name.clone())
    }
}
