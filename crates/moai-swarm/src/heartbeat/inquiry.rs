//! What a monitor can be asked.

use std::time::Duration;

use moai_core::AgentId;

use super::watched::Watched;
use super::{AgentHealth, HeartbeatError, LeaseEpoch, Monitor};

impl Monitor {
    /// Whether what an agent brings under an epoch counts; results of an old one do not.
    ///
    /// # Errors
    ///
    /// [`HeartbeatError::Unknown`] and [`HeartbeatError::Fenced`].
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use moai_core::{Coded, agent_id};
    /// # use moai_swarm::heartbeat::{HeartbeatOptions, Input, Monitor};
    /// # let mut monitor = Monitor::new(HeartbeatOptions::default())?;
    /// # monitor.handle(Duration::ZERO, Input::Join(agent_id!("agent-1"), None))?;
    /// let old = monitor.epoch(&agent_id!("agent-1"))?;
    /// for second in 1..=31 {
    ///     monitor.handle(Duration::from_secs(second), Input::Tick)?; // until it has failed
    /// }
    /// let late = monitor.check(&agent_id!("agent-1"), old);
    /// assert_eq!(late.unwrap_err().code(), "heartbeat.fenced");
    /// # Ok::<(), moai_swarm::heartbeat::HeartbeatError>(())
    /// ```
    pub fn check(&self, agent: &AgentId, epoch: LeaseEpoch) -> Result<(), HeartbeatError> {
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
    pub fn epoch(&self, agent: &AgentId) -> Result<LeaseEpoch, HeartbeatError> {
        let watched = self.agents.get(agent).ok_or_else(|| HeartbeatError::Unknown { agent: agent.clone() })?;
        Ok(watched.epoch)
    }

    /// When the next round is due.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use moai_core::agent_id;
    /// # use moai_swarm::heartbeat::{Health, HeartbeatOptions, Input, Monitor};
    /// # let mut monitor = Monitor::new(HeartbeatOptions::default())?;
    /// # monitor.handle(Duration::ZERO, Input::Join(agent_id!("agent-1"), None))?;
    /// while monitor.health()[0].health == Health::Healthy {
    ///     monitor.handle(monitor.next(), Input::Tick)?;
    /// }
    /// assert_eq!(monitor.next(), Duration::from_secs(2)); // it is degraded just behind 1.5 s
    /// # Ok::<(), moai_swarm::heartbeat::HeartbeatError>(())
    /// ```
    #[must_use]
    pub fn next(&self) -> Duration {
        self.lateness.next(self.deadlines.first().map(|(at, _)| *at))
    }

    /// How all agents are, sorted by name.
    #[must_use]
    pub fn health(&self) -> Vec<AgentHealth> {
        self.agents.iter().map(told).collect()
    }

    /// How one agent is, if it is watched.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use moai_core::agent_id;
    /// # use moai_swarm::heartbeat::{Health, HeartbeatOptions, Input, Monitor};
    /// # let mut monitor = Monitor::new(HeartbeatOptions::default())?;
    /// monitor.handle(Duration::ZERO, Input::Join(agent_id!("agent-1"), None))?;
    /// assert_eq!(monitor.health_of(&agent_id!("agent-1")).map(|one| one.health), Some(Health::Healthy));
    /// assert_eq!(monitor.health_of(&agent_id!("agent-2")), None);
    /// # Ok::<(), moai_swarm::heartbeat::HeartbeatError>(())
    /// ```
    #[must_use]
    pub fn health_of(&self, agent: &AgentId) -> Option<AgentHealth> {
        self.agents.get_key_value(agent).map(told)
    }

    /// By how much bounds are stretched now: 1 to 8.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use moai_core::agent_id;
    /// # use moai_swarm::heartbeat::{HeartbeatOptions, Input, Monitor};
    /// # let mut monitor = Monitor::new(HeartbeatOptions::default())?;
    /// # monitor.handle(Duration::ZERO, Input::Join(agent_id!("agent-1"), None))?;
    /// monitor.handle(Duration::from_secs(3), Input::Tick)?; // two seconds late
    /// assert!(monitor.stretch() > 2.9);
    /// monitor.handle(Duration::from_secs(4), Input::Tick)?; // in time
    /// assert!(monitor.stretch() < 2.1);
    /// # Ok::<(), moai_swarm::heartbeat::HeartbeatError>(())
    /// ```
    #[must_use]
    pub const fn stretch(&self) -> f64 {
        self.lateness.stretch()
    }
}

fn told((agent, watched): (&AgentId, &Watched)) -> AgentHealth {
    AgentHealth {
        agent: agent.clone(),
        health: watched.health,
        epoch: watched.epoch,
        heard: watched.heard,
        beats: watched.beats,
        evidence: watched.evidence.clone(),
    }
}
