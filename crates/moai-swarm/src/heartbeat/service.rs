//! The monitor among the others: it joins as a service, watches the members, and tells who is how.

use std::sync::Arc;

use moai_core::{AgentId, Coordinator, Role, agent_id};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::errand::Errand;
use super::rounds::Rounds;
use super::watch::Watch;
use super::{AgentHealth, HealthEvent, HealthEvents, HeartbeatError, HeartbeatOptions, Input, Lease, LeaseEpoch};

/// What is called for each event, one after the other.
pub(super) type Callback = Box<dyn Fn(&HealthEvent) + Send + Sync>;

/// Watches the members of a swarm, with one task and one timer for all. **Dropping it stops the task**;
/// [`shutdown`](Self::shutdown) waits for that.
///
/// ```
/// use std::sync::Arc;
/// use moai_core::{Coordinator, LocalCoordinator, Role, agent_id, swarm_id};
/// use moai_swarm::heartbeat::{Health, HeartbeatMonitor, HeartbeatOptions};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
/// let _mailbox = swarm.join(agent_id!("agent-1"), Role::Member).await?;
/// let monitor = HeartbeatMonitor::new(swarm, HeartbeatOptions::default()).await?;
/// let epoch = monitor.beat(&agent_id!("agent-1"))?;
/// monitor.progress(&agent_id!("agent-1"), epoch, "half done")?;
/// assert_eq!(monitor.health()[0].health, Health::Healthy);
/// monitor.shutdown().await;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[must_use = "dropping it stops watching"]
pub struct HeartbeatMonitor {
    pub(super) watch: Arc<Watch>,
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

impl HeartbeatMonitor {
    /// The name under which it joins.
    #[must_use]
    pub fn service_name() -> AgentId {
        agent_id!("heartbeat-monitor")
    }

    /// Joins a swarm, and watches its members from then on.
    ///
    /// # Errors
    ///
    /// [`Input`](HeartbeatError::Input), [`Coordinator`](HeartbeatError::Coordinator), and
    /// [`Runtime`](HeartbeatError::Runtime) outside of a tokio runtime.
    pub async fn new(coordinator: Arc<dyn Coordinator>, options: HeartbeatOptions) -> Result<Self, HeartbeatError> {
        Self::with(coordinator, options, [], Vec::new()).await
    }

    /// The same, with leases for some agents from the beginning on, and callbacks. A callback that panics is told in the log,
    /// and changes nothing; it is called again.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    ///
    /// ```
    /// # use std::{sync::Arc, time::Duration};
    /// # use moai_core::{Coordinator, LocalCoordinator, Role, agent_id, swarm_id};
    /// # use moai_swarm::heartbeat::{Health, HealthEvent, HeartbeatMonitor, HeartbeatOptions, Lease};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// # let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    /// # let _mailbox = swarm.join(agent_id!("agent-1"), Role::Member).await?;
    /// let long = Lease::new(Duration::from_secs(600));
    /// let told = Box::new(|event: &HealthEvent| println!("{} is {:?}", event.agent, event.to));
    /// let options = HeartbeatOptions::default();
    /// let monitor = HeartbeatMonitor::with(swarm, options, [(agent_id!("agent-1"), long)], vec![told]).await?;
    /// assert_eq!(monitor.health()[0].health, Health::Healthy);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn with(
        coordinator: Arc<dyn Coordinator>,
        options: HeartbeatOptions,
        leases: impl IntoIterator<Item = (AgentId, Lease)>,
        callbacks: Vec<Callback>,
    ) -> Result<Self, HeartbeatError> {
        let watch = Arc::new(Watch::new(options, leases)?);
        let runtime = tokio::runtime::Handle::try_current();
        let runtime = runtime.map_err(|error| HeartbeatError::Runtime { why: error.to_string() })?;
        let mailbox = coordinator.join(Self::service_name(), Role::Service).await?;
        watch.take(&coordinator.view().await?);
        let called = watch.events.subscribe();
        let rounds =
            Rounds { watch: watch.clone(), coordinator, mailbox, callbacks, called, errand: Errand::default() };
        let (stop, stopped) = watch::channel(false);
        Ok(Self { watch, stop, task: Some(runtime.spawn(rounds.run(stopped))) })
    }

    /// Beats for an agent in this process, and returns the epoch of its lease.
    ///
    /// # Errors
    ///
    /// [`HeartbeatError::Unknown`].
    pub fn beat(&self, agent: &AgentId) -> Result<LeaseEpoch, HeartbeatError> {
        self.watch.tell(Input::Beat(agent.clone(), None))?;
        self.watch.lock().monitor.epoch(agent)
    }

    /// Renews a lease with evidence of progress.
    ///
    /// # Errors
    ///
    /// [`HeartbeatError::Unknown`], [`HeartbeatError::Fenced`] for an old epoch, [`HeartbeatError::Input`] for more
    /// than 256 bytes.
    pub fn progress(
        &self,
        agent: &AgentId,
        epoch: LeaseEpoch,
        evidence: impl Into<String>,
    ) -> Result<(), HeartbeatError> {
        self.watch.tell(Input::Progress(agent.clone(), epoch, evidence.into()))
    }

    /// Whether a result that an agent brings under an epoch counts.
    ///
    /// # Errors
    ///
    /// [`HeartbeatError::Unknown`] and [`HeartbeatError::Fenced`].
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use moai_core::{Coordinator, LocalCoordinator, Role, agent_id, swarm_id};
    /// # use moai_swarm::heartbeat::{HeartbeatMonitor, HeartbeatOptions};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// # let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    /// # let _mailbox = swarm.join(agent_id!("agent-1"), Role::Member).await?;
    /// let monitor = HeartbeatMonitor::new(swarm, HeartbeatOptions::default()).await?;
    /// let epoch = monitor.beat(&agent_id!("agent-1"))?; // work begins
    /// assert!(monitor.check(&agent_id!("agent-1"), epoch).is_ok()); // and its result counts
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn check(&self, agent: &AgentId, epoch: LeaseEpoch) -> Result<(), HeartbeatError> {
        self.watch.lock().monitor.check(agent, epoch)
    }

    /// How all agents are, sorted by name.
    #[must_use]
    pub fn health(&self) -> Vec<AgentHealth> {
        self.watch.lock().monitor.health()
    }

    /// How one agent is, if it is watched.
    #[must_use]
    pub fn health_of(&self, agent: &AgentId) -> Option<AgentHealth> {
        self.watch.lock().monitor.health_of(agent)
    }

    /// What changes from now on.
    #[must_use]
    pub fn events(&self) -> HealthEvents {
        HealthEvents::new(self.watch.events.subscribe())
    }

    /// Leaves the swarm, and returns when its task has ended. Dropping the future stops it all the same.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        if let Some(task) = self.task.take() {
            // A task that was aborted with its runtime has ended as well.
            let _ = task.await;
        }
    }
}

impl std::fmt::Debug for HeartbeatMonitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HeartbeatMonitor").finish_non_exhaustive()
    }
}
