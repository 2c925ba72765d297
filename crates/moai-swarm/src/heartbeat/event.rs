//! What a monitor tells.

use std::fmt;
use std::time::Duration;

use moai_core::AgentId;
use serde::{Deserialize, Serialize};

/// The number of a lease. Every lease that a monitor gives has a higher one than all before.
///
/// ```
/// use moai_swarm::heartbeat::LeaseEpoch;
/// assert!(LeaseEpoch::new(2) > LeaseEpoch::new(1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseEpoch(u64);

impl LeaseEpoch {
    /// An epoch by its number, as it was sent.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for LeaseEpoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How an agent is. Only [`Failed`](Self::Failed) takes work away.
///
/// ```
/// use moai_swarm::heartbeat::Health;
/// assert!(Health::Healthy < Health::Failed);
/// assert_eq!(Health::Degraded.to_string(), "degraded");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Health {
    /// It beats.
    Healthy,
    /// It has missed a beat.
    Degraded,
    /// It is suspected.
    Critical,
    /// Its lease has expired.
    Failed,
}

moai_core::words! {
    Health "health":
    Healthy "healthy"
    Degraded "degraded"
    Critical "critical"
    Failed "failed"
}

/// Why an agent is now what it is.
///
/// ```
/// use std::time::Duration;
/// use moai_core::agent_id;
/// use moai_swarm::heartbeat::{HeartbeatOptions, Input, Lease, Monitor, Reason};
///
/// let minute = Duration::from_secs(60);
/// let options = HeartbeatOptions::default().with_interval(Duration::from_secs(10));
/// let mut monitor = Monitor::new(options.with_lease(Lease::new(minute).with_progress(minute)))?;
/// monitor.handle(Duration::ZERO, Input::Join(agent_id!("agent-1"), None))?;
/// let mut last = None;
/// for second in (10..=70).step_by(10).map(Duration::from_secs) {
///     monitor.handle(second, Input::Beat(agent_id!("agent-1"), None))?; // it beats, and that is all
///     last = monitor.handle(second, Input::Tick)?.pop();
/// }
/// assert_eq!(last.unwrap().reason, Reason::NoProgress);
/// # Ok::<(), moai_swarm::heartbeat::HeartbeatError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// It was silent for too long.
    Silence,
    /// It beats, and shows no progress.
    NoProgress,
    /// It was heard.
    Heard,
}

/// One agent is no longer what it was.
///
/// ```
/// use std::time::Duration;
/// use moai_core::agent_id;
/// use moai_swarm::heartbeat::{Health, HeartbeatOptions, Input, Monitor};
///
/// let mut monitor = Monitor::new(HeartbeatOptions::default())?;
/// monitor.handle(Duration::ZERO, Input::Join(agent_id!("agent-1"), None))?;
/// monitor.handle(Duration::from_secs(1), Input::Tick)?;
/// let event = monitor.handle(Duration::from_secs(2), Input::Tick)?.remove(0);
/// assert_eq!((event.from, event.to), (Health::Healthy, Health::Degraded));
/// assert_eq!((event.elapsed, event.bound), (Duration::from_secs(2), Duration::from_millis(1_500)));
/// # Ok::<(), moai_swarm::heartbeat::HeartbeatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HealthEvent {
    /// Who.
    pub agent: AgentId,
    /// What it was.
    pub from: Health,
    /// What it is.
    pub to: Health,
    /// Why.
    pub reason: Reason,
    /// How long nothing had been heard, or no progress been shown.
    pub elapsed: Duration,
    /// The bound that was crossed, as it was stretched then; for what was heard, nothing.
    pub bound: Duration,
    /// The epoch that counts from here on.
    pub epoch: LeaseEpoch,
}

/// How one agent is at a moment.
///
/// ```
/// use std::time::Duration;
/// use moai_core::agent_id;
/// use moai_swarm::heartbeat::{Health, HeartbeatOptions, Input, Monitor};
///
/// let mut monitor = Monitor::new(HeartbeatOptions::default())?;
/// monitor.handle(Duration::ZERO, Input::Join(agent_id!("agent-1"), None))?;
/// monitor.handle(Duration::from_secs(1), Input::Beat(agent_id!("agent-1"), None))?;
/// let one = monitor.health().remove(0);
/// assert_eq!((one.health, one.beats, one.heard), (Health::Healthy, 1, Duration::from_secs(1)));
/// # Ok::<(), moai_swarm::heartbeat::HeartbeatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgentHealth {
    /// Who.
    pub agent: AgentId,
    /// How it is.
    pub health: Health,
    /// The epoch of its lease.
    pub epoch: LeaseEpoch,
    /// When it was last heard, since the monitor began; when it joined, if never.
    pub heard: Duration,
    /// How often it has beaten.
    pub beats: u64,
    /// The last evidence of progress.
    pub evidence: Option<String>,
}
