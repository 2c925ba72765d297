//! Nothing is left of who has gone.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::{Ask, Choice, voter_fn};
use moai_core::{StateKey, Topology, algorithm_name};
use moai_store::MemoryStore;
use moai_swarm::Agent;
use moai_swarm::heartbeat::{HeartbeatMonitor, HeartbeatOptions};
use moai_sync::{ConflictResolver, Replica, StateSynchronizer};
use tokio::runtime::Handle;

use super::{Patient, agent, manager, members, swarm};

fn tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

/// Waits until as few tasks are there as were; where more stay for good, this hangs, and the clock that stands while anybody
/// is at work ends it.
async fn until_tasks_are(few: usize) {
    let waited = tokio::time::timeout(Duration::from_secs(60), async {
        while tasks() > few {
            tokio::task::yield_now().await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    assert!(waited.await.is_ok(), "{} tasks are left", tasks() - few);
}

#[tokio::test(start_paused = true)]
async fn a_swarm_that_shut_down_leaves_no_task() {
    let before = tasks();
    let swarm = swarm(Topology::Adaptive);
    let key = StateKey::new("counter").unwrap();
    let memory = Arc::new(MemoryStore::new().unwrap());
    let synchronizer = StateSynchronizer::new(swarm.clone(), memory, ConflictResolver::crdt()).await.unwrap();
    let manager = manager(&swarm).await;
    let monitor = HeartbeatMonitor::new(swarm.clone(), HeartbeatOptions::default()).await.unwrap();
    let mut agents = Vec::new();
    for number in 1..=20 {
        let replica = Replica::new(agent(number));
        replica.contribute(&key, 1).unwrap();
        let builder = Agent::builder(agent(number)).shares(replica).beats(Duration::from_secs(1));
        agents.push(builder.votes(voter_fn(|_| Choice::For)).join(swarm.clone()).await.unwrap());
    }
    let thinks = Patient::new();
    agents.push(Agent::builder(agent(21)).votes(thinks.clone()).join(swarm.clone()).await.unwrap());

    assert!(manager.request_consensus("deploy", Ask::new()).await.unwrap().is_approved());
    thinks.asked().await;
    // Somebody still thinks when all end.
    let _open = manager.open("later", Ask::by(algorithm_name!("unanimous"))).await.unwrap();
    thinks.asked().await;
    synchronizer.synchronize_state(&key).await.unwrap();
    assert!(tasks() > before + agents.len(), "nothing ran that could be left");

    for gone in Agent::leave_all_within(agents, Duration::from_secs(1)).await {
        gone.unwrap();
    }
    manager.shutdown().await;
    synchronizer.shutdown().await;
    monitor.shutdown().await;
    assert_eq!(tasks(), before);
    assert!(members(&swarm).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_swarm_that_is_dropped_leaves_no_task() {
    let before = tasks();
    {
        let swarm = swarm(Topology::Ring);
        let memory = Arc::new(MemoryStore::new().unwrap());
        let _synchronizer = StateSynchronizer::new(swarm.clone(), memory, ConflictResolver::lww()).await.unwrap();
        let manager = manager(&swarm).await;
        let _monitor = HeartbeatMonitor::new(swarm.clone(), HeartbeatOptions::default()).await.unwrap();
        let thinks = Patient::new();
        let _agent = Agent::builder(agent(1)).votes(thinks.clone()).join(swarm.clone()).await.unwrap();
        let _open = manager.open("deploy", Ask::new()).await.unwrap();
        thinks.asked().await;
        assert!(tasks() > before + 1, "nothing ran that could be left");
    }
    until_tasks_are(before).await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_is_dropped_frees_its_name() {
    let (before, swarm) = (tasks(), swarm(Topology::Star));
    drop(Agent::builder(agent(1)).join(swarm.clone()).await.unwrap());
    until_tasks_are(before).await;
    assert!(members(&swarm).await.is_empty());
    let again = Agent::builder(agent(1)).join(swarm.clone()).await.unwrap();
    // Whoever gives up waiting for it to leave takes it out.
    let thinks = Patient::new();
    let other = Agent::builder(agent(2)).votes(thinks.clone()).join(swarm.clone()).await.unwrap();
    let manager = manager(&swarm).await;
    let _open = manager.open("deploy", Ask::new()).await.unwrap();
    thinks.asked().await;
    assert!(tokio::time::timeout(Duration::from_secs(1), other.leave()).await.is_err());
    tokio::task::yield_now().await;
    assert_eq!(members(&swarm).await, [agent(1)]);
    again.leave().await.unwrap();
}
