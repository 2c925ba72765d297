//! The agents on stage.

use std::sync::Arc;
use std::time::Duration;

use moai_flow::consensus::{Answer, Choice, Voter, VoterHandler, voter_async_fn};
use moai_flow::sim::Seeds;
use moai_flow::swarm::{Agent, AgentBuilder, SwarmCoordinator};
use moai_flow::{AgentId, Coordinator, InvalidInput, Topology, swarm_id};

use super::stage::{Stage, Upset};

/// What somebody is going to say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) who: &'static str,
    pub(super) choice: Choice,
    pub(super) because: &'static str,
}

impl Line {
    pub(super) const fn new(who: &'static str, choice: Choice, because: &'static str) -> Self {
        Self { who, choice, because }
    }

    /// Whose it is.
    pub(super) fn id(&self) -> Result<AgentId, InvalidInput> {
        AgentId::new(self.who)
    }

    /// Thinks for so long, and says it.
    pub(super) fn after(self, millis: u64) -> impl Voter + 'static {
        voter_async_fn(move |_| async move {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            Answer::new(self.choice).because(self.because)
        })
    }
}

/// Agents in a swarm, each in a task of its own.
pub(super) struct Troupe {
    pub(super) swarm: Arc<dyn Coordinator>,
    agents: Vec<Agent>,
    voters: Vec<VoterHandler>,
}

impl Troupe {
    /// A swarm in which nobody is yet.
    pub(super) fn new() -> Self {
        Self::within(Arc::new(SwarmCoordinator::new(swarm_id!("demo"), Topology::Mesh)))
    }

    /// Nobody yet, in this swarm.
    pub(super) fn within(swarm: Arc<dyn Coordinator>) -> Self {
        Self { swarm, agents: Vec::new(), voters: Vec::new() }
    }

    /// What answers as this line says, after so long.
    pub(super) fn voter(&mut self, stage: &Stage, line: Line, millis: u64) -> Result<VoterHandler, Upset> {
        let voter = VoterHandler::new(self.swarm.swarm_id().clone(), line.id()?, line.after(millis));
        let voter = voter.with_clock(stage.clock.clone());
        self.voters.push(voter.clone());
        Ok(voter)
    }

    /// Somebody who thinks for so long, and says its line.
    pub(super) async fn votes(&mut self, stage: &Stage, line: Line, millis: u64) -> Result<(), Upset> {
        let voter = self.voter(stage, line, millis)?;
        self.joins(Agent::builder(line.id()?).with_handler(voter)).await
    }

    /// Somebody else.
    pub(super) async fn joins(&mut self, agent: AgentBuilder) -> Result<(), Upset> {
        self.agents.push(agent.join(self.swarm.clone()).await?);
        Ok(())
    }

    /// How many of them were told to stop thinking, once that has reached them.
    pub(super) async fn stopped(&self) -> u64 {
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.voters.iter().map(|voter| voter.counts().stopped).sum()
    }

    /// All leave.
    pub(super) async fn leave(self) -> Result<(), Upset> {
        Agent::leave_all(self.agents).await?;
        Ok(())
    }
}

/// These lines in an order that chance gives, each with the time that its speaker thinks: no two speak at once.
pub(super) fn drawn(stage: &Stage, mut lines: Vec<Line>) -> Vec<(Line, u64)> {
    stage.draw(|seeds| {
        shuffle(seeds, &mut lines);
        let mut at = 0;
        let each = |line| {
            at += 400 + seeds.below(1_100);
            (line, at)
        };
        lines.into_iter().map(each).collect()
    })
}

fn shuffle<T>(seeds: &mut Seeds, all: &mut [T]) {
    for end in (1..all.len()).rev() {
        let other = usize::try_from(seeds.below(end as u64 + 1)).unwrap_or(end);
        all.swap(end, other);
    }
}
