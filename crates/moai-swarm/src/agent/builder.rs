//! What an agent is put together from.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::{Signer, Voter, VoterHandler, serve_and_drain};
use moai_core::{AgentId, Coordinator, Handler, Role};
use moai_sync::{Replica, ReplicaHandler};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::{Agent, AgentError};
use crate::heartbeat::{HeartbeatHandler, HeartbeatMonitor};

/// Puts an [`Agent`] together. What it is not given it does not do: without a voter it is asked and never answers.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use moai_consensus::{Choice, voter_fn};
/// use moai_core::{CorrelationId, Envelope, Handled, KeyRange, Outgoing, Topology, agent_id, message_kind, swarm_id};
/// use moai_swarm::{Agent, SwarmCoordinator};
/// use moai_sync::{Replica, ReplicaHandler};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Star));
/// let me = agent_id!("agent-1");
/// // What the builder has no word for is a handler.
/// let replica = Replica::new(me.clone());
/// let live = ReplicaHandler::new(swarm_id!("swarm-001"), replica.clone()).follows(KeyRange::ALL).pushes();
/// let greeter = |envelope: &Envelope| match envelope.kind().as_str() {
///     "greeting" => Handled::Done(vec![Outgoing::reply(envelope, agent_id!("agent-1"), message_kind!("thanks"), "")]),
///     _ => Handled::NotMine,
/// };
/// let agent = Agent::builder(me)
///     .votes(voter_fn(|_| Choice::For))
///     .beats(Duration::from_secs(1))
///     .with_handler(live)
///     .with_handler(greeter)
///     .join(swarm)
///     .await?;
/// assert!(agent.is_running());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[must_use = "it joins nothing by itself"]
pub struct AgentBuilder {
    id: AgentId,
    voter: Option<Arc<dyn Voter>>,
    signer: Option<Arc<dyn Signer>>,
    replica: Option<Replica>,
    beats: Option<Duration>,
    handlers: Vec<Box<dyn Handler>>,
}

impl AgentBuilder {
    pub(super) fn new(id: AgentId) -> Self {
        Self { id, voter: None, signer: None, replica: None, beats: None, handlers: Vec::new() }
    }

    /// It is asked in votes. A panic in the voter is told to whoever asked, and the agent lives on. A voter with a journal,
    /// or other limits, comes as a [handler](Self::with_handler).
    pub fn votes(mut self, voter: impl Voter + 'static) -> Self {
        self.voter = Some(Arc::new(voter));
        self
    }

    /// Its voter signs whatever it says. A voter that signs should have a journal, and then comes as a
    /// [handler](Self::with_handler): who forgets what it has signed can be brought to contradict it.
    pub fn signs(mut self, signer: Arc<dyn Signer>) -> Self {
        self.signer = Some(signer);
        self
    }

    /// It tells what it knows when it is asked, and takes in what the swarm knows. One that tells and hears between rounds
    /// comes as a [handler](Self::with_handler).
    pub fn shares(mut self, replica: Replica) -> Self {
        self.replica = Some(replica);
        self
    }

    /// It beats so often for the swarm's [`HeartbeatMonitor`], by a timer of its own.
    pub fn beats(mut self, every: Duration) -> Self {
        self.beats = Some(every);
        self
    }

    /// It takes these messages as well. Handlers are shown a message in the order in which they were given, after its voter,
    /// its replica and its heartbeat, until one takes it.
    pub fn with_handler(mut self, handler: impl Handler + 'static) -> Self {
        self.handlers.push(Box::new(handler));
        self
    }

    /// Joins a swarm as a member, and begins to take messages.
    ///
    /// # Errors
    ///
    /// [`OtherAgent`](AgentError::OtherAgent), [`Coordinator`](AgentError::Coordinator) for one when the name is in use, and
    /// [`Runtime`](AgentError::Runtime) outside of a tokio runtime.
    pub async fn join(self, coordinator: Arc<dyn Coordinator>) -> Result<Agent, AgentError> {
        let Self { id, voter, signer, replica, beats, handlers: others } = self;
        if let Some(replica) = replica.as_ref().filter(|replica| *replica.agent() != id) {
            return Err(AgentError::OtherAgent { agent: id, replica: replica.agent().clone() });
        }
        let runtime = Handle::try_current().map_err(|error| AgentError::Runtime { why: error.to_string() })?;
        let swarm = coordinator.swarm_id().clone();
        let voter = voter.map(|voter| {
            let half = VoterHandler::new(swarm.clone(), id.clone(), voter);
            signer.into_iter().fold(half, VoterHandler::with_signer)
        });
        let beats = beats
            .map(|every| HeartbeatHandler::new(swarm.clone(), id.clone(), HeartbeatMonitor::service_name(), every));
        let progress = beats.as_ref().map(HeartbeatHandler::progress);

        let mut handlers: Vec<Box<dyn Handler>> = Vec::new();
        handlers.extend(voter.clone().map(|half| Box::new(half) as Box<dyn Handler>));
        handlers.extend(replica.clone().map(|it| Box::new(ReplicaHandler::new(swarm, it)) as Box<dyn Handler>));
        handlers.extend(beats.map(|half| Box::new(half) as Box<dyn Handler>));
        handlers.extend(others);

        let mailbox = coordinator.join(id.clone(), Role::Member).await?;
        let (leave, left) = oneshot::channel();
        // Who drops the agent aborts its task.
        let left = async { left.await.unwrap_or(Duration::ZERO) };
        let task = runtime.spawn(serve_and_drain(mailbox, coordinator.clone(), handlers, left));
        Ok(Agent { id, coordinator, voter, replica, progress, leave: Some(leave), task })
    }
}

impl std::fmt::Debug for AgentBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AgentBuilder").field("id", &self.id).finish_non_exhaustive()
    }
}
