//! A swarm in one process, as simple as it gets: a mesh with bounded mailboxes.

mod mailbox;
mod slot;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;

use crate::{
    AgentId, AgentState, Coordinator, CoordinatorError, Delivered, Envelope, InvalidInput, Limits, Mailbox, Role,
    SwarmId, Topology, View,
};

use mailbox::LocalMailbox;
use slot::Slot;

/// A coordinator for one process: a mesh, bounded mailboxes, and nothing else.
///
/// **It has no runtime and no clock**: a waiting receiver is woken by its sender, under any executor. It keeps every
/// promise of [`Coordinator`]. Cloning gives another handle to the same swarm; **when the last handle goes, the swarm ends**,
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

struct Shared {
    swarm: SwarmId,
    limits: Limits,
    registry: RwLock<Registry>,
}

/// Who has joined.
#[derive(Default)]
struct Registry {
    /// For looking up one by name.
    by_name: HashMap<AgentId, Arc<Slot>>,
    /// The members in the order of their names, for walks: the map's own order is chance. Made anew by the first walk
    /// after somebody came or went.
    members: Option<Arc<[Arc<Slot>]>>,
    /// How many times a member came or went.
    epoch: u64,
}

impl Shared {
    /// Nothing can panic while the registry is held, so a poisoned lock is as good as any.
    fn read(&self) -> RwLockReadGuard<'_, Registry> {
        self.registry.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Registry> {
        self.registry.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes out exactly this participant, not somebody who has its name now.
    fn take_out(&self, slot: &Arc<Slot>) {
        {
            let mut registry = self.write();
            if registry.by_name.get(&slot.id).is_some_and(|current| Arc::ptr_eq(current, slot)) {
                registry.by_name.remove(&slot.id);
                if slot.role == Role::Member {
                    registry.membership_changed();
                }
            }
        }
        slot.close();
    }
}

impl Drop for Shared {
    /// Nobody is left who could send: whoever waits is told so.
    fn drop(&mut self) {
        let registry = self.registry.get_mut().unwrap_or_else(PoisonError::into_inner);
        registry.by_name.values().for_each(|slot| slot.close());
    }
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
        Self { shared: Arc::new(Shared { swarm, limits, registry: RwLock::default() }) }
    }

    /// The members of this moment, in the order of their names, with the epoch.
    fn members(&self) -> (Arc<[Arc<Slot>]>, u64) {
        {
            let registry = self.shared.read();
            if let Some(members) = &registry.members {
                return (Arc::clone(members), registry.epoch);
            }
        }
        let mut registry = self.shared.write();
        // Taken apart, so that the map can be read while the list is written.
        let Registry { by_name, members, epoch } = &mut *registry;
        let made = members.get_or_insert_with(|| {
            let mut slots: Vec<_> = by_name.values().filter(|slot| slot.role == Role::Member).cloned().collect();
            slots.sort_unstable_by(|a, b| a.id.cmp(&b.id));
            slots.into()
        });
        (Arc::clone(made), *epoch)
    }

    /// Refuses what this swarm does not carry.
    fn check(&self, envelope: &Envelope) -> Result<(), CoordinatorError> {
        let Shared { swarm, limits, .. } = &*self.shared;
        if envelope.swarm() != swarm {
            let (expected, got) = (swarm.clone(), envelope.swarm().clone());
            return Err(CoordinatorError::WrongSwarm { expected, got });
        }
        InvalidInput::check_length("payload", envelope.payload().len(), limits.payload_bytes)?;
        Ok(())
    }
}

impl Registry {
    fn membership_changed(&mut self) {
        self.members = None;
        self.epoch += 1;
    }

    fn sender(&self, id: &AgentId) -> Result<&Arc<Slot>, CoordinatorError> {
        self.by_name.get(id).ok_or_else(|| CoordinatorError::UnknownSender { id: id.clone() })
    }
}

#[async_trait]
impl Coordinator for LocalCoordinator {
    fn swarm_id(&self) -> &SwarmId {
        &self.shared.swarm
    }

    async fn join(&self, id: AgentId, role: Role) -> Result<Box<dyn Mailbox>, CoordinatorError> {
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
        Ok(Box::new(LocalMailbox { slot, swarm: Arc::downgrade(&self.shared) }))
    }

    async fn leave(&self, id: &AgentId) -> Result<(), CoordinatorError> {
        let slot = self.shared.read().by_name.get(id).cloned();
        let slot = slot.ok_or_else(|| CoordinatorError::NotJoined { id: id.clone() })?;
        self.shared.take_out(&slot);
        Ok(())
    }

    async fn send(&self, to: &AgentId, envelope: Envelope) -> Result<(), CoordinatorError> {
        self.check(&envelope)?;
        let recipient = {
            let registry = self.shared.read();
            registry.sender(envelope.from())?;
            registry.by_name.get(to).cloned().ok_or_else(|| CoordinatorError::UnknownRecipient { id: to.clone() })?
        };
        recipient.push(envelope)
    }

    async fn broadcast(&self, envelope: Envelope, except: &[AgentId]) -> Result<Delivered, CoordinatorError> {
        self.check(&envelope)?;
        self.shared.read().sender(envelope.from())?;
        let mut spared: Vec<&AgentId> = except.iter().chain([envelope.from()]).collect();
        spared.sort_unstable();

        let (members, _) = self.members();
        let mut delivered = Delivered { ids: Vec::with_capacity(members.len()), refused: Vec::new() };
        for slot in members.iter().filter(|slot| spared.binary_search(&&slot.id).is_err()) {
            match slot.push(envelope.clone()) {
                Ok(()) => delivered.ids.push(slot.id.clone()),
                Err(why) => delivered.refused.push((slot.id.clone(), why)),
            }
        }
        Ok(delivered)
    }

    async fn set_state(&self, id: &AgentId, state: AgentState) -> Result<(), CoordinatorError> {
        // The registry is let go before the slot is touched: no lock is taken while another one is held.
        let slot = self.shared.read().by_name.get(id).filter(|slot| slot.role == Role::Member).cloned();
        slot.ok_or_else(|| CoordinatorError::NotJoined { id: id.clone() })?.set_state(state);
        Ok(())
    }

    async fn view(&self) -> Result<View, CoordinatorError> {
        let (members, epoch) = self.members();
        Ok(View::new(epoch, members.iter().map(|slot| slot.as_member()).collect(), Topology::Mesh))
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
