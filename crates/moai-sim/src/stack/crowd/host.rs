//! The process that watches, asks and synchronizes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use moai_consensus::{Ask, ConsensusManager, ManagerOptions};
use moai_core::{AgentId, AgentState, Coordinator, SeededChance, StateKey, value};
use moai_store::MemoryStore;
use moai_swarm::heartbeat::{Health, HeartbeatMonitor, HeartbeatOptions, Lease, LeaseEpoch};
use moai_sync::{ConflictResolver, StateSynchronizer, SyncOptions};
use tokio::sync::Notify;

use super::visitor::Visitor;
use crate::Violation;
use crate::stack::{Ground, Life, SimClock, SimNetwork};

/// The process that watches, asks and synchronizes.
pub(super) struct Host {
    pub(super) seed: u64,
    pub(super) ground: Ground,
    pub(super) network: SimNetwork,
    pub(super) clock: SimClock,
    pub(super) visitors: Vec<Arc<Visitor>>,
    /// Rings when all is well.
    pub(super) is_well: Notify,
}

/// How long it may take until everybody is known to be well again: whoever was given up is heard with its next beat.
const SETTLES: Duration = Duration::from_secs(70);

/// Who is silent for so long is dead.
fn options() -> HeartbeatOptions {
    HeartbeatOptions::default().with_lease(Lease::new(Duration::from_secs(21)))
}

impl Host {
    /// One life of it.
    pub(super) async fn live(self: Arc<Self>, life: Life, number: u64) {
        let door = self.network.door(&life);
        let Ok(monitor) = HeartbeatMonitor::new(door.clone(), options()).await else { return };
        let (clock, seed) = (Arc::new(self.clock.clone()), self.seed ^ number.rotate_left(32));
        let options = ManagerOptions::default().with_clock(clock.clone());
        let options = options.with_chance(Arc::new(SeededChance::new(seed)));
        let Ok(manager) = ConsensusManager::with(door.clone(), options).await else { return };
        let mut epochs = BTreeMap::new();
        while self.ground.now() < self.ground.heals() + SETTLES {
            self.epochs_grow(&monitor, &mut epochs);
            let ask = Ask::new().within(Duration::from_millis(900));
            if let Ok(outcome) = manager.request_consensus(format!("at {:?}", self.ground.now()), ask).await {
                self.ground.reach(if outcome.is_approved() {
                    "a vote was approved"
                } else {
                    "a vote was not approved"
                });
                if outcome.votes_against > 0 || outcome.votes_for > outcome.electorate.len() as u64 {
                    self.ground.broke(Violation::new("nobody votes twice", outcome.why.clone()));
                }
            }
            tokio::time::sleep(Duration::from_secs(4)).await;
        }
        self.ground.check(self.all_are_well(door, &monitor, &manager, seed).await);
        self.is_well.notify_one();
        std::future::pending().await
    }

    /// Leases only grow, while one monitor watches.
    fn epochs_grow(&self, monitor: &HeartbeatMonitor, last: &mut BTreeMap<AgentId, LeaseEpoch>) {
        for health in monitor.health() {
            if health.health == Health::Failed {
                self.ground.reach("an agent was found dead");
            }
            let before = last.insert(health.agent.clone(), health.epoch);
            if before.is_some_and(|before| before > health.epoch) {
                self.ground.broke(Violation::new("leases only grow", health.agent.to_string()));
            }
        }
    }

    async fn all_are_well(
        &self,
        door: Arc<dyn Coordinator>,
        monitor: &HeartbeatMonitor,
        manager: &ConsensusManager,
        seed: u64,
    ) -> Result<(), Violation> {
        let due: BTreeSet<AgentId> =
            self.visitors.iter().filter(|visitor| visitor.stay.stays()).map(|visitor| visitor.id.clone()).collect();
        let silent = |why: String| Violation::new("who stays is there", why);
        let members = door.view().await.map_err(|why| silent(why.to_string()))?.members;
        let there: BTreeSet<AgentId> = members.iter().map(|member| member.id.clone()).collect();
        if there != due {
            return Err(silent(format!("{due:?} are due, {there:?} are there")));
        }
        if let Some(dead) = members.iter().find(|member| member.state == AgentState::Failed) {
            return Err(Violation::new("who lives is not held for dead", dead.id.to_string()));
        }
        let healthy: BTreeSet<AgentId> =
            monitor.health().into_iter().filter(|it| it.health == Health::Healthy).map(|it| it.agent).collect();
        if healthy != due {
            return Err(Violation::new(
                "who lives is not held for dead",
                format!("{healthy:?} of {due:?} are healthy"),
            ));
        }
        if due.is_empty() {
            return Ok(());
        }
        let outcome =
            manager.request_consensus("in the end", Ask::new()).await.map_err(|why| silent(why.to_string()))?;
        if !outcome.is_approved() || outcome.electorate.len() != due.len() {
            return Err(Violation::new("all decide in the end", outcome.why.clone()));
        }
        let (clock, chance) = (Arc::new(self.clock.clone()), Arc::new(SeededChance::new(!seed)));
        let memory =
            MemoryStore::with(chance.as_ref(), moai_core::Limits::default()).map_err(|why| silent(why.to_string()))?;
        let options = SyncOptions::default().with_clock(clock.clone()).with_chance(chance);
        let resolver = ConflictResolver::crdt().with_clock(clock);
        let synchronizer = StateSynchronizer::with(door, Arc::new(memory), resolver, options).await;
        let synchronizer = synchronizer.map_err(|why| silent(why.to_string()))?;
        let key = StateKey::new("count").map_err(|why| silent(why.to_string()))?;
        let report = synchronizer.synchronize_state(&key).await.map_err(|why| silent(why.to_string()))?;
        let sum = value!(i64::try_from(due.len()).unwrap_or(0));
        if report.state.as_ref().map(|state| &state.value) != Some(&sum) {
            return Err(Violation::new("all are heard in the end", format!("{:?}, due is {sum:?}", report.state)));
        }
        Ok(())
    }
}
