//! Who has joined, and what the handles to a swarm share.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::name_hash::NameHash;
use super::slot::Slot;
use crate::{AgentId, CoordinatorError, Envelope, InvalidInput, Limits, Role, SwarmId};

/// What the handles to one swarm share.
pub(super) struct Shared {
    pub(super) swarm: SwarmId,
    pub(super) limits: Limits,
    registry: RwLock<Registry>,
}

/// Who has joined.
#[derive(Default)]
pub(super) struct Registry {
    /// For looking up one by name.
    pub(super) by_name: HashMap<AgentId, Arc<Slot>, NameHash>,
    /// The members in the order of their names, for walks: the map's own order is chance. Made anew by the first walk
    /// after somebody came or went.
    members: Option<Members>,
    /// How many times a member came or went.
    pub(super) epoch: u64,
}

/// The members in the order of their names.
pub(super) type Members = Arc<[Arc<Slot>]>;

impl Shared {
    pub(super) fn new(swarm: SwarmId, limits: Limits) -> Self {
        Self { swarm, limits, registry: RwLock::default() }
    }

    /// Nothing can panic while the registry is held, so a poisoned lock is as good as any. Slots may be locked meanwhile, and
    /// nothing foreign may run: no waker is called, and no envelope is dropped.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Registry> {
        self.registry.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Registry> {
        self.registry.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes out exactly this participant, not somebody who has its name now.
    pub(super) fn take_out(&self, slot: &Arc<Slot>) {
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

    /// The members of this moment, in the order of their names, with the epoch.
    pub(super) fn members(&self) -> (Members, u64) {
        {
            let registry = self.read();
            if let Some(members) = &registry.members {
                return (Arc::clone(members), registry.epoch);
            }
        }
        let mut registry = self.write();
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
    pub(super) fn check(&self, envelope: &Envelope) -> Result<(), CoordinatorError> {
        if *envelope.swarm() != self.swarm {
            let (expected, got) = (self.swarm.clone(), envelope.swarm().clone());
            return Err(CoordinatorError::WrongSwarm { expected, got });
        }
        InvalidInput::check_length("payload", envelope.payload().len(), self.limits.payload_bytes)?;
        Ok(())
    }
}

impl Drop for Shared {
    /// Nobody is left who could send: whoever waits is told so.
    fn drop(&mut self) {
        let registry = self.registry.get_mut().unwrap_or_else(PoisonError::into_inner);
        registry.by_name.values().for_each(|slot| slot.close());
    }
}

impl Registry {
    pub(super) fn membership_changed(&mut self) {
        self.members = None;
        self.epoch += 1;
    }

    pub(super) fn sender(&self, id: &AgentId) -> Result<&Arc<Slot>, CoordinatorError> {
        self.by_name.get(id).ok_or_else(|| CoordinatorError::UnknownSender { id: id.clone() })
    }

    /// Both ends of a way.
    pub(super) fn ends(&self, from: &AgentId, to: &AgentId) -> Result<(&Arc<Slot>, &Arc<Slot>), CoordinatorError> {
        let sender = self.sender(from)?;
        let recipient = self.by_name.get(to);
        recipient
            .map(|recipient| (sender, recipient))
            .ok_or_else(|| CoordinatorError::UnknownRecipient { id: to.clone() })
    }
}
