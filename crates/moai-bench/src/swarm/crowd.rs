//! What ten thousand agents hold, and how long they take to come, decide, share and go.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::{Ask, Choice, ConsensusManager, voter_fn};
use moai_core::{Coordinator, Role, StateKey, Topology, swarm_id};
use moai_store::MemoryStore;
use moai_swarm::{Agent, SwarmCoordinator};
use moai_sync::{ConflictResolver, Replica, StateSynchronizer};
use tokio::runtime::{Builder, Runtime};

use super::name;
use crate::contest::Contest;
use crate::gauge::Gauge;
use crate::report::Report;
use crate::unit::Unit;

const CROWD: usize = 10_000;

pub(super) fn run(report: &mut Report) {
    let limit = |gauge: &mut Gauge| gauge.recorded(50e6);
    Contest::new("memory-10000-members", Unit::Bytes, members).peer("limit-of-50-MB", 1.0, limit).run(report);
    Contest::new("memory-10000-voters", Unit::Bytes, voters).peer("limit-of-50-MB", 1.0, limit).run(report);
    Contest::new("memory-10000-voters-that-voted", Unit::Bytes, asked).peer("limit-of-50-MB", 1.0, limit).run(report);
    Contest::new("memory-10000-agents", Unit::Bytes, agents).peer("limit-of-50-MB", 1.0, limit).run(report);
    Contest::new("memory-10000-agents-that-voted-and-shared", Unit::Bytes, seasoned)
        .peer("limit-of-50-MB", 1.0, limit)
        .run(report);
    Contest::new("life-of-10000-agents", Unit::Time, life).run(report);
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime")
}

fn mesh() -> Arc<SwarmCoordinator> {
    Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh))
}

/// Names and mailboxes alone.
fn members(gauge: &mut Gauge) {
    let runtime = runtime();
    gauge.heap(1, || {
        runtime.block_on(async {
            let swarm = mesh();
            let mut mailboxes = Vec::new();
            for number in 0..CROWD {
                mailboxes.push(swarm.join(name(number), Role::Member).await.expect("a member"));
            }
            (swarm, mailboxes)
        })
    });
}

async fn crowd(swarm: &Arc<SwarmCoordinator>, key: &StateKey) -> Vec<Agent> {
    let mut agents = Vec::with_capacity(CROWD);
    for number in 0..CROWD {
        let replica = Replica::new(name(number));
        replica.put(key, "the same").expect("a write");
        let builder = Agent::builder(name(number)).votes(voter_fn(|_| Choice::For)).shares(replica);
        agents.push(builder.join(swarm.clone()).await.expect("an agent"));
    }
    agents
}

async fn electorate(swarm: &Arc<SwarmCoordinator>) -> Vec<Agent> {
    let mut agents = Vec::with_capacity(CROWD);
    for number in 0..CROWD {
        let builder = Agent::builder(name(number)).votes(voter_fn(|_| Choice::For));
        agents.push(builder.join(swarm.clone()).await.expect("an agent"));
    }
    agents
}

/// Each with its task and a voter, and no replica.
fn voters(gauge: &mut Gauge) {
    let runtime = runtime();
    let held = gauge.heap(1, || runtime.block_on(async { electorate(&mesh()).await }));
    runtime.block_on(gone(held));
}

/// The same after a vote, with the manager.
fn asked(gauge: &mut Gauge) {
    let runtime = runtime();
    let (held, _manager) = gauge.heap(1, || {
        runtime.block_on(async {
            let swarm = mesh();
            let manager = ConsensusManager::new(swarm.clone()).await.expect("a manager");
            let agents = electorate(&swarm).await;
            let ask = Ask::new().within(Duration::from_secs(60));
            assert!(manager.request_consensus("deploy", ask).await.is_ok_and(|outcome| outcome.is_approved()));
            // All hear that it is closed, and come to rest.
            tokio::time::sleep(Duration::from_millis(500)).await;
            (agents, manager)
        })
    });
    runtime.block_on(gone(held));
}

fn key() -> StateKey {
    StateKey::new("leader").expect("a key")
}

/// Each with its task, a voter, and a replica that holds a state.
fn agents(gauge: &mut Gauge) {
    let runtime = runtime();
    let held = gauge.heap(1, || runtime.block_on(async { crowd(&mesh(), &key()).await }));
    runtime.block_on(gone(held));
}

/// The same after a vote and a round, with the manager, the synchronizer and its memory.
fn seasoned(gauge: &mut Gauge) {
    let runtime = runtime();
    let (held, _manager, _synchronizer) = gauge.heap(1, || runtime.block_on(lived()));
    runtime.block_on(gone(held));
}

async fn lived() -> (Vec<Agent>, ConsensusManager, StateSynchronizer) {
    let (swarm, key) = (mesh(), key());
    let manager = ConsensusManager::new(swarm.clone()).await.expect("a manager");
    let memory = Arc::new(MemoryStore::new().expect("a memory"));
    let synchronizer =
        StateSynchronizer::new(swarm.clone(), memory, ConflictResolver::lww()).await.expect("a synchronizer");
    let agents = crowd(&swarm, &key).await;
    let ask = Ask::new().within(Duration::from_secs(60));
    assert!(manager.request_consensus("deploy", ask).await.is_ok_and(|outcome| outcome.is_approved()));
    let report = synchronizer.synchronize_within(&key, Duration::from_secs(60)).await.expect("a round");
    assert_eq!(report.responded.len(), CROWD);
    (agents, manager, synchronizer)
}

async fn gone(agents: Vec<Agent>) {
    for left in Agent::leave_all_within(agents, Duration::from_secs(60)).await {
        assert!(left.is_ok());
    }
}

/// They join, vote, share and leave.
fn life(gauge: &mut Gauge) {
    let runtime = runtime();
    gauge.time(1, || {
        runtime.block_on(async {
            let (agents, manager, synchronizer) = lived().await;
            gone(agents).await;
            manager.shutdown().await;
            synchronizer.shutdown().await;
        });
    });
}
