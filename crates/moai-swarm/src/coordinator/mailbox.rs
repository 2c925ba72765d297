//! The receiving end of one participant.

use std::sync::Weak;

use async_trait::async_trait;
use moai_core::{AgentId, Envelope, Mailbox};

use super::Shared;

/// The mailbox of one participant. Dropping it takes its owner out of the shape, and then out of the swarm.
pub(super) struct SwarmMailbox {
    /// The seat of a member; services have none.
    pub(super) number: Option<u64>,
    pub(super) swarm: Weak<Shared>,
    pub(super) mailbox: Box<dyn Mailbox>,
}

#[async_trait]
impl Mailbox for SwarmMailbox {
    fn owner(&self) -> &AgentId {
        self.mailbox.owner()
    }

    async fn recv(&mut self) -> Option<Envelope> {
        self.mailbox.recv().await
    }

    async fn recv_many(&mut self, into: &mut Vec<Envelope>, limit: usize) -> usize {
        self.mailbox.recv_many(into, limit).await
    }
}

impl Drop for SwarmMailbox {
    fn drop(&mut self) {
        if let (Some(number), Some(swarm)) = (self.number, self.swarm.upgrade()) {
            swarm.take_out(self.mailbox.owner(), number);
        }
    }
}
