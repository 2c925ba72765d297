//! Where the monitor says that somebody has failed, its tasks come back.

use std::sync::{Arc, Weak};

use super::{TaskAllocator, TaskError};
use crate::heartbeat::{Health, HealthEvents, HeartbeatMonitor};

impl TaskAllocator {
    /// Takes back the tasks of each agent that a monitor holds to have failed, from now on and of those that have failed
    /// already. It does so while it is polled, and ends when the monitor has stopped, which it does not keep from doing
    /// so. Where events were missed, the health of all is read instead.
    ///
    /// An agent that is back among the living joins anew: it was forgotten. Who is back before this is polled keeps what it
    /// has.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use moai_core::{Coordinator, LocalCoordinator, swarm_id};
    /// use moai_swarm::heartbeat::{HeartbeatMonitor, HeartbeatOptions};
    /// use moai_swarm::{TaskAllocator, TaskOptions};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    /// let monitor = Arc::new(HeartbeatMonitor::new(swarm, HeartbeatOptions::default()).await?);
    /// let tasks = TaskAllocator::new(TaskOptions::default())?;
    /// let taking_back = tasks.take_back_from_failed(&monitor);
    /// // Beside it the agents work; then the monitor ends.
    /// drop(monitor);
    /// taking_back.await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Journal`](TaskError::Journal): then call it again once the journal is well. Until then leases run out by
    /// themselves.
    pub fn take_back_from_failed(
        &self,
        monitor: &Arc<HeartbeatMonitor>,
    ) -> impl Future<Output = Result<(), TaskError>> + Send + 'static + use<> {
        // From here on nothing is missed, whenever it is polled first.
        take_back(self.clone(), Arc::downgrade(monitor), monitor.events())
    }
}

async fn take_back(
    tasks: TaskAllocator,
    monitor: Weak<HeartbeatMonitor>,
    mut events: HealthEvents,
) -> Result<(), TaskError> {
    let mut is_known = false;
    loop {
        if !is_known {
            let Some(health) = monitor.upgrade().map(|monitor| monitor.health()) else { return Ok(()) };
            for agent in health.iter().filter(|agent| agent.health == Health::Failed) {
                tasks.agent_failed(&agent.agent).await?;
            }
            is_known = true;
        }
        match events.next().await {
            Ok(Some(event)) if event.to == Health::Failed => {
                let Some(now) = monitor.upgrade().map(|monitor| monitor.health_of(&event.agent)) else { return Ok(()) };
                // It may have come back since, and begun anew.
                if now.is_some_and(|now| now.health == Health::Failed) {
                    tasks.agent_failed(&event.agent).await?;
                }
            }
            Ok(Some(_)) => {}
            Ok(None) => return Ok(()),
            Err(_) => is_known = false,
        }
    }
}
