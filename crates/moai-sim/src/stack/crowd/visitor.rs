//! An agent that comes and goes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use moai_consensus::{Choice, VoterHandler, voter_fn};
use moai_core::{AgentId, Coordinator, StateKey};
use moai_swarm::Agent;
use moai_sync::Replica;

use super::plan::{Going, Stay};
use crate::Violation;
use crate::stack::{Ground, Life, SimClock, SimNetwork};

/// One agent, in all of its lives.
pub(super) struct Visitor {
    pub(super) id: AgentId,
    pub(super) stay: Stay,
    pub(super) ground: Ground,
    pub(super) network: SimNetwork,
    pub(super) clock: SimClock,
    /// Whether it has gone for good.
    pub(super) has_gone: AtomicBool,
}

impl Visitor {
    /// One life of it.
    pub(super) async fn live(self: Arc<Self>, life: Life) {
        self.ground.until(Duration::from_millis(self.stay.comes)).await;
        if self.has_gone.load(Ordering::SeqCst) {
            return std::future::pending().await;
        }
        let (door, clock) = (self.network.door(&life), Arc::new(self.clock.clone()));
        let votes = VoterHandler::new(door.swarm_id().clone(), self.id.clone(), voter_fn(|_| Choice::For));
        let replica = Replica::new(self.id.clone()).with_clock(clock.clone());
        if let Ok(key) = StateKey::new("count") {
            // There is nothing before it, so it fits.
            let _ = replica.contribute(&key, 1);
        }
        let builder = Agent::builder(self.id.clone()).shares(replica).beats(Duration::from_secs(1));
        let Ok(agent) = builder.with_handler(votes.with_clock(clock)).join(door.clone()).await else { return };
        let goes = self.stay.goes.filter(|(at, _)| Duration::from_millis(*at) > self.ground.now());
        let Some((at, how)) = goes else {
            if self.stay.stays() {
                let _ = agent.ended().await;
            } else {
                self.go(agent, Going::AtOnce, door.as_ref()).await;
            }
            return;
        };
        self.ground.until(Duration::from_millis(at)).await;
        self.go(agent, how, door.as_ref()).await;
    }

    async fn go(&self, agent: Agent, how: Going, door: &dyn Coordinator) {
        match how {
            Going::InPeace => {
                self.ground.reach("an agent left in peace");
                let _ = agent.leave().await;
            }
            Going::AtOnce => {
                self.ground.reach("an agent left at once");
                let _ = agent.shutdown().await;
            }
            Going::AndComesBack => {
                self.ground.reach("an agent came back");
                return drop(agent);
            }
        }
        self.has_gone.store(true, Ordering::SeqCst);
        let is_there = door.view().await.is_ok_and(|view| view.members.iter().any(|member| member.id == self.id));
        if is_there {
            self.ground.broke(Violation::new("who has left is gone", self.id.to_string()));
        }
        std::future::pending().await
    }
}
