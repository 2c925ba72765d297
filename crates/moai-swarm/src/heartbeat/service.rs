//! The monitor among the others: it joins as a service, watches the members, and tells who is how.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use moai_core::{AgentId, AgentState, Coordinator, Envelope, Mailbox, Role, View, agent_id};
use tokio::sync::broadcast;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use super::{
    AgentHealth, Epoch, Health, HealthEvent, HealthEvents, HeartbeatError, HeartbeatOptions, Input, Lease, Monitor,
    wire,
};

/// What is called for each event, one after the other.
type Callback = Box<dyn Fn(&HealthEvent) + Send + Sync>;

/// Watches the members of a swarm, with one task and one timer for all. **Dropping it stops the task**;
/// [`stop`](Self::stop) waits for that.
///
/// ```
/// use std::sync::Arc;
/// use moai_core::{Coordinator, LocalCoordinator, Role, agent_id, swarm_id};
/// use moai_swarm::heartbeat::{Health, HeartbeatMonitor, HeartbeatOptions};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
/// let _mailbox = swarm.join(agent_id!("agent-1"), Role::Member).await?;
/// let monitor = HeartbeatMonitor::start(swarm, HeartbeatOptions::default()).await?;
/// let epoch = monitor.beat(&agent_id!("agent-1"))?;
/// monitor.progress(&agent_id!("agent-1"), epoch, "half done")?;
/// assert_eq!(monitor.health()[0].health, Health::Healthy);
/// monitor.stop().await;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[must_use = "dropping it stops watching"]
pub struct HeartbeatMonitor {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

struct Shared {
    began: Instant,
    inner: Mutex<Inner>,
    events: broadcast::Sender<HealthEvent>,
    changed: Notify,
    with_states: bool,
}

struct Inner {
    monitor: Monitor,
    /// What the coordinator is to be told, the last of each.
    states: BTreeMap<AgentId, AgentState>,
    /// Which life of which member is watched.
    members: BTreeMap<AgentId, u64>,
    view: Option<u64>,
    leases: BTreeMap<AgentId, Lease>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn feed(&self, inner: &mut Inner, input: Input) -> Result<(), HeartbeatError> {
        for event in inner.monitor.handle(self.began.elapsed(), input)? {
            let state = match (event.from, event.to) {
                (_, Health::Failed) => Some(AgentState::Failed),
                (Health::Failed, _) => Some(AgentState::Active),
                _ => None,
            };
            if let Some(state) = state.filter(|_| self.with_states) {
                inner.states.insert(event.agent.clone(), state);
            }
            // Nobody listens: then nobody misses it.
            let _ = self.events.send(event);
            self.changed.notify_one();
        }
        Ok(())
    }

    fn tell(&self, input: Input) -> Result<(), HeartbeatError> {
        self.feed(&mut self.lock(), input)
    }

    /// Takes over who is a member now.
    fn take(&self, view: &View) {
        let mut inner = self.lock();
        if inner.view == Some(view.epoch) {
            return;
        }
        inner.view = Some(view.epoch);
        let now: BTreeMap<_, _> = view.members.iter().map(|member| (member.id.clone(), member.joined)).collect();
        let before = std::mem::take(&mut inner.members);
        for gone in before.keys().filter(|id| !now.contains_key(*id)) {
            inner.states.remove(gone);
            let _ = self.feed(&mut inner, Input::Leave(gone.clone()));
        }
        for (id, joined) in &now {
            if before.get(id) != Some(joined) {
                inner.states.remove(id);
                let lease = inner.leases.get(id).copied();
                if let Err(error) = self.feed(&mut inner, Input::Join(id.clone(), lease)) {
                    tracing::warn!(agent = %id, %error, "a member is not watched");
                }
            }
        }
        inner.members = now;
    }

    /// What an envelope says; an answer where the agent does not know its epoch.
    fn receive(&self, envelope: &Envelope) -> Option<Epoch> {
        if *envelope.kind() != wire::beat_kind() {
            return None;
        }
        let (epoch, evidence) = wire::decode(envelope.payload())?;
        let from = envelope.from().clone();
        let input = match (epoch, evidence) {
            (Some(epoch), Some(evidence)) => Input::Progress(from.clone(), epoch, evidence),
            (epoch, _) => Input::Beat(from.clone(), epoch),
        };
        if let Err(error) = self.tell(input) {
            tracing::debug!(agent = %from, %error, "a beat was refused");
        }
        self.lock().monitor.epoch(&from).ok().filter(|current| Some(*current) != epoch)
    }
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
    pub async fn start(coordinator: Arc<dyn Coordinator>, options: HeartbeatOptions) -> Result<Self, HeartbeatError> {
        Self::start_with(coordinator, options, [], Vec::new()).await
    }

    /// The same, with leases for agents of other classes, and callbacks. A callback that panics is told in the log,
    /// and changes nothing; it is called again.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub async fn start_with(
        coordinator: Arc<dyn Coordinator>,
        options: HeartbeatOptions,
        leases: impl IntoIterator<Item = (AgentId, Lease)>,
        callbacks: Vec<Callback>,
    ) -> Result<Self, HeartbeatError> {
        let monitor = Monitor::new(options.clone())?;
        let leases: BTreeMap<_, _> = leases.into_iter().collect();
        leases.values().try_for_each(|lease| options.check_lease(*lease))?;
        let runtime = tokio::runtime::Handle::try_current();
        let runtime = runtime.map_err(|error| HeartbeatError::Runtime { why: error.to_string() })?;
        let mailbox = coordinator.join(Self::service_name(), Role::Service).await?;
        let (states, members) = (BTreeMap::new(), BTreeMap::new());
        let inner = Mutex::new(Inner { monitor, states, members, view: None, leases });
        let (events, called) = broadcast::channel(options.events);
        let (began, changed, with_states) = (Instant::now(), Notify::new(), options.with_states);
        let shared = Arc::new(Shared { began, inner, events, changed, with_states });
        shared.take(&coordinator.view().await?);
        let (stop, stopped) = watch::channel(false);
        let run = run(shared.clone(), coordinator, mailbox, callbacks, called, stopped);
        Ok(Self { shared, stop, task: Some(runtime.spawn(run)) })
    }

    /// Beats for an agent in this process, and returns the epoch of its lease.
    ///
    /// # Errors
    ///
    /// [`HeartbeatError::Unknown`].
    pub fn beat(&self, agent: &AgentId) -> Result<Epoch, HeartbeatError> {
        self.shared.tell(Input::Beat(agent.clone(), None))?;
        self.shared.lock().monitor.epoch(agent)
    }

    /// Renews a lease with evidence of progress.
    ///
    /// # Errors
    ///
    /// [`HeartbeatError::Unknown`], [`HeartbeatError::Fenced`] for an old epoch, [`HeartbeatError::Input`] for more
    /// than 256 bytes.
    pub fn progress(&self, agent: &AgentId, epoch: Epoch, evidence: impl Into<String>) -> Result<(), HeartbeatError> {
        self.shared.tell(Input::Progress(agent.clone(), epoch, evidence.into()))
    }

    /// Whether a result that an agent brings under an epoch counts.
    ///
    /// # Errors
    ///
    /// [`HeartbeatError::Unknown`] and [`HeartbeatError::Fenced`].
    pub fn check(&self, agent: &AgentId, epoch: Epoch) -> Result<(), HeartbeatError> {
        self.shared.lock().monitor.check(agent, epoch)
    }

    /// How all agents are, sorted by name.
    #[must_use]
    pub fn health(&self) -> Vec<AgentHealth> {
        self.shared.lock().monitor.health()
    }

    /// What changes from now on.
    #[must_use]
    pub fn events(&self) -> HealthEvents {
        HealthEvents::new(self.shared.events.subscribe())
    }

    /// Leaves the swarm, and returns when its task has ended. Dropping the future stops it all the same.
    pub async fn stop(mut self) {
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

async fn run(
    shared: Arc<Shared>,
    coordinator: Arc<dyn Coordinator>,
    mut mailbox: Box<dyn Mailbox>,
    callbacks: Vec<Callback>,
    mut called: broadcast::Receiver<HealthEvent>,
    mut stopped: watch::Receiver<bool>,
) {
    // Stopping drops the work half way: each call of a coordinator is then done, or not begun.
    let work = async {
        let mut batch = Vec::new();
        loop {
            let next = shared.began + shared.lock().monitor.next();
            // What waits in the mailbox is heard before anybody is judged.
            tokio::select! {
                biased;
                count = mailbox.recv_many(&mut batch, 1_024) => {
                    if count == 0 {
                        break;
                    }
                    for envelope in batch.drain(..) {
                        if let Some(epoch) = shared.receive(&envelope) {
                            let payload = wire::encode(Some(epoch), "");
                            let me = mailbox.owner().clone();
                            let answer = envelope.reply(me, wire::lease_kind(), payload);
                            // What is lost here the answer to the next beat makes up for.
                            let _ = coordinator.send(envelope.from(), answer).await;
                        }
                    }
                }
                () = shared.changed.notified() => {}
                () = sleep_until(next) => {
                    match coordinator.view().await {
                        Ok(view) => shared.take(&view),
                        Err(error) => tracing::warn!(%error, "the members are not known"),
                    }
                    // Nobody is refused a round.
                    let _ = shared.tell(Input::Tick);
                }
            }
            call(&callbacks, &mut called);
            tell_states(&shared, coordinator.as_ref()).await;
        }
    };
    tokio::select! {
        biased;
        _ = stopped.wait_for(|stopped| *stopped) => {}
        () = work => {}
    }
}

fn call(callbacks: &[Callback], called: &mut broadcast::Receiver<HealthEvent>) {
    loop {
        match called.try_recv() {
            Ok(event) => {
                for callback in callbacks {
                    if catch_unwind(AssertUnwindSafe(|| callback(&event))).is_err() {
                        tracing::error!(agent = %event.agent, "a callback panicked");
                    }
                }
            }
            Err(broadcast::error::TryRecvError::Lagged(missed)) => tracing::warn!(missed, "callbacks missed events"),
            Err(_) => return,
        }
    }
}

async fn tell_states(shared: &Shared, coordinator: &dyn Coordinator) {
    loop {
        let Some((agent, state)) = shared.lock().states.pop_first() else { return };
        if let Err(error) = coordinator.set_state(&agent, state).await {
            tracing::warn!(%agent, %error, "a state was not told");
        }
    }
}
