//! Agents that exchange with each other, in a swarm that has a synchronizer as well.

use std::sync::Arc;

use moai_core::{Coordinator, Handled, Handler, LocalCoordinator, Role, agent_id, swarm_id, value};
use moai_store::MemoryStore;
use moai_sync::{ConflictResolver, Exchange, Replica, ReplicaHandler, StateSynchronizer, SyncOptions};

use crate::world::{Ticking, agent, key};

/// Puts an agent of both halves into the swarm, which exchanges with a peer as soon as it is told to.
async fn join(swarm: &Arc<LocalCoordinator>, replica: Replica, peer: usize, told_by: &str) {
    let mut mailbox = swarm.join(replica.agent().clone(), Role::Member).await.unwrap();
    let told_by = [moai_core::AgentId::new(told_by).unwrap()];
    let mut told = ReplicaHandler::new(swarm_id!("swarm-001"), replica.clone()).told_by(told_by);
    let mut exchange =
        Exchange::new(swarm_id!("swarm-001"), replica, ConflictResolver::crdt()).with_peers([agent(peer)]);
    let swarm = swarm.clone();
    tokio::spawn(async move {
        while let Some(envelope) = mailbox.recv().await {
            let outgoing = if *envelope.sender() == agent_id!("ticker") {
                vec![exchange.begin(&agent(peer)).unwrap()]
            } else {
                match (told.handle(&envelope), &mut exchange) {
                    (Handled::NotMine, exchange) => match exchange.handle(&envelope) {
                        Handled::Done(outgoing) => outgoing,
                        other => panic!("{other:?}"),
                    },
                    (Handled::Done(outgoing), _) => outgoing,
                    (other, _) => panic!("{other:?}"),
                }
            };
            for outgoing in outgoing {
                let _ = swarm.send(&outgoing.to, outgoing.envelope).await;
            }
        }
    });
}

/// Lets an agent begin an exchange, and all take in what they were sent.
async fn tick(swarm: &Arc<LocalCoordinator>, number: usize) {
    let about = moai_core::CorrelationId::from_bytes([9; 16]);
    let kind = moai_core::message_kind!("tick");
    let envelope = moai_core::Envelope::new(swarm_id!("swarm-001"), agent_id!("ticker"), kind, about, "");
    swarm.send(&agent(number), envelope).await.unwrap();
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_exchanged_counts_twice_or_comes_back_when_it_is_cleared() {
    let (clock, swarm) = (Arc::new(Ticking::default()), Arc::new(LocalCoordinator::new(swarm_id!("swarm-001"))));
    let _ticker = swarm.join(agent_id!("ticker"), Role::Service).await.unwrap();
    let memory = Arc::new(MemoryStore::new().unwrap());
    let options = SyncOptions::default().with_clock(clock.clone());
    let synchronizer = StateSynchronizer::with(swarm.clone(), memory, ConflictResolver::crdt(), options).await.unwrap();
    let replicas = [1, 2].map(|number| Replica::new(agent(number)).with_clock(clock.clone()));
    join(&swarm, replicas[0].clone(), 2, "state-synchronizer").await;
    // The synchronizer asks this one, which hears of nothing.
    join(&swarm, replicas[1].clone(), 1, "nobody").await;
    let name = key("count");
    replicas[0].contribute(&name, 42).unwrap();
    replicas[1].contribute(&name, 38).unwrap();
    tick(&swarm, 1).await;
    assert!(replicas.iter().all(|replica| replica.value(&name) == Some(value!(80))));
    let report = synchronizer.synchronize_state(&name).await.unwrap();
    assert_eq!(report.state.unwrap().value, value!(80));
    tick(&swarm, 2).await;
    assert!(!synchronizer.synchronize_state(&name).await.unwrap().changed, "once");
    // It is cleared. One hears of it, the other does not, and writes on.
    let version = synchronizer.clear_state(&name).await.unwrap();
    replicas[1].contribute(&name, 39).unwrap();
    let _ = synchronizer.synchronize_state(&name).await.unwrap();
    tick(&swarm, 1).await;
    tick(&swarm, 2).await;
    assert_eq!(replicas[0].value(&name), None);
    assert_eq!(synchronizer.synchronize_state(&name).await.unwrap().state, None);
    // What is written after it is there again, at the swarm and at the other one.
    replicas[0].contribute(&name, 1).unwrap();
    assert!(replicas[0].get(&name).unwrap().based_on >= version);
    tick(&swarm, 1).await;
    let report = synchronizer.synchronize_state(&name).await.unwrap();
    assert_eq!(report.state.unwrap().value, value!(1));
    assert_eq!(replicas[0].value(&name), Some(value!(1)));
}
