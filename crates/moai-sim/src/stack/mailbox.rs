//! A mailbox that falls silent with its owner.

use std::future::pending;

use async_trait::async_trait;
use moai_core::{AgentId, Envelope, Mailbox};

use super::Life;

/// A mailbox that falls silent with its owner: who has crashed is not told that it was taken out.
pub(super) struct SimMailbox {
    inner: Box<dyn Mailbox>,
    life: Life,
}

impl SimMailbox {
    pub(super) fn new(inner: Box<dyn Mailbox>, life: Life) -> Self {
        Self { inner, life }
    }
}

#[async_trait]
impl Mailbox for SimMailbox {
    fn owner(&self) -> &AgentId {
        self.inner.owner()
    }

    async fn recv(&mut self) -> Option<Envelope> {
        let received = self.inner.recv().await;
        if self.life.is_over() {
            pending::<()>().await;
        }
        received
    }

    async fn recv_many(&mut self, into: &mut Vec<Envelope>, limit: usize) -> usize {
        let received = self.inner.recv_many(into, limit).await;
        if self.life.is_over() {
            pending::<()>().await;
        }
        received
    }
}
