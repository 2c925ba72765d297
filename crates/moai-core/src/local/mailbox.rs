//! The receiving end of a slot.

use std::future::poll_fn;
use std::sync::{Arc, Weak};

use async_trait::async_trait;

use super::Shared;
use super::slot::Slot;
use crate::{AgentId, Envelope, Mailbox};

/// The mailbox of one participant. It knows its swarm, so that it can leave when it is dropped, and does not keep it.
pub(super) struct LocalMailbox {
    pub(super) slot: Arc<Slot>,
    pub(super) swarm: Weak<Shared>,
}

#[async_trait]
impl Mailbox for LocalMailbox {
    fn owner(&self) -> &AgentId {
        &self.slot.id
    }

    async fn recv(&mut self) -> Option<Envelope> {
        poll_fn(|cx| self.slot.poll_one(cx)).await
    }

    async fn recv_many(&mut self, into: &mut Vec<Envelope>, limit: usize) -> usize {
        poll_fn(|cx| self.slot.poll_many(cx, into, limit)).await
    }
}

impl Drop for LocalMailbox {
    fn drop(&mut self) {
        if let Some(swarm) = self.swarm.upgrade() {
            swarm.take_out(&self.slot);
        }
    }
}
