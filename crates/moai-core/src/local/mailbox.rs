//! The receiving end of a slot.

use std::future::poll_fn;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use async_trait::async_trait;

use super::registry::Shared;
use super::slot::Slot;
use crate::{AgentId, Envelope, Mailbox};

/// The mailbox of one participant of a [`LocalCoordinator`](super::LocalCoordinator). It knows its swarm, so that it can leave
/// when it is dropped, and does not keep it.
///
/// Besides being a [`Mailbox`] it can be polled: whoever wraps it needs no future around its future.
///
/// ```
/// use std::task::{Context, Poll, Waker};
/// use moai_core::{LocalCoordinator, Role, agent_id, swarm_id};
///
/// let swarm = LocalCoordinator::new(swarm_id!("swarm-001"));
/// let mut mailbox = swarm.join_now(agent_id!("agent-1"), Role::Member)?;
/// let mut context = Context::from_waker(Waker::noop());
/// assert!(mailbox.poll_recv(&mut context).is_pending());
/// swarm.leave_now(&agent_id!("agent-1"))?;
/// assert_eq!(mailbox.poll_recv(&mut context), Poll::Ready(None));
/// # Ok::<(), moai_core::CoordinatorError>(())
/// ```
pub struct LocalMailbox {
    pub(super) slot: Arc<Slot>,
    pub(super) swarm: Weak<Shared>,
}

impl LocalMailbox {
    /// With which epoch its owner joined: as [`Member::joined`](crate::Member::joined), and no other member's.
    #[must_use]
    pub fn joined(&self) -> u64 {
        self.slot.joined
    }

    /// As [`recv`](Mailbox::recv).
    pub fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Option<Envelope>> {
        self.slot.poll_one(context)
    }

    /// As [`recv_many`](Mailbox::recv_many).
    pub fn poll_recv_many(&mut self, context: &mut Context<'_>, into: &mut Vec<Envelope>, limit: usize) -> Poll<usize> {
        self.slot.poll_many(context, into, limit)
    }
}

#[async_trait]
impl Mailbox for LocalMailbox {
    fn owner(&self) -> &AgentId {
        &self.slot.id
    }

    async fn recv(&mut self) -> Option<Envelope> {
        poll_fn(|context| self.poll_recv(context)).await
    }

    async fn recv_many(&mut self, into: &mut Vec<Envelope>, limit: usize) -> usize {
        poll_fn(|context| self.poll_recv_many(context, into, limit)).await
    }
}

impl Drop for LocalMailbox {
    fn drop(&mut self) {
        if let Some(swarm) = self.swarm.upgrade() {
            swarm.take_out(&self.slot);
        }
    }
}

impl std::fmt::Debug for LocalMailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalMailbox").field("owner", &self.slot.id).finish_non_exhaustive()
    }
}
