//! Rounds at regular times, by how much they matter, and messages that go packed.

use std::time::Duration;

use moai_core::{Coordinator, Role, value};
use moai_sync::{ConflictResolver, Priority, SyncError};
use tokio::time::Instant;

use crate::world::{World, agent, key};

#[tokio::test(start_paused = true)]
async fn rounds_at_regular_times_overlap_or_do_not_stop() {
    let world = World::new(ConflictResolver::crdt()).await;
    let one = world.agent(1).await;
    let mut rounds = world.synchronizer.periodically(&[key("count")], Duration::from_secs(60)).unwrap();
    let begun = Instant::now();
    for number in 1..=3 {
        one.replica.contribute(&key("count"), number).unwrap();
        let round = rounds.next().await.unwrap();
        assert_eq!(round.number, u64::try_from(number).unwrap());
        let reports = round.reports.as_ref().unwrap();
        assert_eq!(reports[0].state.as_ref().unwrap().value, value!(number));
    }
    // Two pauses, each up to a tenth longer.
    assert!((120..=132).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    rounds.shutdown().await;
    let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let rounds = world.synchronizer.periodically(&[key("count")], Duration::from_secs(60)).unwrap();
    world.settle().await;
    drop(rounds);
    world.settle().await;
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), tasks, "dropping it stops it");
    assert!(world.synchronizer.periodically(&[], Duration::ZERO).is_err());
    // A slow round holds up the next, and no more.
    let _silent = world.swarm.join(agent(2), Role::Member).await.unwrap();
    let mut rounds = world.synchronizer.periodically(&[key("count")], Duration::from_secs(1)).unwrap();
    for _ in 0..3 {
        assert!(rounds.next().await.unwrap().reports.is_ok());
        assert_eq!(world.synchronizer.under_way(), 0);
    }
    world.synchronizer.shutdown().await;
    assert_eq!(rounds.next().await.unwrap().reports, Err(SyncError::Stopped));
    assert_eq!(rounds.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn what_matters_waits_for_what_does_not() {
    let world = World::new(ConflictResolver::lww()).await;
    world.agent(1).await.replica.put(&key("task_queue"), 1).unwrap();
    let _silent = world.swarm.join(agent(2), Role::Member).await.unwrap();
    let begun = Instant::now();
    let all = [
        (key("task_queue"), Priority::Critical),
        (key("agent_registry"), Priority::High),
        (key("metrics"), Priority::Medium),
        (key("logs"), Priority::Medium),
    ];
    let done = world.synchronizer.synchronize_by_priority(all).await;
    assert_eq!(begun.elapsed(), Duration::from_secs(30), "side by side");
    assert_eq!(done.keys().copied().collect::<Vec<_>>(), [Priority::Critical, Priority::High, Priority::Medium]);
    assert_eq!(done[&Priority::Medium].as_ref().unwrap().len(), 2);
    assert!(done[&Priority::Critical].as_ref().unwrap()[0].changed);
}

#[tokio::test(start_paused = true)]
async fn ten_changes_of_a_kilobyte_each_cost_ten_kilobytes() {
    let world = World::new(ConflictResolver::lww()).await;
    let (one, _other) = (world.agent(1).await, world.agent(2).await);
    let keys: Vec<_> = (0..100).map(|number| key(&format!("task-{number:03}"))).collect();
    let task = |number: usize, state: &str| {
        value!({
            "id": number as u64, "state": state, "owner": "agent-1", "priority": "high",
            "description": description(number as u64),
        })
    };
    for (number, key) in keys.iter().enumerate() {
        one.replica.put(key, task(number, "open")).unwrap();
    }
    let within = Duration::from_secs(1);
    let (_, full) = world.synchronizer.synchronize_many(&keys, within).await.unwrap();
    world.settle().await;
    for (number, key) in keys.iter().enumerate().take(10) {
        one.replica.put(key, task(number, "done")).unwrap();
    }
    let (reports, delta) = world.synchronizer.synchronize_many(&keys[..10], within).await.unwrap();
    assert!(reports.iter().all(|report| report.changed));
    assert!(delta.bytes_received < 4_000, "ten states of a kilobyte from one agent: {delta:?}");
    assert!(delta.bytes_received * 6 < full.bytes_received, "{delta:?} of {full:?}");
}

/// A kilobyte of words that come in no order.
fn description(of: u64) -> String {
    const WORDS: &[&str] = &[
        "index",
        "repository",
        "report",
        "change",
        "since",
        "last",
        "run",
        "module",
        "test",
        "fails",
        "review",
        "agent",
        "branch",
        "merge",
        "conflict",
        "schema",
        "migrate",
        "deploy",
        "latency",
        "budget",
        "owner",
        "retry",
        "queue",
        "timeout",
        "cache",
        "release",
        "document",
        "interface",
        "measure",
        "remove",
        "rename",
        "verify",
    ];
    let mut text = String::new();
    for step in 0.. {
        if text.len() > 900 {
            break;
        }
        let drawn = moai_core::DigestBuilder::new("words").u64(of).u64(step).finish();
        for byte in drawn.as_bytes() {
            text += WORDS[usize::from(*byte) % WORDS.len()];
            text.push(' ');
        }
    }
    text
}
