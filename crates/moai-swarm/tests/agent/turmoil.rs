//! Agents join and leave in a thread of their own while others vote.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use moai_consensus::{Ask, Choice, voter_fn};
use moai_core::{StateKey, Topology, value};
use moai_store::MemoryStore;
use moai_swarm::{Agent, SwarmCoordinator};
use moai_sync::{ConflictResolver, Replica, StateSynchronizer};

use super::{agent, manager, members, swarm};

const STEADY: i64 = 12;
const SHAPES: [Topology; 5] =
    [Topology::Mesh, Topology::Star, Topology::Ring, Topology::Hierarchical, Topology::Adaptive];

/// Joins and leaves, in peace, at once and without a word, and switches shapes, until it is told to stop. It has a runtime
/// and a thread of its own.
fn churn(swarm: Arc<SwarmCoordinator>, stop: Arc<AtomicBool>) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let mut lives = 0;
        let mut here = Vec::new();
        while !stop.load(Ordering::Acquire) {
            lives += 1;
            let number = 100 + lives % 7;
            let builder = Agent::builder(agent(number)).votes(voter_fn(|_| Choice::For));
            if let Ok(agent) = builder.join(swarm.clone()).await {
                here.push(agent);
            }
            if lives % 5 == 0 {
                swarm.switch_topology(SHAPES[(lives / 5) % SHAPES.len()]);
            }
            if here.len() > 3 {
                let oldest = here.remove(0);
                match lives % 3 {
                    0 => drop(oldest),
                    1 => drop(oldest.shutdown().await.unwrap()),
                    _ => drop(oldest.leave().await.unwrap()),
                }
            }
            tokio::task::yield_now().await;
        }
        for gone in Agent::leave_all_within(here, Duration::from_secs(10)).await {
            gone.unwrap();
        }
        lives
    })
}

/// How many votes; `MOAI_VOTES` asks for more.
fn votes() -> i64 {
    std::env::var("MOAI_VOTES").ok().and_then(|votes| votes.parse().ok()).unwrap_or(300)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_stay_decide_whoever_comes_and_goes() {
    let swarm = swarm(Topology::Mesh);
    let key = StateKey::new("counter").unwrap();
    let memory = Arc::new(MemoryStore::new().unwrap());
    let synchronizer = StateSynchronizer::new(swarm.clone(), memory, ConflictResolver::crdt()).await.unwrap();
    let manager = manager(&swarm).await;
    let mut steady = Vec::new();
    for number in 1..=12 {
        let builder =
            Agent::builder(agent(number)).votes(voter_fn(|_| Choice::For)).shares(Replica::new(agent(number)));
        steady.push(builder.join(swarm.clone()).await.unwrap());
    }
    let stop = Arc::new(AtomicBool::new(false));
    let thread = std::thread::spawn({
        let (swarm, stop) = (swarm.clone(), stop.clone());
        move || churn(swarm, stop)
    });

    for round in 1..=votes() {
        let outcome = manager.request_consensus(format!("round {round}"), Ask::new()).await.unwrap();
        // Nobody is against it, and those who stay are more than the quorum of whoever is there.
        assert!(outcome.is_approved(), "round {round}: {outcome:?}");
        assert_eq!(outcome.votes_against, 0);
        assert!(outcome.participants.len() as u64 == outcome.votes_for, "somebody was counted twice: {outcome:?}");
        if round % 30 == 0 {
            for agent in &steady {
                agent.replica().unwrap().contribute(&key, round).unwrap();
            }
            let report = synchronizer.synchronize_within(&key, Duration::from_millis(500)).await.unwrap();
            assert!(report.responded.len() >= steady.len(), "round {round}: {report:?}");
            assert_eq!(report.state.unwrap().value, value!(STEADY * round));
        }
    }
    stop.store(true, Ordering::Release);
    let lives = tokio::task::spawn_blocking(|| thread.join()).await.unwrap().unwrap();
    assert!(lives > 0, "nobody came");
    let names: Vec<_> = members(&swarm).await;
    assert_eq!(names.len(), steady.len(), "somebody stayed behind: {names:?}");
    for gone in Agent::leave_all_within(steady, Duration::from_secs(10)).await {
        assert_eq!(gone.unwrap().unsent, 0);
    }
}
