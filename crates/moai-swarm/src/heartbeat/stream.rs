//! Events, as they come.

use moai_core::{Aftermath, Coded};
use tokio::sync::broadcast::{self, error::RecvError};

use super::HealthEvent;

/// Events that nobody took in time were dropped.
///
/// ```
/// use moai_core::Coded;
/// use moai_swarm::heartbeat::Lagged;
/// assert_eq!(Lagged(8).code(), "heartbeat.lagged");
/// assert_eq!(Lagged(8).to_string(), "8 events were missed, read the health of all instead; nothing changed");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} events were missed, read the health of all instead; nothing changed")]
pub struct Lagged(pub u64);

impl Lagged {
    /// Every code that this error can carry.
    pub const CODES: &'static [&'static str] = &["heartbeat.lagged"];
}

impl Coded for Lagged {
    fn code(&self) -> &'static str {
        "heartbeat.lagged"
    }

    fn aftermath(&self) -> Aftermath {
        Aftermath::NothingChanged
    }
}

/// What changes from the moment on at which it was asked for. It ends with the monitor.
///
/// That somebody has failed, or is back, is told here once the coordinator has been told, or did not take it; where it does not
/// answer, after one or two intervals. So who opens a vote on such an event finds nobody in the electorate who has failed.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use moai_core::{Coordinator, LocalCoordinator, Role, agent_id, swarm_id};
/// use moai_swarm::heartbeat::{Health, HeartbeatMonitor, HeartbeatOptions};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
/// let _silent = swarm.join(agent_id!("agent-1"), Role::Member).await?;
/// let options = HeartbeatOptions::default().with_interval(Duration::from_millis(10));
/// let monitor = HeartbeatMonitor::new(swarm, options).await?;
/// let mut events = monitor.events();
/// let event = events.next().await?.expect("the monitor runs");
/// assert_eq!((event.agent, event.to), (agent_id!("agent-1"), Health::Degraded));
/// monitor.shutdown().await;
/// assert!(events.next().await?.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct HealthEvents(broadcast::Receiver<HealthEvent>);

impl HealthEvents {
    pub(super) const fn new(events: broadcast::Receiver<HealthEvent>) -> Self {
        Self(events)
    }

    /// Waits for the next event; `None` once the monitor has stopped. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// [`Lagged`] when it was too slow; the next call goes on with the oldest event that is left.
    pub async fn next(&mut self) -> Result<Option<HealthEvent>, Lagged> {
        match self.0.recv().await {
            Ok(event) => Ok(Some(event)),
            Err(RecvError::Closed) => Ok(None),
            Err(RecvError::Lagged(missed)) => Err(Lagged(missed)),
        }
    }
}
