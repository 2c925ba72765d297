//! One agent of a swarm: its halves, its mailbox, and the loop between them.

mod agent_error;
mod builder;

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::{Served, VoterHandler};
use moai_core::{AgentId, AgentState, Coordinator};
use moai_sync::Replica;
use tokio::sync::oneshot;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{Instant, timeout_at};

use crate::heartbeat::Progress;

pub use agent_error::AgentError;
pub use builder::AgentBuilder;

/// How long an agent may take to leave, unless said otherwise.
const LEAVING: Duration = Duration::from_secs(10);

/// How long an agent whose time is over has to notice.
const GRACE: Duration = Duration::from_secs(5);

/// One agent of a swarm: a voter, a replica, a heartbeat, and whatever else takes messages, joined to one mailbox.
///
/// It runs in one task. **Dropping it takes the agent out and leaves no task**; [`leave`](Self::leave) lets it end what it
/// has begun, and tells what it did.
///
/// ```
/// use std::sync::Arc;
/// use moai_consensus::{Ask, Choice, ConsensusManager, voter_fn};
/// use moai_core::{Coordinator, StateKey, Topology, agent_id, swarm_id, value};
/// use moai_store::MemoryStore;
/// use moai_swarm::{Agent, SwarmCoordinator};
/// use moai_sync::{ConflictResolver, Replica, StateSynchronizer};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
/// let agent = Agent::builder(agent_id!("agent-1"))
///     .votes(voter_fn(|_| Choice::For))
///     .shares(Replica::new(agent_id!("agent-1")))
///     .join(swarm.clone())
///     .await?;
///
/// // It votes,
/// let manager = ConsensusManager::new(swarm.clone()).await?;
/// assert!(manager.request_consensus("deploy", Ask::new()).await?.is_approved());
///
/// // and shares what it knows.
/// let (synchronizer, key) = (
///     StateSynchronizer::new(swarm.clone(), Arc::new(MemoryStore::new()?), ConflictResolver::lww()).await?,
///     StateKey::new("leader")?,
/// );
/// agent.replica().ok_or("it shares")?.put(&key, "agent-1")?;
/// let state = synchronizer.synchronize_state(&key).await?.state.ok_or("it is held")?;
/// assert_eq!(state.value, value!("agent-1"));
///
/// let served = agent.leave().await?;
/// assert_eq!((served.unsent, served.unfinished), (0, 0));
/// assert!(swarm.view().await?.members.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[must_use = "dropping it takes the agent out"]
pub struct Agent {
    id: AgentId,
    coordinator: Arc<dyn Coordinator>,
    voter: Option<VoterHandler>,
    replica: Option<Replica>,
    progress: Option<Progress>,
    leave: Option<oneshot::Sender<Duration>>,
    task: JoinHandle<Served>,
}

impl Agent {
    /// An agent that has no halves yet.
    pub fn builder(id: AgentId) -> AgentBuilder {
        AgentBuilder::new(id)
    }

    /// Its name.
    #[must_use]
    pub const fn id(&self) -> &AgentId {
        &self.id
    }

    /// What it knows, where it [shares](AgentBuilder::shares) that.
    #[must_use]
    pub const fn replica(&self) -> Option<&Replica> {
        self.replica.as_ref()
    }

    /// Its voter, where it [votes](AgentBuilder::votes): how often it was asked, and what it thinks about.
    #[must_use]
    pub const fn voter(&self) -> Option<&VoterHandler> {
        self.voter.as_ref()
    }

    /// Where its work leaves evidence of progress, where it [beats](AgentBuilder::beats).
    #[must_use]
    pub const fn progress(&self) -> Option<&Progress> {
        self.progress.as_ref()
    }

    /// Whether it still takes messages: not when somebody has taken it out, or one of its handlers has panicked.
    #[must_use]
    pub fn is_running(&self) -> bool {
        !self.task.is_finished()
    }

    /// Tells the swarm what it is doing.
    ///
    /// # Errors
    ///
    /// [`AgentError::Coordinator`], for one when it is no longer there.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use moai_core::{AgentState, Coordinator, Topology, agent_id, swarm_id};
    /// use moai_swarm::{Agent, SwarmCoordinator};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    /// let agent = Agent::builder(agent_id!("agent-1")).join(swarm.clone()).await?;
    /// agent.set_state(AgentState::Busy).await?;
    /// assert_eq!(swarm.view().await?.members[0].state, AgentState::Busy);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn set_state(&self, state: AgentState) -> Result<(), AgentError> {
        Ok(self.coordinator.set_state(&self.id, state).await?)
    }

    /// Leaves in peace, within ten seconds: see [`leave_within`](Self::leave_within).
    ///
    /// # Errors
    ///
    /// As [`leave_within`](Self::leave_within).
    pub async fn leave(self) -> Result<Served, AgentError> {
        self.leave_within(LEAVING).await
    }

    /// Leaves in peace: takes in what is in its mailbox, gives the ballots that it is thinking about, sends what it has to
    /// say, has what it pushes answered, and goes. What takes longer than `longest` is dropped, and counted as
    /// [unfinished](Served::unfinished) and [unsent](Served::unsent). Its voter turns down what it is asked meanwhile.
    ///
    /// When this returns its task has ended and its name is free. Dropping the future takes the agent out at once.
    ///
    /// # Errors
    ///
    /// [`Panicked`](AgentError::Panicked) where one of its handlers had; [`Stuck`](AgentError::Stuck) where one blocks.
    pub async fn leave_within(mut self, longest: Duration) -> Result<Served, AgentError> {
        self.send_off(longest);
        self.gone(longest).await
    }

    /// Leaves at once: what it has begun is dropped, and counted. When this returns its task has ended and its name is free.
    ///
    /// # Errors
    ///
    /// As [`leave_within`](Self::leave_within).
    pub async fn shutdown(self) -> Result<Served, AgentError> {
        self.leave_within(Duration::ZERO).await
    }

    /// Lets many leave at the same time, within ten seconds: all of them have gone when this returns.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use moai_core::{AgentId, Coordinator, Topology, swarm_id};
    /// use moai_swarm::{Agent, SwarmCoordinator};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    /// let mut agents = Vec::new();
    /// for number in 1..=100 {
    ///     agents.push(Agent::builder(AgentId::new(format!("agent-{number}"))?).join(swarm.clone()).await?);
    /// }
    /// assert_eq!(Agent::leave_all(agents).await?.len(), 100);
    /// assert!(swarm.view().await?.members.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// The first of theirs, in their order, as [`leave_within`](Self::leave_within): the others have left all the same.
    pub async fn leave_all(agents: impl IntoIterator<Item = Self>) -> Result<Vec<Served>, AgentError> {
        Self::leave_all_within(agents, LEAVING).await.into_iter().collect()
    }

    /// The same within a time of one's own, each as [`leave_within`](Self::leave_within), and what became of each in their
    /// order.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Duration;
    /// use moai_core::{Topology, agent_id, swarm_id};
    /// use moai_swarm::{Agent, SwarmCoordinator};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    /// let one = Agent::builder(agent_id!("agent-1")).join(swarm.clone()).await?;
    /// let two = Agent::builder(agent_id!("agent-2")).join(swarm.clone()).await?;
    /// for gone in Agent::leave_all_within([one, two], Duration::from_secs(60)).await {
    ///     assert_eq!(gone?.unsent, 0);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn leave_all_within(
        agents: impl IntoIterator<Item = Self>,
        longest: Duration,
    ) -> Vec<Result<Served, AgentError>> {
        let mut agents: Vec<Self> = agents.into_iter().collect();
        agents.iter_mut().for_each(|agent| agent.send_off(longest));
        let mut gone = Vec::with_capacity(agents.len());
        for agent in agents {
            gone.push(agent.gone(longest).await);
        }
        gone
    }

    /// Waits until somebody else has taken it out, and tells what it did.
    ///
    /// # Errors
    ///
    /// [`Panicked`](AgentError::Panicked) where one of its handlers has.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use moai_consensus::Ended;
    /// use moai_core::{Coordinator, Topology, agent_id, swarm_id};
    /// use moai_swarm::{Agent, SwarmCoordinator};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    /// let agent = Agent::builder(agent_id!("agent-1")).join(swarm.clone()).await?;
    /// swarm.leave(agent.id()).await?;
    /// assert_eq!(agent.ended().await?.ended, Ended::Left);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn ended(mut self) -> Result<Served, AgentError> {
        let ended = (&mut self.task).await;
        ended.map_err(|error| self.lost(error))
    }

    fn send_off(&mut self, longest: Duration) {
        // It may have ended already.
        let _ = self.leave.take().map(|leave| leave.send(longest));
    }

    async fn gone(mut self, longest: Duration) -> Result<Served, AgentError> {
        let limit = longest.saturating_add(GRACE);
        let limit = Instant::now().checked_add(limit);
        let ended = match limit {
            Some(limit) => timeout_at(limit, &mut self.task).await,
            None => Ok((&mut self.task).await),
        };
        match ended {
            Ok(ended) => ended.map_err(|error| self.lost(error)),
            Err(_) => Err(AgentError::Stuck { agent: self.id.clone() }),
        }
    }

    fn lost(&self, error: JoinError) -> AgentError {
        let agent = self.id.clone();
        match error.try_into_panic() {
            Ok(panic) => {
                let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
                let why = text.or_else(|| panic.downcast_ref::<String>().cloned());
                AgentError::Panicked { agent, why: why.unwrap_or_else(|| "without a word".to_owned()) }
            }
            Err(error) => AgentError::Runtime { why: error.to_string() },
        }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agent").field("id", &self.id).field("is_running", &self.is_running()).finish_non_exhaustive()
    }
}
