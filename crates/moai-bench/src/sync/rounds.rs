//! Rounds of questions, and what changed since the last.

use std::sync::Arc;
use std::time::Duration;

use moai_core::{
    AgentId, Coordinator, CorrelationId, Envelope, Handled, Handler, LocalCoordinator, Role, StateKey, message_kind,
    swarm_id,
};
use moai_store::MemoryStore;
use moai_sync::{ConflictResolver, Replica, ReplicaHandler, StateSynchronizer};
use tokio::runtime::{Builder, Runtime};

use crate::contest::{Contest, median};
use crate::gauge::Gauge;
use crate::plot::{Curve, svg};
use crate::report::Report;
use crate::unit::Unit;

pub(super) fn run(report: &mut Report) {
    for (name, keys) in [("delta-10-of-100", 100), ("delta-10-of-10000", 10_000), ("delta-10-of-1000000", 1_000_000)] {
        if report.wants(name) {
            Contest::new(name, Unit::Time, delta(keys, 10))
                .peer("limit-of-20-us", 1.0, |gauge| gauge.recorded(20e3))
                .run(report);
        }
    }
    for (name, changes) in [("delta-100-of-10000", 100), ("delta-1000-of-10000", 1_000)] {
        if report.wants(name) {
            Contest::new(name, Unit::Time, delta(10_000, changes)).run(report);
        }
    }
    Contest::new("full-round-100-agents", Unit::Time, full_round(100))
        .peer("bare-exchange", 0.1, bare_exchange(100))
        .run(report);
}

/// Over the number of keys with ten changes, and over the number of changes out of ten thousand keys.
pub(crate) fn plot() -> String {
    let point = |size: usize, mut work: Box<dyn FnMut(&mut Gauge)>| {
        let mut round = || {
            let mut gauge = Gauge::default();
            work(&mut gauge);
            gauge.per_operation()
        };
        (size as f64, median((0..7).map(|_| round()).collect()))
    };
    let keys = [100, 1_000, 10_000, 100_000, 1_000_000];
    let keys = keys.map(|keys| point(keys, Box::new(delta(keys, 10))));
    let changes = [1, 10, 100, 1_000].map(|changes| point(changes, Box::new(delta(10_000, changes))));
    let curves = [
        Curve { name: "10 changes, over keys".into(), colour: 0, ours: true, points: keys.to_vec() },
        Curve { name: "10,000 keys, over changes".into(), colour: 1, ours: true, points: changes.to_vec() },
    ];
    svg("What changed since a version: processor time", "keys, or changes", &curves)
}

pub(super) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime")
}

fn agent(number: usize) -> AgentId {
    AgentId::new(format!("agent-{number:03}")).expect("a name")
}

pub(super) fn key(number: usize) -> StateKey {
    StateKey::new(format!("key-{number:07}")).expect("a key")
}

/// So many changes, out of so many keys, by cursor.
fn delta(keys: usize, changes: usize) -> impl FnMut(&mut Gauge) {
    let runtime = runtime();
    let (synchronizer, before) = runtime.block_on(async {
        let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
        let memory = Arc::new(MemoryStore::new().expect("a memory"));
        let synchronizer =
            StateSynchronizer::new(swarm.clone(), memory, ConflictResolver::lww()).await.expect("a synchronizer");
        let replica = spawn_agent(&swarm, 0).await;
        let all: Vec<_> = (0..keys).map(key).collect();
        for some in all.chunks(1_000) {
            for key in some {
                replica.put(key, 1).expect("it is written");
            }
            synchronizer.synchronize_many(some, Duration::from_secs(60)).await.expect("it is stored");
        }
        let before = synchronizer.get_state_version(&all[keys - 1]).await.expect("it tells").expect("it is there");
        // Spread over all keys.
        let changed: Vec<_> = (0..changes).map(|number| key(number * (keys / changes))).collect();
        for key in &changed {
            replica.put(key, 2).expect("it is written");
        }
        synchronizer.synchronize_many(&changed, Duration::from_secs(60)).await.expect("it is stored");
        (synchronizer, before)
    });
    move |gauge| {
        gauge.time(100, || {
            runtime.block_on(async {
                for _ in 0..100 {
                    let delta = synchronizer.delta_sync(before).await.expect("it tells");
                    assert_eq!(delta.changes.len(), changes);
                }
            });
        });
    }
}

pub(super) async fn spawn_agent(swarm: &Arc<LocalCoordinator>, number: usize) -> Replica {
    let replica = Replica::new(agent(number));
    let mut half = ReplicaHandler::new(swarm_id!("swarm-001"), replica.clone());
    let mut mailbox = swarm.join(agent(number), Role::Member).await.expect("a member");
    let swarm = swarm.clone();
    #[expect(clippy::disallowed_methods, reason = "agents are tasks of their own")]
    tokio::spawn(async move {
        while let Some(envelope) = mailbox.recv().await {
            let Handled::Done(outgoing) = half.handle(&envelope) else { continue };
            for outgoing in outgoing {
                let _ = swarm.send(&outgoing.to, outgoing.envelope).await;
            }
        }
    });
    replica
}

/// One key of a hundred agents, of whom one has changed it.
fn full_round(agents: usize) -> impl FnMut(&mut Gauge) {
    let runtime = runtime();
    let (synchronizer, replica, _others) = runtime.block_on(async {
        let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
        let memory = Arc::new(MemoryStore::new().expect("a memory"));
        let synchronizer =
            StateSynchronizer::new(swarm.clone(), memory, ConflictResolver::lww()).await.expect("a synchronizer");
        let replica = spawn_agent(&swarm, 0).await;
        let mut others = Vec::new();
        for number in 1..agents {
            others.push(spawn_agent(&swarm, number).await);
        }
        (synchronizer, replica, others)
    });
    let (key, mut count) = (key(0), 0_i64);
    move |gauge| {
        gauge.time(20, || {
            runtime.block_on(async {
                for _ in 0..20 {
                    count += 1;
                    replica.put(&key, count).expect("it is written");
                    let report = synchronizer.synchronize_state(&key).await.expect("it is stored");
                    assert!(report.changed && report.responded.len() == agents);
                }
            });
        });
    }
}

/// The same question and answers of as many bytes, and nothing else, through the same coordinator.
fn bare_exchange(agents: usize) -> impl FnMut(&mut Gauge) {
    let runtime = runtime();
    let (swarm, mut asker) = runtime.block_on(async {
        let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
        let asker = swarm.join(agent(999), Role::Service).await.expect("a service");
        for number in 0..agents {
            let mut mailbox = swarm.join(agent(number), Role::Member).await.expect("a member");
            let swarm = swarm.clone();
            #[expect(clippy::disallowed_methods, reason = "agents are tasks of their own")]
            tokio::spawn(async move {
                while let Some(asked) = mailbox.recv().await {
                    let answer = asked.reply(mailbox.owner().clone(), message_kind!("answer"), &b"0123456789"[..]);
                    let _ = swarm.send(asked.sender(), answer).await;
                }
            });
        }
        (swarm, asker)
    });
    let none = CorrelationId::from_bytes([0; 16]);
    move |gauge| {
        gauge.time(20, || {
            runtime.block_on(async {
                for _ in 0..20 {
                    let asked =
                        Envelope::new(swarm_id!("swarm-001"), agent(999), message_kind!("question"), none, "what?");
                    let delivered = swarm.broadcast(asked, &[]).await.expect("it is carried");
                    for _ in 0..delivered.ids.len() {
                        let _ = asker.recv().await;
                    }
                }
            });
        });
    }
}
