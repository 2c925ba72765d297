//! A swarm in one process, as simple as it gets: a mesh with bounded mailboxes.

mod mailbox;
mod name_hash;
mod registry;
mod slot;

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    AgentId, AgentState, Coordinator, CoordinatorError, Delivered, Envelope, InvalidInput, Limits, Mailbox, Role,
    SwarmId, Topology, View,
};

pub use mailbox::LocalMailbox;
use registry::Shared;
use slot::Slot;

/// A coordinator for one process: a mesh, bounded mailboxes, and nothing else.
///
/// **It has no runtime and no clock**: a waiting receiver is woken by its sender, under any executor. It keeps every
/// promise of [`Coordinator`], and nothing that it does ever waits: what ends in `_now` does the same without a future, for
/// coordinators that are built upon it. Cloning gives another handle to the same swarm; **when the last handle goes, the swarm ends**,
/// and with it every mailbox, once it is drained.
///
/// ```
/// use moai_core::{Coordinator, CorrelationId, Envelope, LocalCoordinator, Role, agent_id, message_kind, swarm_id};
///
/// # pollster::block_on(async {
/// let swarm = LocalCoordinator::new(swarm_id!("swarm-001"));
/// let asker = swarm.join(agent_id!("agent-1"), Role::Member).await?;
/// let mut listener = swarm.join(agent_id!("agent-2"), Role::Member).await?;
///
/// let hello = Envelope::new(
///     swarm.swarm_id().clone(),
///     asker.owner().clone(),
///     message_kind!("greeting"),
///     CorrelationId::from_bytes([1; 16]),
///     "hello",
/// );
/// let delivered = swarm.broadcast(hello, &[]).await?;
/// assert_eq!(delivered.ids, [agent_id!("agent-2")]);
/// assert_eq!(listener.recv().await.expect("it was delivered").payload(), "hello");
/// # Ok::<(), moai_core::CoordinatorError>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct LocalCoordinator {
    shared: Arc<Shared>,
}

impl LocalCoordinator {
    /// An empty swarm with the default limits.
    #[must_use]
    pub fn new(swarm: SwarmId) -> Self {
        Self::with_limits(swarm, Limits::default())
    }

    /// An empty swarm with other limits: `participants`, `member_mailbox`, `service_mailbox` and `payload_bytes` count
    /// here.
    ///
    /// ```
    /// use moai_core::{Limits, LocalCoordinator, swarm_id};
    /// let limits = Limits { member_mailbox: 16, ..Limits::default() };
    /// let swarm = LocalCoordinator::with_limits(swarm_id!("swarm-001"), limits);
    /// ```
    #[must_use]
    pub fn with_limits(swarm: SwarmId, limits: Limits) -> Self {
        Self { shared: Arc::new(Shared::new(swarm, limits)) }
    }

    /// As [`join`](Coordinator::join).
    ///
    /// # Errors
    ///
    /// As [`join`](Coordinator::join).
    pub fn join_now(&self, id: AgentId, role: Role) -> Result<LocalMailbox, CoordinatorError> {
        if id.is_reserved() {
            return Err(InvalidInput::Reserved { field: "agent id", word: "coordinator" }.into());
        }
        let limits = &self.shared.limits;
        let capacity = match role {
            Role::Member => limits.member_mailbox,
            Role::Service => limits.service_mailbox,
        };
        let mut registry = self.shared.write();
        if registry.by_name.contains_key(&id) {
            return Err(CoordinatorError::AlreadyJoined { id });
        }
        InvalidInput::check_count("participants", registry.by_name.len() + 1, limits.participants)?;
        if role == Role::Member {
            registry.membership_changed();
        }
        let slot = Arc::new(Slot::new(id.clone(), role, capacity, registry.epoch));
        registry.by_name.insert(id, Arc::clone(&slot));
        Ok(LocalMailbox { slot, swarm: Arc::downgrade(&self.shared) })
    }

    /// As [`leave`](Coordinator::leave). Says with which epoch a member had joined; of a service, nothing.
    ///
    /// # Errors
    ///
    /// As [`leave`](Coordinator::leave).
    pub fn leave_now(&self, id: &AgentId) -> Result<Option<u64>, CoordinatorError> {
        let slot = self.shared.read().by_name.get(id).cloned();
        let slot = slot.ok_or_else(|| CoordinatorError::NotJoined { id: id.clone() })?;
        self.shared.take_out(&slot);
        Ok(slot.as_joined())
    }

    /// As [`send`](Coordinator::send).
    ///
    /// # Errors
    ///
    /// As [`send`](Coordinator::send).
    pub fn send_now(&self, to: &AgentId, envelope: Envelope) -> Result<(), CoordinatorError> {
        self.shared.check(&envelope)?;
        let pushed = {
            let registry = self.shared.read();
            match registry.ends(envelope.sender(), to) {
                Ok((_, recipient)) => recipient.push(envelope),
                Err(why) => Err((why, envelope)),
            }
        };
        slot::wake(pushed)
    }

    /// As [`send_now`](Self::send_now), where `way` agrees: it is told with which epochs sender and recipient joined, in this
    /// order, and nothing of one that is a service.
    ///
    /// ```
    /// use moai_core::{CoordinatorError, CorrelationId, Envelope, LocalCoordinator, Role, agent_id, message_kind, swarm_id};
    ///
    /// let swarm = LocalCoordinator::new(swarm_id!("swarm-001"));
    /// let _one = swarm.join_now(agent_id!("agent-1"), Role::Member)?;
    /// let _two = swarm.join_now(agent_id!("agent-2"), Role::Member)?;
    /// let (id, correlation) = (swarm_id!("swarm-001"), CorrelationId::from_bytes([1; 16]));
    /// let hello = Envelope::new(id, agent_id!("agent-1"), message_kind!("greeting"), correlation, "hello");
    ///
    /// // Only who came later is written to.
    /// let to = agent_id!("agent-2");
    /// let why = CoordinatorError::Unreachable { id: to.clone(), why: "it is older".to_owned() };
    /// swarm.send_by_way(&to, hello, |from, to| if from < to { Ok(()) } else { Err(why) })?;
    /// # Ok::<(), CoordinatorError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`send`](Coordinator::send), and those of `way`.
    pub fn send_by_way(
        &self,
        to: &AgentId,
        envelope: Envelope,
        way: impl FnOnce(Option<u64>, Option<u64>) -> Result<(), CoordinatorError>,
    ) -> Result<(), CoordinatorError> {
        self.shared.check(&envelope)?;
        let (from, recipient) = {
            let registry = self.shared.read();
            let (sender, recipient) = registry.ends(envelope.sender(), to)?;
            (sender.as_joined(), Arc::clone(recipient))
        };
        way(from, recipient.as_joined())?;
        slot::wake(recipient.push(envelope))
    }

    /// As [`broadcast`](Coordinator::broadcast). `reached` is told of each member that was given it, with which epoch it
    /// joined, in their order.
    ///
    /// # Errors
    ///
    /// As [`broadcast`](Coordinator::broadcast).
    pub fn broadcast_now(
        &self,
        envelope: Envelope,
        except: &[AgentId],
        mut reached: impl FnMut(u64),
    ) -> Result<Delivered, CoordinatorError> {
        self.shared.check(&envelope)?;
        self.shared.read().sender(envelope.sender()).map(drop)?;
        let mut spared: Vec<&AgentId> = except.iter().chain([envelope.sender()]).collect();
        spared.sort_unstable();

        let (members, _) = self.shared.members();
        let mut delivered = Delivered { ids: Vec::with_capacity(members.len()), refused: Vec::new() };
        for slot in members.iter().filter(|slot| spared.binary_search(&&slot.id).is_err()) {
            match slot::wake(slot.push(envelope.clone())) {
                Ok(()) => {
                    delivered.ids.push(slot.id.clone());
                    reached(slot.joined);
                }
                Err(why) => delivered.refused.push((slot.id.clone(), why)),
            }
        }
        Ok(delivered)
    }

    /// As [`set_state`](Coordinator::set_state).
    ///
    /// # Errors
    ///
    /// As [`set_state`](Coordinator::set_state).
    pub fn set_state_now(&self, id: &AgentId, state: AgentState) -> Result<(), CoordinatorError> {
        let slot = self.shared.read().by_name.get(id).filter(|slot| slot.role == Role::Member).cloned();
        slot.ok_or_else(|| CoordinatorError::NotJoined { id: id.clone() })?.set_state(state);
        Ok(())
    }

    /// As [`view`](Coordinator::view).
    #[must_use]
    pub fn view_now(&self) -> View {
        let (members, epoch) = self.shared.members();
        View::new(epoch, members.iter().map(|slot| slot.as_member()).collect(), Topology::Mesh)
    }
}

#[async_trait]
impl Coordinator for LocalCoordinator {
    fn swarm_id(&self) -> &SwarmId {
        &self.shared.swarm
    }

    async fn join(&self, id: AgentId, role: Role) -> Result<Box<dyn Mailbox>, CoordinatorError> {
        Ok(Box::new(self.join_now(id, role)?))
    }

    async fn leave(&self, id: &AgentId) -> Result<(), CoordinatorError> {
        self.leave_now(id).map(drop)
    }

    async fn send(&self, to: &AgentId, envelope: Envelope) -> Result<(), CoordinatorError> {
        self.send_now(to, envelope)
    }

    async fn broadcast(&self, envelope: Envelope, except: &[AgentId]) -> Result<Delivered, CoordinatorError> {
        self.broadcast_now(envelope, except, drop)
    }

    async fn set_state(&self, id: &AgentId, state: AgentState) -> Result<(), CoordinatorError> {
        self.set_state_now(id, state)
    }

    async fn view(&self) -> Result<View, CoordinatorError> {
        Ok(self.view_now())
    }
}

impl std::fmt::Debug for LocalCoordinator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let participants = self.shared.read().by_name.len();
        f.debug_struct("LocalCoordinator")
            .field("swarm", &self.shared.swarm)
            .field("participants", &participants)
            .finish_non_exhaustive()
    }
}
