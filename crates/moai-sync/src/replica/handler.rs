//! The half of an agent that tells the swarm what it holds.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use moai_core::{
    AgentId, Chance, Envelope, Handled, Handler, InvalidInput, KeyRange, Outgoing, SwarmId, SystemChance, Version,
    agent_id,
};

use super::Replica;
use super::live::{Following, Live};
use crate::{Answer, StateChange, StateRequest, StateResponse, StateUpdate, message_kinds};

/// The half of an agent that tells the swarm what it holds, and takes in what the swarm holds. It owns no mailbox: a loop
/// over an agent's handlers drives it.
///
/// What is no message of these, belongs to another swarm, or is an update by somebody who is no synchronizer, is answered by
/// nothing and changes nothing.
///
/// # Between rounds
///
/// A handler that [follows](Self::follows) hears of what changed when it changed, and one that [pushes](Self::pushes) tells
/// what its agent wrote when it was written. Both need a loop that sends what a handler has to say
/// [unasked](Handler::poll_unasked), as `moai_consensus::serve` does, and a tokio runtime with time.
///
/// - **Nothing is missed**: whoever finds that something was lost, or came too late, asks again from where it stands; who has
///   been away for longer than deletions are kept is told all that there is.
/// - **No write is lost**: what is not answered is pushed again, after a second at first and a minute at the most. Pushing
///   twice changes nothing.
/// - **No more messages are under way to it than it has [room](Self::with_credit) for.**
/// - **It comes to itself, whatever was lost.** A follower that hears nothing for a minute [says again](Self::renews_after)
///   where it stands: so it finds out that its synchronizer began anew, or is gone where there are others. Where nothing
///   happens, nothing else is sent.
///
/// One that pushes and does not follow hears nothing but answers. Of a memory that began anew, and whose greeting was lost, it
/// learns with its next write.
///
/// ```
/// use std::sync::Arc;
/// use moai_core::{
///     AgentId, Coordinator, Handled, Handler, KeyRange, LocalCoordinator, Role, StateKey, agent_id, swarm_id, value,
/// };
/// use moai_store::MemoryStore;
/// use moai_sync::{ConflictResolver, Replica, ReplicaHandler, StateSynchronizer};
///
/// // The agent's loop, by hand. `moai_consensus::serve` is one.
/// async fn work(swarm: Arc<LocalCoordinator>, replica: Replica) -> Option<()> {
///     let mut mailbox = swarm.join(replica.agent().clone(), Role::Member).await.ok()?;
///     let mut half = ReplicaHandler::new(swarm_id!("swarm-001"), replica).follows(KeyRange::ALL).pushes();
///     loop {
///         let outgoing = tokio::select! {
///             biased;
///             envelope = mailbox.recv() => match half.handle(&envelope?) {
///                 Handled::Done(outgoing) => outgoing,
///                 _ => continue,
///             },
///             outgoing = half.unasked() => outgoing,
///         };
///         for outgoing in outgoing {
///             let _ = swarm.send(&outgoing.to, outgoing.envelope).await;
///         }
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
/// let (memory, key) = (Arc::new(MemoryStore::new()?), StateKey::new("leader")?);
/// let _synchronizer = StateSynchronizer::new(swarm.clone(), memory, ConflictResolver::lww()).await?;
/// let (one, other) = (Replica::new(agent_id!("agent-1")), Replica::new(agent_id!("agent-2")));
/// tokio::spawn(work(swarm.clone(), one.clone()));
/// tokio::spawn(work(swarm.clone(), other.clone()));
///
/// one.put(&key, "agent-1")?;
/// // No round is begun, and the other has it.
/// while other.value(&key) != Some(value!("agent-1")) {
///     tokio::time::sleep(std::time::Duration::from_millis(1)).await;
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct ReplicaHandler {
    pub(super) swarm: SwarmId,
    pub(super) replica: Replica,
    /// Who may tell what the swarm holds.
    /// Sorted; mostly it is one.
    pub(super) synchronizers: Vec<AgentId>,
    pub(super) live: Live,
}

/// How many messages are under way to a follower at the most, unless said otherwise.
const CREDIT: u32 = 8;

/// For about how long a follower hears nothing before it says again where it stands, unless said otherwise; and the least.
const RENEWS_AFTER: Duration = Duration::from_secs(60);
const RENEWS_AFTER_LEAST: Duration = Duration::from_secs(1);

impl ReplicaHandler {
    /// The half around this replica, in this swarm. It is told what the swarm holds by whoever is called
    /// `state-synchronizer`.
    #[must_use]
    pub fn new(swarm: SwarmId, replica: Replica) -> Self {
        let whom = agent_id!("state-synchronizer");
        let synchronizers = vec![whom.clone()];
        let (following, pushing, chance) = (None, None, Arc::new(SystemChance));
        let live = Live { whom, following, pushing, credit: CREDIT, renews_after: RENEWS_AFTER, chance };
        Self { swarm, replica, synchronizers, live }
    }

    /// The same, told by these instead: a swarm may have several synchronizers, under other names.
    #[must_use]
    pub fn told_by(mut self, synchronizers: impl IntoIterator<Item = AgentId>) -> Self {
        self.synchronizers = synchronizers.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        if let Some(first) = self.synchronizers.first().filter(|_| !self.synchronizers.contains(&self.live.whom)) {
            self.live.whom = first.clone();
        }
        self
    }

    /// The same, and it follows what the swarm holds under these keys, from where the replica stands: that is where one that
    /// followed the same keys before has come to.
    ///
    /// It follows one synchronizer: `state-synchronizer` where that is one of those that it is told by, else the first by
    /// name, until another of them begins.
    ///
    /// ```
    /// use moai_core::{KeyRange, StateKey, agent_id, swarm_id};
    /// use moai_sync::{Replica, ReplicaHandler};
    ///
    /// let replica = Replica::new(agent_id!("agent-1"));
    /// let tasks = KeyRange::prefix(&StateKey::new("task/")?);
    /// let half = ReplicaHandler::new(swarm_id!("swarm-001"), replica).follows(tasks).pushes();
    /// # let _ = half;
    /// # Ok::<(), moai_core::InvalidInput>(())
    /// ```
    #[must_use]
    pub fn follows(mut self, range: KeyRange) -> Self {
        self.live.following = Some(Box::new(Following::new(range)));
        self
    }

    /// The same, and what the agent writes is pushed to the synchronizer without being asked for; what it writes while that
    /// is under way goes with the next push. What the agent wrote before and has told nobody is pushed as well.
    ///
    /// A write on a key that is cleared while it is under way may go with what was cleared, as if it had come before.
    #[must_use]
    pub fn pushes(mut self) -> Self {
        self.live.pushing = Some(Box::default());
        // What another handler pushed may not have been answered.
        self.replica.inner().push_all();
        self
    }

    /// The same, and so many messages may be under way to it when it follows: one at least. Default: 8.
    #[must_use]
    pub fn with_credit(mut self, messages: u32) -> Self {
        self.live.credit = messages.max(1);
        self
    }

    /// The same, and when it follows and hears nothing for about so long, it says again where it stands, and is answered. So
    /// it finds out what was lost without a trace: that its synchronizer began anew, or is gone where there are others.
    /// Default: a minute. Less than a second is a second.
    ///
    /// It is a quarter more or less, by chance, so that those who began together do not go on together. Each time costs two
    /// short messages.
    #[must_use]
    pub fn renews_after(mut self, quiet: Duration) -> Self {
        self.live.renews_after = quiet.max(RENEWS_AFTER_LEAST);
        self
    }

    /// The same, and the numbers of what it says come from there. Default: the system's chance.
    #[must_use]
    pub fn with_chance(mut self, chance: Arc<dyn Chance>) -> Self {
        self.live.chance = chance;
        self
    }

    /// Waits for what it has to say without being asked, for whoever writes an agent's loop. The future may be dropped: what
    /// it has not returned is not lost. There is no end.
    ///
    /// What a message changes is seen by the next call.
    ///
    /// ```
    /// use moai_core::{KeyRange, agent_id, swarm_id};
    /// use moai_sync::{Replica, ReplicaHandler, message_kinds};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let replica = Replica::new(agent_id!("agent-1"));
    /// let mut half = ReplicaHandler::new(swarm_id!("swarm-001"), replica).follows(KeyRange::ALL);
    /// let said = half.unasked().await;
    /// assert_eq!(said[0].envelope.kind(), &message_kinds::FOLLOW);
    /// # });
    /// ```
    pub async fn unasked(&mut self) -> Vec<Outgoing> {
        std::future::poll_fn(|context| self.poll_live(context)).await
    }

    /// What it holds under the keys of a question.
    fn answer(&self, asked: &Envelope, request: StateRequest) -> StateResponse {
        let mut inner = self.replica.inner();
        let is_told = self.synchronizers.contains(asked.sender());
        if is_told {
            inner.in_epoch(request.epoch);
        }
        let answers = request.keys.into_iter().map(|(key, known)| {
            if is_told && known.cleared != Version::ZERO {
                // What it holds was written before it knew of this, or is new.
                inner.clear(key.clone(), known.cleared);
            }
            match (inner.states.get_mut(&key), known.state) {
                (None, _) => Answer::Nothing,
                (Some(held), Some(digest)) if digest == held.state.digest() => Answer::Same,
                (Some(held), _) => {
                    // Whoever else asks stores nothing.
                    let (state, contains) = held.give(is_told.then(|| asked.correlation()));
                    Answer::Holds { state, contains }
                }
            }
        });
        StateResponse::new(answers.collect())
    }
}

impl Handler for ReplicaHandler {
    fn handle(&mut self, envelope: &Envelope) -> Handled {
        let (asked, told) = (message_kinds::REQUEST, message_kinds::UPDATE);
        let (followed, begun) = (message_kinds::FOLLOWED, message_kinds::BEGUN);
        if ![&asked, &told, &followed, &begun].contains(&envelope.kind()) {
            return Handled::NotMine;
        }
        let (agent, from, kind) = (&self.replica.agent, envelope.sender(), envelope.kind());
        if *envelope.swarm() != self.swarm {
            tracing::warn!(%agent, %from, %kind, swarm = %envelope.swarm(), "a message of another swarm is refused");
            return Handled::NOTHING;
        }
        if *kind == followed || *kind == begun {
            return self.hear(envelope);
        }
        let limits = &self.replica.limits;
        if *kind == asked {
            return match StateRequest::from_bytes(envelope.payload(), limits) {
                Ok(request) => {
                    let answer = self.answer(envelope, request).to_bytes_within(limits);
                    Handled::Done(vec![Outgoing::reply(envelope, agent.clone(), message_kinds::RESPONSE, answer)])
                }
                Err(cause) => {
                    tracing::warn!(%agent, %from, %kind, %cause, "a message is refused");
                    Handled::NOTHING
                }
            };
        }
        if !self.synchronizers.contains(from) {
            tracing::warn!(%agent, %from, %kind, "an update by somebody who is no synchronizer is refused");
            return Handled::NOTHING;
        }
        // Agents of one process share what they read, and what of it fits.
        let fits = |change: &StateChange| match change {
            StateChange::Put(state) => state.check(limits).is_ok(),
            _ => true,
        };
        let read = || {
            let mut update = StateUpdate::from_bytes(envelope.payload(), limits)?;
            update.changes.retain(fits);
            Ok::<_, InvalidInput>(update)
        };
        let shared = envelope.read_once(|_| read().map(|update| Arc::new((limits.clone(), update))));
        match shared.and_then(|shared| if shared.0 == *limits { Ok(shared.1.clone()) } else { read() }) {
            Ok(update) => self.replica.take(update.changes, Some(envelope.correlation())),
            Err(cause) => {
                tracing::warn!(%agent, %from, %kind, %cause, "a message is refused");
                return Handled::NOTHING;
            }
        }
        Handled::Done(self.is_answered(envelope.correlation()).into_iter().collect())
    }

    fn poll_unasked(&mut self, context: &mut Context<'_>) -> Poll<Vec<Outgoing>> {
        self.poll_live(context)
    }

    /// One that pushes goes when all that its agent wrote is pushed and answered.
    fn poll_leave(&mut self, _: &mut Context<'_>) -> Poll<()> {
        if self.has_to_push() { Poll::Pending } else { Poll::Ready(()) }
    }
}
