//! Ten thousand agents join, vote, share and leave.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::{Ask, Choice, voter_fn};
use moai_core::{StateKey, Topology, algorithm_name, value};
use moai_store::MemoryStore;
use moai_swarm::Agent;
use moai_sync::{ConflictResolver, Replica, StateSynchronizer};

use super::{agent, manager, members, swarm};

const MANY: usize = 10_000;

async fn live(topology: Topology) {
    let swarm = swarm(topology);
    let key = StateKey::new("counter").unwrap();
    let memory = Arc::new(MemoryStore::new().unwrap());
    let synchronizer = StateSynchronizer::new(swarm.clone(), memory, ConflictResolver::crdt()).await.unwrap();
    let manager = manager(&swarm).await;
    let mut agents = Vec::with_capacity(MANY + 1);
    for number in 1..=MANY {
        let replica = Replica::new(agent(number));
        replica.contribute(&key, 1).unwrap();
        let builder = Agent::builder(agent(number)).votes(voter_fn(|_| Choice::For)).shares(replica);
        agents.push(builder.join(swarm.clone()).await.unwrap());
    }
    assert_eq!(swarm.topology().agents.len(), MANY);

    let ask = Ask::by(algorithm_name!("unanimous")).within(Duration::from_secs(300));
    let outcome = manager.request_consensus("deploy", ask.clone()).await.unwrap();
    assert_eq!((outcome.is_approved(), outcome.votes_for), (true, MANY as u64));
    let report = synchronizer.synchronize_state(&key).await.unwrap();
    assert_eq!((report.responded.len(), report.state.unwrap().value), (MANY, value!(10_000)));

    // A dead one among them holds up nobody beyond the deadline, and the others not at all.
    agents.push(Agent::builder(agent(MANY + 1)).join(swarm.clone()).await.unwrap());
    let began = tokio::time::Instant::now();
    let outcome = manager.request_consensus("again", Ask::new()).await.unwrap();
    assert!(outcome.is_approved());
    assert_eq!(began.elapsed(), Duration::ZERO, "a quorum waited for one who is silent");
    let report = synchronizer.synchronize_within(&key, Duration::from_secs(2)).await.unwrap();
    assert_eq!((report.responded.len(), report.missing.as_slice()), (MANY, [agent(MANY + 1)].as_slice()));
    assert_eq!(began.elapsed(), Duration::from_secs(2));

    for gone in Agent::leave_all_within(agents, Duration::from_secs(60)).await {
        gone.unwrap();
    }
    assert!(members(&swarm).await.is_empty());
    assert_eq!(swarm.topology().agents.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_in_a_mesh() {
    live(Topology::Mesh).await;
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_in_a_tree() {
    live(Topology::Hierarchical).await;
}
