//! What a monitor is told.

use moai_core::AgentId;

use super::{Lease, LeaseEpoch};

/// What a monitor is told.
///
/// ```
/// use std::time::Duration;
/// use moai_core::agent_id;
/// use moai_swarm::heartbeat::{HeartbeatOptions, Input, Monitor};
///
/// let mut monitor = Monitor::new(HeartbeatOptions::default())?;
/// monitor.handle(Duration::ZERO, Input::Join(agent_id!("agent-1"), None))?;
/// let epoch = monitor.epoch(&agent_id!("agent-1"))?;
/// monitor.handle(Duration::from_secs(1), Input::Progress(agent_id!("agent-1"), epoch, "page 1".into()))?;
/// assert_eq!(monitor.health()[0].evidence.as_deref(), Some("page 1"));
/// # Ok::<(), moai_swarm::heartbeat::HeartbeatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Input {
    /// Somebody is to be watched, under this lease or the usual one. One that is watched begins anew.
    Join(AgentId, Option<Lease>),
    /// Somebody is no longer watched.
    Leave(AgentId),
    /// Somebody has this lease from now on, or the usual one. It keeps its epoch and what is known of it. A shorter lease
    /// is held against the silence so far in the next round; where progress was not asked for, its time begins now.
    Lease(AgentId, Option<Lease>),
    /// Somebody beats, for the epoch that it knows.
    Beat(AgentId, Option<LeaseEpoch>),
    /// Somebody shows progress under its lease.
    Progress(AgentId, LeaseEpoch, String),
    /// Time has passed: a round. One is due after each interval, and whenever [`Monitor::next`](super::Monitor::next)
    /// says.
    Tick,
}
