//! The synchronizer: asks agents what they hold, resolves it, stores it, and tells who held something else.

mod changes;
mod gathering;
mod hearsay;
mod lanes;
mod live;
mod options;
mod periodic;
mod round;
mod settling;
mod stored;
mod sync_error;
mod sync_report;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use moai_core::{Batch, Clock, Coordinator, KeyRange, Mailbox, MemoryProvider, Role, StateKey, Version};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::{ConflictResolver, StateVersion, message_kinds};
use gathering::Gatherings;
use lanes::Lanes;
use options::checked;

pub use changes::{Delta, Since, SyncSnapshot, Watch};
pub use options::{Hearsay, SyncOptions};
pub use periodic::{Periodic, Priority, Round};
pub use sync_error::SyncError;
pub use sync_report::{Refused, SyncReport, Traffic};

/// Asks agents what they hold under a key, makes one state of it, stores it, and tells whoever held something else.
///
/// ```text
///   ask all ─▶ gather until all have answered, or the time is over ─▶ resolve, with what is stored ─▶ store, if nobody
///   did meanwhile (else resolve again) ─▶ tell who held something else ─▶ report
/// ```
///
/// # What it promises
///
/// - **It returns as soon as the last agent has answered.** Who does not answer in time is named, and the others count.
/// - **What is stored takes part**, so an agent that comes late with what was long ago takes nothing back.
/// - **Where nothing changed there is no write, no version and no message.**
/// - Of several synchronizers on one memory none overwrites what another has stored: who comes second resolves again.
/// - One agent whose answer does not fit is set aside by name, and blocks nothing.
/// - Between rounds it tells agents that [follow](crate::ReplicaHandler::follows) what changed, and settles what agents
///   [push](crate::ReplicaHandler::pushes) by the way of a round. A follower that is slow costs it as much as any other, and
///   holds up nobody.
/// - Dropping a future leaves either the old or the new state. An agent that was not told is told by the next round.
///
/// Cloning gives another handle. When the last one goes, its task ends.
///
/// ```
/// use std::sync::Arc;
/// use moai_core::{Coordinator, Handled, Handler, LocalCoordinator, Role, StateKey, agent_id, swarm_id, value};
/// use moai_store::MemoryStore;
/// use moai_sync::{ConflictResolver, Replica, ReplicaHandler, StateSynchronizer};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
/// let (memory, key) = (Arc::new(MemoryStore::new()?), StateKey::new("counter")?);
/// let synchronizer = StateSynchronizer::new(swarm.clone(), memory, ConflictResolver::crdt()).await?;
/// for (agent, number) in [(agent_id!("agent-1"), 42), (agent_id!("agent-2"), 38)] {
///     let replica = Replica::new(agent.clone());
///     replica.contribute(&key, number)?;
///     let (mut half, mut mailbox) = (ReplicaHandler::new(swarm_id!("swarm-001"), replica), swarm.join(agent, Role::Member).await?);
///     let swarm = swarm.clone();
///     // The agent's loop, by hand. `moai_consensus::serve` is one.
///     tokio::spawn(async move {
///         while let Some(envelope) = mailbox.recv().await {
///             let Handled::Done(outgoing) = half.handle(&envelope) else { continue };
///             for outgoing in outgoing {
///                 let _ = swarm.send(&outgoing.to, outgoing.envelope).await;
///             }
///         }
///     });
/// }
/// let report = synchronizer.synchronize_state(&key).await?;
/// assert_eq!(report.state.map(|state| state.value), Some(value!(80)));
/// // A hundred times more, and it is still 80.
/// for _ in 0..100 {
///     assert!(!synchronizer.synchronize_state(&key).await?.changed);
/// }
/// assert_eq!(synchronizer.get_state(&key).await?.map(|state| state.value), Some(value!(80)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct StateSynchronizer {
    shared: Arc<Shared>,
    life: Arc<Life>,
}

/// What the synchronizer and its watchers share.
struct Shared {
    coordinator: Arc<dyn Coordinator>,
    memory: Arc<dyn MemoryProvider>,
    resolver: ConflictResolver,
    clock: Arc<dyn Clock>,
    options: SyncOptions,
    lanes: Arc<Lanes>,
    gatherings: Arc<Gatherings>,
    inbox: live::Inbox,
    /// Who stores something under which key: one after the other.
    at_work: Mutex<BTreeMap<StateKey, Arc<tokio::sync::Mutex<()>>>>,
    /// Rings when something was stored.
    changed: Notify,
    stopped: watch::Sender<bool>,
}

/// The task ends when it goes with the last handle.
struct Life {
    stop: watch::Sender<bool>,
    task: tokio::sync::Mutex<Option<JoinHandle<()>>>,
}

impl StateSynchronizer {
    /// A synchronizer with the default options, in the swarm of this coordinator, over this memory.
    ///
    /// # Errors
    ///
    /// [`Coordinator`](SyncError::Coordinator) when it is not taken in; [`Runtime`](SyncError::Runtime) outside of a tokio
    /// runtime.
    pub async fn new(
        coordinator: Arc<dyn Coordinator>,
        memory: Arc<dyn MemoryProvider>,
        resolver: ConflictResolver,
    ) -> Result<Self, SyncError> {
        Self::with(coordinator, memory, resolver, SyncOptions::default()).await
    }

    /// A synchronizer with other options. It joins the swarm as a service, and tells the members that it has begun.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub async fn with(
        coordinator: Arc<dyn Coordinator>,
        memory: Arc<dyn MemoryProvider>,
        resolver: ConflictResolver,
        options: SyncOptions,
    ) -> Result<Self, SyncError> {
        let runtime =
            tokio::runtime::Handle::try_current().map_err(|error| SyncError::Runtime { why: error.to_string() })?;
        let mailbox = coordinator.join(options.id.clone(), Role::Service).await?;
        let (stop, stopped) = watch::channel(false);
        let gatherings = Arc::new(Gatherings::default());
        let clock = options.clock.clone().unwrap_or_else(|| resolver.clock());
        let lanes = Arc::new(Lanes::new(options.rounds));
        let inbox = live::Inbox::new(options.followers, options.pushes, options.round_bytes);
        let shared = Arc::new(Shared {
            coordinator,
            memory,
            resolver,
            clock,
            options,
            lanes,
            gatherings,
            inbox,
            at_work: Mutex::default(),
            changed: Notify::new(),
            stopped: watch::channel(false).0,
        });
        let live = runtime.spawn(live::run(shared.clone(), stopped.clone()));
        let task = runtime.spawn(receive(Last(shared.clone()), mailbox, stopped, live));
        let synchronizer = Self { shared, life: Arc::new(Life { stop, task: tokio::sync::Mutex::new(Some(task)) }) };
        synchronizer.shared.greet().await;
        Ok(synchronizer)
    }

    /// Synchronizes one key.
    ///
    /// # Errors
    ///
    /// [`NobodyAnswered`](SyncError::NobodyAnswered), or when what the agents hold does not go together, or the memory
    /// does not store it.
    pub async fn synchronize_state(&self, key: &StateKey) -> Result<SyncReport, SyncError> {
        self.synchronize_within(key, self.shared.options.timeout).await
    }

    /// Synchronizes one key, and waits for answers so long at the most.
    ///
    /// # Errors
    ///
    /// As [`synchronize_state`](Self::synchronize_state).
    pub async fn synchronize_within(&self, key: &StateKey, timeout: Duration) -> Result<SyncReport, SyncError> {
        let (mut reports, _) = self.synchronize_many(std::slice::from_ref(key), timeout).await?;
        let report = reports.pop().unwrap_or_else(|| SyncReport::new(key.clone()));
        report.failed.clone().map_or(Ok(report), Err)
    }

    /// Synchronizes many keys in one round of messages, as many as for one; every thousand keys are a round. Returns a report
    /// for each key, sorted by key, and what it cost. Keys are asked for once, however often they stand there.
    ///
    /// A key that does not come out says so in [its report](SyncReport::failed), and holds up no other.
    ///
    /// # Errors
    ///
    /// [`NobodyAnswered`](SyncError::NobodyAnswered), or when the memory does not store what came out: then nothing is stored
    /// of any key in that round. What rounds before it have stored stands.
    pub async fn synchronize_many(
        &self,
        keys: &[StateKey],
        timeout: Duration,
    ) -> Result<(Vec<SyncReport>, Traffic), SyncError> {
        self.synchronize_in_lane(keys, timeout, Priority::Medium).await
    }

    async fn synchronize_in_lane(
        &self,
        keys: &[StateKey],
        timeout: Duration,
        priority: Priority,
    ) -> Result<(Vec<SyncReport>, Traffic), SyncError> {
        let timeout = checked(timeout)?;
        let keys: Vec<StateKey> = keys.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect();
        let (mut reports, mut traffic) = (Vec::with_capacity(keys.len()), Traffic::default());
        for some in keys.chunks(crate::message::MOST_KEYS) {
            let (more, cost) = self.shared.synchronize(some, timeout, priority).await?;
            reports.extend(more);
            traffic += cost;
        }
        Ok((reports, traffic))
    }

    /// What the swarm holds under a key.
    ///
    /// # Errors
    ///
    /// When the memory does not tell.
    pub async fn get_state(&self, key: &StateKey) -> Result<Option<StateVersion>, SyncError> {
        let shared = &self.shared;
        let entry = shared.memory.get(shared.coordinator.swarm_id(), &stored::NAMESPACE, key).await?;
        Ok(entry.map(|entry| stored::state_of(&entry, &shared.options.limits)).transpose()?)
    }

    /// The version of what the swarm holds under a key.
    ///
    /// # Errors
    ///
    /// When the memory does not tell.
    pub async fn get_state_version(&self, key: &StateKey) -> Result<Option<Version>, SyncError> {
        let shared = &self.shared;
        let entry = shared.memory.get(shared.coordinator.swarm_id(), &stored::NAMESPACE, key).await?;
        Ok(entry.map(|entry| entry.version))
    }

    /// Clears a key, also one under which the swarm holds nothing yet. Agents that hold it are told at the next round; what
    /// they had written without knowing of it is dropped then. Returns the version in which it was cleared.
    ///
    /// # Errors
    ///
    /// When the memory does not store it.
    pub async fn clear_state(&self, key: &StateKey) -> Result<Version, SyncError> {
        let batch = Batch::new().delete(stored::NAMESPACE, key.clone());
        self.shared.commit(batch).await
    }

    /// Clears all keys: one entry in the memory, however many they are.
    ///
    /// # Errors
    ///
    /// When the memory does not store it.
    pub async fn clear_all(&self) -> Result<Version, SyncError> {
        let batch = Batch::new().delete_range(stored::NAMESPACE, KeyRange::ALL);
        self.shared.commit(batch).await
    }

    /// How many rounds of questions are under way.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.shared.gatherings.len()
    }

    /// Stops: rounds under way end with [`Stopped`](SyncError::Stopped), the synchronizer leaves the swarm, and its task has
    /// ended when this returns. Every other handle is stopped as well.
    pub async fn shutdown(&self) {
        self.life.stop.send_replace(true);
        let mut task = self.life.task.lock().await;
        if let Some(running) = task.as_mut() {
            // A task that was aborted with its runtime has ended as well.
            let _ = running.await;
            *task = None;
        }
    }
}

impl Shared {
    fn has_stopped(&self) -> bool {
        *self.stopped.borrow()
    }

    async fn commit(&self, batch: Batch) -> Result<Version, SyncError> {
        if self.has_stopped() {
            return Err(SyncError::Stopped);
        }
        let committed = self.memory.commit(self.coordinator.swarm_id(), batch).await?;
        self.changed.notify_waiters();
        Ok(committed.last)
    }
}

/// Whoever waits is told when the task ends, whatever ends it.
struct Last(Arc<Shared>);

impl Drop for Last {
    fn drop(&mut self) {
        self.0.stopped.send_replace(true);
        self.0.gatherings.stop();
        self.0.changed.notify_waiters();
    }
}

/// How many messages are taken from the mailbox at once.
const AT_ONCE: usize = 1_024;

async fn receive(
    last: Last,
    mut mailbox: Box<dyn Mailbox>,
    mut stopped: watch::Receiver<bool>,
    mut live: JoinHandle<()>,
) {
    let shared = &last.0;
    let mut envelopes = Vec::new();
    loop {
        let count = tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => break,
            // It ends by itself only if something in it panics: better no synchronizer than half of one.
            _ = &mut live => return,
            count = mailbox.recv_many(&mut envelopes, AT_ONCE) => count,
        };
        if count == 0 {
            break;
        }
        for envelope in envelopes.drain(..) {
            let (kind, limits) = (envelope.kind(), &shared.options.limits);
            if *kind == message_kinds::RESPONSE {
                shared.gatherings.take(&envelope, limits, shared.options.round_bytes);
            } else if *kind == message_kinds::FOLLOW || *kind == message_kinds::WRITTEN {
                shared.inbox.take(envelope, limits);
            } else {
                tracing::debug!(from = %envelope.sender(), %kind, "not for a synchronizer");
            }
        }
    }
    live.abort();
    let _ = live.await;
}

impl std::fmt::Debug for StateSynchronizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let swarm = self.shared.coordinator.swarm_id();
        f.debug_struct("StateSynchronizer").field("swarm", swarm).finish_non_exhaustive()
    }
}
