//! More than fits into a message, and more than there is room for.

use std::time::Duration;

use moai_core::{Coordinator, Limits, MemoryProvider, Role, StateKey, agent_id, value};
use moai_store::MemoryStore;
use moai_sync::{
    Answer, ConflictResolver, Replica, StateResponse, StateSynchronizer, SyncError, SyncOptions, message_kinds,
};

use crate::world::{World, agent, key};

/// Noise, which does not pack.
fn noise(bytes: usize, seed: u64) -> String {
    let mut text = String::new();
    for number in 0.. {
        text += &moai_core::DigestBuilder::new("noise").u64(seed).u64(number).finish().to_string();
        if text.len() >= bytes {
            break;
        }
    }
    text.truncate(bytes);
    text
}

fn small() -> Limits {
    Limits { payload_bytes: 10_000, ..Limits::default() }
}

async fn world() -> (World, StateSynchronizer) {
    let world = World::new(ConflictResolver::crdt()).await;
    let options = SyncOptions::default()
        .with_id(agent_id!("first"))
        .with_limits(small())
        .with_clock(world.clock.clone())
        .with_timeout(Duration::from_secs(1));
    let memory = std::sync::Arc::new(MemoryStore::new().unwrap());
    let synchronizer = StateSynchronizer::with(world.swarm.clone(), memory, ConflictResolver::crdt(), options).await;
    (world, synchronizer.unwrap())
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_into_one_message_does_not_come_about() {
    let (world, synchronizer) = world().await;
    let keys: Vec<StateKey> = (0..40).map(|number| key(&format!("key-{number:02}"))).collect();
    let replicas: Vec<Replica> =
        (1..4).map(|number| Replica::new(agent(number)).with_limits(small()).with_clock(world.clock.clone())).collect();
    for (at, under) in keys.iter().enumerate() {
        // One holds all of it, one a part, one nothing.
        replicas[0].put(under, noise(1_000, at as u64)).unwrap();
        if at % 2 == 0 {
            replicas[1].put(under, noise(900, 100 + at as u64)).unwrap();
        }
    }
    for replica in &replicas {
        world.agent_with(replica.clone()).await;
    }
    let (reports, traffic) = synchronizer.synchronize_many(&keys, Duration::from_secs(1)).await.unwrap();
    assert!(reports.iter().all(|report| report.changed && report.missing.is_empty()), "{reports:?}");
    assert!(traffic.messages_received > 3 + 4, "{traffic:?}");
    world.settle().await;
    for replica in &replicas {
        assert!(reports.iter().all(|report| {
            replica.value(&report.state_key) == report.state.as_ref().map(|state| state.value.clone())
        }));
    }
    let (reports, traffic) = synchronizer.synchronize_many(&keys, Duration::from_secs(1)).await.unwrap();
    assert!(reports.iter().all(|report| !report.changed && report.traffic == traffic));
    assert_eq!((traffic.messages_sent, traffic.messages_received), (3, 3), "{traffic:?}");
}

#[tokio::test(start_paused = true)]
async fn one_state_that_fits_into_no_message_holds_up_the_others() {
    let (world, synchronizer) = world().await;
    // By its own limits it may write that.
    let replica = Replica::new(agent(1)).with_limits(small()).with_clock(world.clock.clone());
    replica.put(&key("huge"), noise(9_990, 1)).unwrap();
    replica.put(&key("small"), 1).unwrap();
    world.agent_with(replica).await;
    let other = world.agent_with(Replica::new(agent(2)).with_clock(world.clock.clone()).with_limits(small())).await;
    other.replica.put(&key("huge"), 2).unwrap();
    let keys = [key("huge"), key("small")];
    let (reports, _) = synchronizer.synchronize_many(&keys, Duration::from_secs(1)).await.unwrap();
    assert_eq!(reports[1].state.as_ref().map(|state| &state.value), Some(&value!(1)));
    assert_eq!((reports[0].missing.as_slice(), &reports[0].responded), (&[agent(1)][..], &vec![agent(2)]));
    assert_eq!(reports[0].state.as_ref().map(|state| &state.value), Some(&value!(2)));
}

#[tokio::test(start_paused = true)]
async fn one_round_takes_all_the_memory_there_is() {
    let world = World::new(ConflictResolver::crdt()).await;
    let options = SyncOptions::default()
        .with_id(agent_id!("first"))
        .with_round_bytes(100_000)
        .with_clock(world.clock.clone())
        .with_timeout(Duration::from_secs(1));
    let memory = world.memory.clone();
    let synchronizer = StateSynchronizer::with(world.swarm.clone(), memory, ConflictResolver::crdt(), options).await;
    let synchronizer = synchronizer.unwrap();
    for number in 1..6 {
        let agent = world.agent(number).await;
        // Packed it is nothing.
        agent.replica.add(&key("log"), format!("{number}").repeat(30_000)).unwrap();
    }
    let report = synchronizer.synchronize_state(&key("log")).await.unwrap();
    assert!(report.traffic.bytes_received < 2_000, "{report:?}");
    assert_eq!((report.responded.len(), report.refused.len()), (3, 2));
    assert!(report.refused.iter().all(|refused| refused.why.contains("longer than 100000 bytes")), "{report:?}");
}

/// It says that something is left, again and again.
#[tokio::test(start_paused = true)]
async fn an_agent_that_has_always_more_to_say_keeps_a_round_open() {
    let (world, synchronizer) = world().await;
    let mut liar = world.swarm.join(agent(1), Role::Member).await.unwrap();
    let keys: Vec<StateKey> = (0..3).map(|number| key(&format!("key-{number}"))).collect();
    let lies = async {
        let mut asked = Vec::new();
        for answers in [[Answer::Left, Answer::Nothing, Answer::Left].to_vec(), vec![Answer::Left, Answer::Left]] {
            let question = liar.recv().await.unwrap();
            let request = moai_sync::StateRequest::from_bytes(question.payload(), &small()).unwrap();
            asked.push(request.keys.len());
            let answer = question.reply(agent(1), message_kinds::RESPONSE, StateResponse::new(answers).to_bytes());
            world.swarm.send(&agent_id!("first"), answer).await.unwrap();
        }
        asked
    };
    let (done, asked) = tokio::join!(synchronizer.synchronize_many(&keys, Duration::from_secs(1)), lies);
    assert_eq!(asked, [3, 2]);
    let missing: Vec<usize> = done.unwrap().0.iter().map(|report| report.missing.len()).collect();
    assert_eq!(missing, [1, 0, 1]);
}

/// What stands in the memory under one key is broken.
#[tokio::test(start_paused = true)]
async fn one_broken_key_takes_its_whole_round_down() {
    let world = World::new(ConflictResolver::crdt()).await;
    let one = world.agent(1).await;
    for name in ["a", "b", "c"] {
        one.replica.contribute(&key(name), 1).unwrap();
    }
    let broken = moai_core::Batch::new().put(moai_core::namespace!("synchronized_state"), key("b"), vec![1, 2, 3]);
    world.memory.commit(world.swarm.swarm_id(), broken).await.unwrap();
    let keys = [key("a"), key("b"), key("c")];
    let (reports, _) = world.synchronizer.synchronize_many(&keys, Duration::from_secs(1)).await.unwrap();
    let changed: Vec<bool> = reports.iter().map(|report| report.changed).collect();
    assert_eq!(changed, [true, false, true]);
    let failed: Vec<_> = reports.iter().map(|report| report.failed.as_ref()).collect();
    let [None, Some(SyncError::Store(why)), None] = failed[..] else { panic!("{failed:?}") };
    assert!(why.to_string().contains("the state of b"), "{why}");
    let alone = world.synchronizer.synchronize_state(&key("b")).await;
    assert_eq!(alone.unwrap_err().to_string(), why.to_string());
}

/// One agent does not answer, and keeps everybody who asks for the same key waiting in a row.
#[tokio::test(start_paused = true)]
async fn rounds_of_one_key_wait_for_each_other() {
    let world = World::new(ConflictResolver::crdt()).await;
    let silent = world.swarm.join(agent(9), Role::Member).await.unwrap();
    let one = world.agent(1).await;
    one.replica.contribute(&key("count"), 42).unwrap();
    let began = tokio::time::Instant::now();
    let all: Vec<_> = (0..20)
        .map(|_| {
            let synchronizer = world.synchronizer.clone();
            tokio::spawn(async move { synchronizer.synchronize_within(&key("count"), Duration::from_secs(1)).await })
        })
        .collect();
    let mut changed = 0;
    for one in all {
        let report = one.await.unwrap().unwrap();
        assert_eq!(report.state.unwrap().value, value!(42));
        changed += u32::from(report.changed);
    }
    // The clock stands still but for the one second that all of them wait.
    assert_eq!((changed, began.elapsed().as_secs()), (1, 1));
    drop(silent);
}
