//! Who is how, as a state machine. **It has no clock**: time is an input.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use moai_core::{AgentId, InvalidInput};

use super::lateness::Lateness;
use super::watched::{Verdict, Watched};
use super::{Health, HealthEvent, HeartbeatError, HeartbeatOptions, Input, Lease, LeaseEpoch};

/// The longest evidence of progress, in bytes.
pub(super) const EVIDENCE_BYTES: usize = 256;

/// Watches agents: what it is told and when goes in, who is no longer what it was comes out.
///
/// An agent that never beats fails like any other. When an agent fails its epoch rises at once, so what it still
/// brings of the old one is refused; a beat that names no epoch, or the new one, restores it.
///
/// A round that comes late suspects nobody. It stretches all bounds by how late it was, at most eightfold, and each
/// round that comes in time takes one off again (as the local health of Lifeguard, Dadgar and others, 2017).
///
/// ```
/// use std::time::Duration;
/// use moai_core::agent_id;
/// use moai_swarm::heartbeat::{Health, HeartbeatOptions, Input, Monitor};
///
/// let mut monitor = Monitor::new(HeartbeatOptions::default())?;
/// monitor.handle(Duration::ZERO, Input::Join(agent_id!("agent-1"), None))?;
/// let mut last = None;
/// for second in 1..=31 {
///     last = monitor.handle(Duration::from_secs(second), Input::Tick)?.pop().or(last);
/// }
/// assert_eq!(last.unwrap().to, Health::Failed);
/// # Ok::<(), moai_swarm::heartbeat::HeartbeatError>(())
/// ```
#[derive(Debug)]
pub struct Monitor {
    options: HeartbeatOptions,
    pub(super) agents: BTreeMap<AgentId, Watched>,
    /// When to look at whom again; each agent stands here at most once.
    pub(super) deadlines: BTreeSet<(Duration, AgentId)>,
    now: Duration,
    pub(super) lateness: Lateness,
    epoch: u64,
}

impl Monitor {
    /// A monitor of nobody yet; its time begins at zero.
    ///
    /// # Errors
    ///
    /// [`Input`](HeartbeatError::Input) for options that do not fit each other.
    pub fn new(options: HeartbeatOptions) -> Result<Self, HeartbeatError> {
        options.check()?;
        let (now, lateness) = (Duration::ZERO, Lateness::new(options.interval));
        Ok(Self { options, agents: BTreeMap::new(), deadlines: BTreeSet::new(), now, lateness, epoch: 0 })
    }

    /// Takes an input at a time, and says who is no longer what it was. Time that goes back stands still.
    ///
    /// # Errors
    ///
    /// [`HeartbeatError::Unknown`], [`HeartbeatError::Fenced`], [`HeartbeatError::Full`], or
    /// [`HeartbeatError::Input`] for a lease that is too short and evidence that is too long. Nothing has changed then.
    pub fn handle(&mut self, now: Duration, input: Input) -> Result<Vec<HealthEvent>, HeartbeatError> {
        self.now = self.now.max(now);
        match input {
            Input::Join(agent, lease) => self.join(agent, lease).map(|()| Vec::new()),
            Input::Leave(agent) => self.leave(&agent).map(|()| Vec::new()),
            Input::Lease(agent, lease) => self.lease(&agent, lease).map(|()| Vec::new()),
            Input::Beat(agent, epoch) => self.hear(&agent, epoch, None),
            Input::Progress(agent, epoch, evidence) => {
                if evidence.len() > EVIDENCE_BYTES {
                    let (limit, got) = (EVIDENCE_BYTES as u64, evidence.len() as u64);
                    return Err(InvalidInput::TooLong { field: "evidence", limit, got }.into());
                }
                self.hear(&agent, Some(epoch), Some(evidence))
            }
            Input::Tick => Ok(self.tick()),
        }
    }

    fn join(&mut self, agent: AgentId, lease: Option<Lease>) -> Result<(), HeartbeatError> {
        let lease = self.lease_or_usual(lease)?;
        if self.agents.len() >= self.options.agents && !self.agents.contains_key(&agent) {
            return Err(HeartbeatError::Full { limit: self.options.agents });
        }
        let _ = self.leave(&agent);
        self.epoch += 1;
        self.agents.insert(agent.clone(), Watched::new(lease, LeaseEpoch::new(self.epoch), self.now));
        self.look_again(&agent);
        Ok(())
    }

    fn lease_or_usual(&self, lease: Option<Lease>) -> Result<Lease, InvalidInput> {
        let lease = lease.unwrap_or(self.options.lease);
        self.options.check_lease(lease).map(|()| lease)
    }

    fn lease(&mut self, agent: &AgentId, lease: Option<Lease>) -> Result<(), HeartbeatError> {
        let lease = self.lease_or_usual(lease)?;
        let watched = self.agents.get_mut(agent).ok_or_else(|| HeartbeatError::Unknown { agent: agent.clone() })?;
        watched.set_lease(lease, self.now);
        self.look_again(agent);
        Ok(())
    }

    fn leave(&mut self, agent: &AgentId) -> Result<(), HeartbeatError> {
        let old = self.agents.remove(agent).ok_or_else(|| HeartbeatError::Unknown { agent: agent.clone() })?;
        if let Some(at) = old.deadline {
            self.deadlines.remove(&(at, agent.clone()));
        }
        Ok(())
    }

    fn hear(
        &mut self,
        agent: &AgentId,
        epoch: Option<LeaseEpoch>,
        evidence: Option<String>,
    ) -> Result<Vec<HealthEvent>, HeartbeatError> {
        let current = self.epoch(agent)?;
        self.check(agent, epoch.unwrap_or(current))?;
        let Some(watched) = self.agents.get_mut(agent) else { return Ok(Vec::new()) };
        let elapsed = watched.hear(self.now, evidence);
        let from = watched.health;
        let Verdict { health: to, reason, .. } = watched.judge(self.now, &self.options, self.lateness.stretch());
        let mut events = Vec::new();
        // Hearing somebody makes nothing worse; and who was given up for no progress needs progress.
        if to < from {
            watched.health = to;
            let (agent, bound, epoch) = (agent.clone(), Duration::ZERO, watched.epoch);
            events.push(HealthEvent { agent, from, to, reason, elapsed, bound, epoch });
        }
        self.look_again(agent);
        Ok(events)
    }

    fn tick(&mut self) -> Vec<HealthEvent> {
        if !self.lateness.round(self.now) {
            return Vec::new();
        }
        let mut events = Vec::new();
        while self.deadlines.first().is_some_and(|(at, _)| *at <= self.now) {
            let Some((_, agent)) = self.deadlines.pop_first() else { break };
            events.extend(self.judge(&agent));
            self.look_again(&agent);
        }
        events
    }

    fn judge(&mut self, agent: &AgentId) -> Option<HealthEvent> {
        let watched = self.agents.get_mut(agent)?;
        watched.deadline = None;
        let Verdict { health: to, reason, elapsed, bound } =
            watched.judge(self.now, &self.options, self.lateness.stretch());
        let from = watched.health;
        if to <= from {
            return None;
        }
        watched.health = to;
        if to == Health::Failed {
            self.epoch += 1;
            watched.epoch = LeaseEpoch::new(self.epoch);
        }
        Some(HealthEvent { agent: agent.clone(), from, to, reason, elapsed, bound, epoch: watched.epoch })
    }

    /// Sets the one deadline of an agent.
    fn look_again(&mut self, agent: &AgentId) {
        let Some(watched) = self.agents.get_mut(agent) else { return };
        if let Some(at) = watched.deadline.take() {
            self.deadlines.remove(&(at, agent.clone()));
        }
        let due = watched.due(&self.options, self.lateness.stretch());
        watched.deadline = due.map(|due| self.lateness.again(due, self.now));
        if let Some(at) = watched.deadline {
            self.deadlines.insert((at, agent.clone()));
        }
    }
}
