//! Agents: put together, at work, and gone without a trace.

#![allow(clippy::disallowed_methods, reason = "tests drive a runtime")]

mod health;
mod leaving;
mod many;
mod traces;
mod trouble;
mod turmoil;

use std::sync::Arc;

use async_trait::async_trait;
use moai_consensus::{Answer, Choice, ConsensusManager, Request, Voter, VoterError};
use moai_core::{AgentId, Coordinator, Topology, swarm_id};
use moai_swarm::SwarmCoordinator;
use tokio::sync::Semaphore;

fn agent(number: usize) -> AgentId {
    AgentId::new(format!("agent-{number}")).unwrap()
}

fn swarm(topology: Topology) -> Arc<SwarmCoordinator> {
    Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), topology))
}

async fn manager(swarm: &Arc<SwarmCoordinator>) -> ConsensusManager {
    ConsensusManager::new(swarm.clone()).await.unwrap()
}

async fn members(swarm: &SwarmCoordinator) -> Vec<AgentId> {
    swarm.view().await.unwrap().members.into_iter().map(|member| member.id).collect()
}

/// Votes for everything, as soon as it is let.
#[derive(Clone)]
struct Patient(Arc<Gate>);

struct Gate {
    asked: Semaphore,
    open: Semaphore,
}

impl Patient {
    fn new() -> Self {
        Self(Arc::new(Gate { asked: Semaphore::new(0), open: Semaphore::new(0) }))
    }

    /// Waits until it is asked.
    async fn asked(&self) {
        self.0.asked.acquire().await.unwrap().forget();
    }

    /// Lets it answer once.
    fn let_answer(&self) {
        self.0.open.add_permits(1);
    }
}

#[async_trait]
impl Voter for Patient {
    async fn vote(&self, _: &Request) -> Result<Answer, VoterError> {
        self.0.asked.add_permits(1);
        self.0.open.acquire().await.unwrap().forget();
        Ok(Choice::For.into())
    }
}
