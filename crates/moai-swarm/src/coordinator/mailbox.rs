//! The receiving end of one participant.

use std::future::poll_fn;
use std::sync::Weak;

use async_trait::async_trait;
use moai_core::{AgentId, Envelope, LocalMailbox, Mailbox};

use super::Shared;

/// The mailbox of one participant. Dropping it takes its owner out of the shape, and then out of the swarm.
pub(super) struct SwarmMailbox {
    /// Services have no seat.
    pub(super) has_seat: bool,
    pub(super) swarm: Weak<Shared>,
    pub(super) mailbox: LocalMailbox,
}

#[async_trait]
impl Mailbox for SwarmMailbox {
    fn owner(&self) -> &AgentId {
        self.mailbox.owner()
    }

    async fn recv(&mut self) -> Option<Envelope> {
        poll_fn(|context| self.mailbox.poll_recv(context)).await
    }

    async fn recv_many(&mut self, into: &mut Vec<Envelope>, limit: usize) -> usize {
        poll_fn(|context| self.mailbox.poll_recv_many(context, into, limit)).await
    }
}

impl Drop for SwarmMailbox {
    fn drop(&mut self) {
        if let Some(swarm) = self.swarm.upgrade().filter(|_| self.has_seat) {
            swarm.take_out(self.mailbox.joined());
        }
    }
}
