//! Two agents in their loops: one writes, and the other has it.

#![allow(clippy::disallowed_methods, reason = "agents are tasks of their own")]

use std::sync::Arc;
use std::time::Duration;

use moai_flow::consensus::{Choice, VoterHandler, serve, voter_fn};
use moai_flow::store::MemoryStore;
use moai_flow::sync::{ConflictResolver, Replica, ReplicaHandler, StateSynchronizer};
use moai_flow::{Coordinator, KeyRange, LocalCoordinator, Role, StateKey, agent_id, swarm_id, value};

#[tokio::test(start_paused = true)]
async fn a_loop_of_several_handlers_tells_the_others_nothing() {
    let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    let (memory, leader) = (Arc::new(MemoryStore::new().unwrap()), StateKey::new("leader").unwrap());
    let mut replicas = Vec::new();
    for agent in [agent_id!("agent-1"), agent_id!("agent-2")] {
        let replica = Replica::new(agent.clone());
        let half = ReplicaHandler::new(swarm_id!("swarm-001"), replica.clone()).follows(KeyRange::ALL).pushes();
        let voter = VoterHandler::new(swarm_id!("swarm-001"), agent.clone(), voter_fn(|_| Choice::For));
        let mailbox = swarm.join(agent, Role::Member).await.unwrap();
        tokio::spawn(serve(mailbox, swarm.clone(), vec![Box::new(voter), Box::new(half)]));
        replicas.push(replica);
    }
    let _synchronizer = StateSynchronizer::new(swarm, memory, ConflictResolver::lww()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    replicas[0].put(&leader, "agent-1").unwrap();
    // One window.
    tokio::time::sleep(Duration::from_millis(6)).await;
    assert_eq!(replicas[1].value(&leader), Some(value!("agent-1")));
}
