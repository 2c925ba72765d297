//! The way of one process into the swarm.

use std::sync::Arc;

use async_trait::async_trait;
use moai_core::{
    AgentId, AgentState, Coordinator, CoordinatorError, Delivered, Envelope, Mailbox, Role, SwarmId, View,
};

use super::mailbox::SimMailbox;
use super::{Life, SimNetwork};

/// The way of one life of a process into the swarm: a [`Coordinator`] over a [`SimNetwork`], where there is an example. When
/// the life is over, whoever joined through it is taken out, and no call returns any more.
///
/// **What was accepted may be lost**: that is what it is for. While nothing goes wrong it keeps every promise of the port.
pub struct SimCoordinator {
    network: SimNetwork,
    life: Life,
}

impl SimCoordinator {
    pub(super) const fn new(network: SimNetwork, life: Life) -> Self {
        Self { network, life }
    }
}

#[async_trait]
impl Coordinator for SimCoordinator {
    fn swarm_id(&self) -> &SwarmId {
        self.network.inner().swarm_id()
    }

    async fn join(&self, id: AgentId, role: Role) -> Result<Box<dyn Mailbox>, CoordinatorError> {
        self.life.goes_on().await;
        let inner = self.network.inner();
        let mailbox = inner.join(id.clone(), role).await?;
        self.life.has_joined(Arc::clone(inner), id);
        Ok(Box::new(SimMailbox::new(mailbox, self.life.clone())))
    }

    async fn leave(&self, id: &AgentId) -> Result<(), CoordinatorError> {
        self.life.goes_on().await;
        self.network.inner().leave(id).await
    }

    async fn send(&self, to: &AgentId, envelope: Envelope) -> Result<(), CoordinatorError> {
        self.life.goes_on().await;
        self.network.witness(to, &envelope);
        self.network.carry(to, envelope).await
    }

    async fn broadcast(&self, envelope: Envelope, except: &[AgentId]) -> Result<Delivered, CoordinatorError> {
        self.life.goes_on().await;
        let inner = self.network.inner();
        if self.network.is_calm() {
            return inner.broadcast(envelope, except).await;
        }
        let mut delivered = Delivered::default();
        for member in inner.view().await?.members {
            if member.id == *envelope.sender() || except.contains(&member.id) {
                continue;
            }
            self.network.witness(&member.id, &envelope);
            match self.network.carry(&member.id, envelope.clone()).await {
                Ok(()) => delivered.ids.push(member.id),
                Err(why) => delivered.refused.push((member.id, why)),
            }
        }
        Ok(delivered)
    }

    async fn set_state(&self, id: &AgentId, state: AgentState) -> Result<(), CoordinatorError> {
        self.life.goes_on().await;
        self.network.inner().set_state(id, state).await
    }

    async fn view(&self) -> Result<View, CoordinatorError> {
        self.life.goes_on().await;
        self.network.inner().view().await
    }
}

impl std::fmt::Debug for SimCoordinator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimCoordinator").field("life", &self.life).finish_non_exhaustive()
    }
}
