//! Who is how, as a state machine. **It has no clock**: time is an input.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use moai_core::{AgentId, InvalidInput};

use super::options::MOST_STRETCH;
use super::rhythm::Rhythm;
use super::{AgentHealth, Epoch, Health, HealthEvent, HeartbeatError, HeartbeatOptions, Lease, Reason};

/// The longest evidence of progress, in bytes.
pub(super) const EVIDENCE_BYTES: usize = 256;

/// A round that comes after so many intervals is late.
const LATE: f64 = 1.5;

/// What a monitor is told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Input {
    /// Somebody is to be watched, under this lease or the usual one. One that is watched begins anew.
    Join(AgentId, Option<Lease>),
    /// Somebody is no longer watched.
    Leave(AgentId),
    /// Somebody beats, for the epoch that it knows.
    Beat(AgentId, Option<Epoch>),
    /// Somebody shows progress under its lease.
    Progress(AgentId, Epoch, String),
    /// Time has passed: a round. One is due after each interval, and whenever [`Monitor::next`] says.
    Tick,
}

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
    agents: BTreeMap<AgentId, Watched>,
    /// When to look at whom again; each agent stands here at most once.
    deadlines: BTreeSet<(Duration, AgentId)>,
    now: Duration,
    round: Duration,
    /// Nobody is judged before: a late round gives everybody an interval to be heard.
    hold: Duration,
    stretch: f64,
    epoch: u64,
}

#[derive(Debug)]
struct Watched {
    lease: Lease,
    epoch: Epoch,
    health: Health,
    heard: Duration,
    progressed: Duration,
    rhythm: Rhythm,
    beats: u64,
    evidence: Option<String>,
    deadline: Option<Duration>,
}

impl Watched {
    /// What it is now, why, for how long, and by which bound.
    fn judge(&self, now: Duration, options: &HeartbeatOptions, stretch: f64) -> (Health, Reason, Duration, Duration) {
        let stretched = |bound: Duration| bound.mul_f64(stretch);
        if let Some(bound) = self.lease.progress.map(stretched) {
            let elapsed = now.saturating_sub(self.progressed);
            if elapsed > bound {
                return (Health::Failed, Reason::NoProgress, elapsed, bound);
            }
        }
        let elapsed = now.saturating_sub(self.heard);
        for (health, bound) in self.bounds(options) {
            let bound = stretched(bound);
            if elapsed > bound {
                return (health, Reason::Silence, elapsed, bound);
            }
        }
        (Health::Healthy, Reason::Heard, elapsed, Duration::ZERO)
    }

    /// The worst first.
    fn bounds(&self, options: &HeartbeatOptions) -> [(Health, Duration); 3] {
        let critical = options.critical(self.rhythm.phi_8(options.interval));
        [(Health::Failed, self.lease.silence), (Health::Critical, critical), (Health::Degraded, options.degraded())]
    }

    /// The first moment after `now` at which it may be worse.
    fn due(&self, now: Duration, options: &HeartbeatOptions, stretch: f64) -> Option<Duration> {
        if self.health == Health::Failed {
            return None;
        }
        let silence = self.bounds(options).map(|(_, bound)| self.heard + bound.mul_f64(stretch));
        let progress = self.lease.progress.map(|bound| self.progressed + bound.mul_f64(stretch));
        // A bound has to be exceeded. A bound of silence that has passed is told already; one of progress may have
        // passed between two rounds, and is looked at in the next.
        let after = |at: Duration| at + Duration::from_nanos(1);
        silence.map(after).into_iter().filter(|at| *at > now).chain(progress.map(after)).min()
    }
}

impl Monitor {
    /// A monitor of nobody yet; its time begins at zero.
    ///
    /// # Errors
    ///
    /// [`Input`](HeartbeatError::Input) for options that do not fit each other.
    pub fn new(options: HeartbeatOptions) -> Result<Self, HeartbeatError> {
        options.check()?;
        let (now, round) = (Duration::ZERO, Duration::ZERO);
        let (agents, deadlines) = (BTreeMap::new(), BTreeSet::new());
        Ok(Self { options, agents, deadlines, now, round, hold: round, stretch: 1.0, epoch: 0 })
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

    /// Whether what an agent brings under an epoch counts; results of an old one do not.
    ///
    /// # Errors
    ///
    /// [`HeartbeatError::Unknown`] and [`HeartbeatError::Fenced`].
    pub fn check(&self, agent: &AgentId, epoch: Epoch) -> Result<(), HeartbeatError> {
        let current = self.epoch(agent)?;
        if current == epoch {
            return Ok(());
        }
        Err(HeartbeatError::Fenced { agent: agent.clone(), got: epoch, current })
    }

    /// The epoch that counts for an agent.
    ///
    /// # Errors
    ///
    /// [`HeartbeatError::Unknown`].
    pub fn epoch(&self, agent: &AgentId) -> Result<Epoch, HeartbeatError> {
        let watched = self.agents.get(agent).ok_or_else(|| HeartbeatError::Unknown { agent: agent.clone() })?;
        Ok(watched.epoch)
    }

    /// When the next round is due.
    #[must_use]
    pub fn next(&self) -> Duration {
        let round = self.round + self.options.interval;
        self.deadlines.first().map_or(round, |(at, _)| round.min((*at).max(self.hold)))
    }

    /// How all agents are, sorted by name.
    #[must_use]
    pub fn health(&self) -> Vec<AgentHealth> {
        let told = |(agent, watched): (&AgentId, &Watched)| AgentHealth {
            agent: agent.clone(),
            health: watched.health,
            epoch: watched.epoch,
            heard: watched.heard,
            beats: watched.beats,
            evidence: watched.evidence.clone(),
        };
        self.agents.iter().map(told).collect()
    }

    /// By how much bounds are stretched now: 1 to 8.
    #[must_use]
    pub const fn stretch(&self) -> f64 {
        self.stretch
    }

    fn join(&mut self, agent: AgentId, lease: Option<Lease>) -> Result<(), HeartbeatError> {
        let lease = lease.unwrap_or(self.options.lease);
        self.options.check_lease(lease)?;
        if self.agents.len() >= self.options.agents && !self.agents.contains_key(&agent) {
            return Err(HeartbeatError::Full { limit: self.options.agents });
        }
        let _ = self.leave(&agent);
        self.epoch += 1;
        let (heard, progressed, epoch) = (self.now, self.now, Epoch::new(self.epoch));
        let (health, rhythm, beats, evidence, deadline) = (Health::Healthy, Rhythm::default(), 0, None, None);
        let new = Watched { lease, epoch, health, heard, progressed, rhythm, beats, evidence, deadline };
        self.agents.insert(agent.clone(), new);
        self.look_again(&agent);
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
        epoch: Option<Epoch>,
        evidence: Option<String>,
    ) -> Result<Vec<HealthEvent>, HeartbeatError> {
        let current = self.epoch(agent)?;
        self.check(agent, epoch.unwrap_or(current))?;
        let Some(watched) = self.agents.get_mut(agent) else { return Ok(Vec::new()) };
        let elapsed = self.now.saturating_sub(watched.heard);
        // A silence that the lease did not outlast is an outage and no rhythm.
        if watched.beats > 0 && elapsed <= watched.lease.silence {
            watched.rhythm.push(elapsed);
        }
        (watched.heard, watched.beats) = (self.now, watched.beats.saturating_add(1));
        if let Some(evidence) = evidence {
            (watched.progressed, watched.evidence) = (self.now, Some(evidence));
        }
        let from = watched.health;
        let (to, reason, ..) = watched.judge(self.now, &self.options, self.stretch);
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
        let since = self.now.saturating_sub(self.round);
        // What is called between two rounds looks at who is due, and says nothing of whether the monitor is late.
        if since >= self.options.interval {
            let late = since.as_secs_f64() / self.options.interval.as_secs_f64();
            self.round = self.now;
            if late > LATE {
                self.stretch = self.stretch.max(late.min(MOST_STRETCH));
                self.hold = self.now + self.options.interval;
            } else {
                self.stretch = (self.stretch - 1.0).max(1.0);
            }
        }
        if self.now < self.hold {
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
        let (to, reason, elapsed, bound) = watched.judge(self.now, &self.options, self.stretch);
        let from = watched.health;
        if to <= from {
            return None;
        }
        watched.health = to;
        if to == Health::Failed {
            self.epoch += 1;
            watched.epoch = Epoch::new(self.epoch);
        }
        Some(HealthEvent { agent: agent.clone(), from, to, reason, elapsed, bound, epoch: watched.epoch })
    }

    /// Sets the one deadline of an agent.
    fn look_again(&mut self, agent: &AgentId) {
        let Some(watched) = self.agents.get_mut(agent) else { return };
        if let Some(at) = watched.deadline.take() {
            self.deadlines.remove(&(at, agent.clone()));
        }
        let due = watched.due(self.now, &self.options, self.stretch);
        // While bounds are stretched they shrink with each round: then it is looked at in each.
        let next = self.round + self.options.interval;
        watched.deadline =
            due.map(|at| if self.stretch > 1.0 { at.min(next.max(self.now + Duration::from_nanos(1))) } else { at });
        if let Some(at) = watched.deadline {
            self.deadlines.insert((at, agent.clone()));
        }
    }
}
