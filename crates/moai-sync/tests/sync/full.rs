//! A full round: when it ends, what it costs, and who is told.

use std::sync::Arc;
use std::time::Duration;

use moai_core::{Coordinator, MemoryProvider, Role, Timestamp, Version, value};
use moai_sync::{ConflictResolver, SharedState, StateChange, StateVersion, SyncError};
use tokio::time::Instant;

use crate::world::{World, agent, key};

#[tokio::test(start_paused = true)]
async fn sixty_idle_rounds_of_a_hundred_agents_write_and_tell_something() {
    let world = World::new(ConflictResolver::lww()).await;
    let mut agents = Vec::new();
    for number in 0..100 {
        agents.push(world.agent(number).await);
    }
    agents[7].replica.put(&key("leader"), "agent-7").unwrap();
    world.synchronizer.synchronize_state(&key("leader")).await.unwrap();
    world.settle().await;
    let before = world.memory.standing(world.swarm.swarm_id()).await.unwrap();
    let told: usize = agents.iter().map(crate::world::Agent::updates).sum();
    assert_eq!(told, 100, "everybody held something else, the writer an older version");
    let begun = Instant::now();
    for _ in 0..60 {
        let (reports, traffic) =
            world.synchronizer.synchronize_many(&[key("leader")], Duration::from_secs(1)).await.unwrap();
        assert!(!reports[0].changed && !reports[0].conflict && reports[0].informed.is_empty());
        assert_eq!((traffic.messages_sent, traffic.messages_received), (100, 100));
        assert!(traffic.bytes_received / 100 < 32, "{traffic:?}: the same costs a few bytes");
    }
    assert_eq!(begun.elapsed(), Duration::ZERO, "nothing waited for the time");
    world.settle().await;
    assert_eq!(world.memory.standing(world.swarm.swarm_id()).await.unwrap(), before);
    assert_eq!(agents.iter().map(crate::world::Agent::updates).sum::<usize>(), told);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_keys_of_a_hundred_agents_cost_thirty_thousand_messages() {
    let world = World::new(ConflictResolver::lww()).await;
    let keys: Vec<_> = (0..100).map(|number| key(&format!("key-{number:03}"))).collect();
    for (number, key) in keys.iter().enumerate() {
        let agent = world.agent(number).await;
        agent.replica.put(key, number as u64).unwrap();
    }
    let (reports, traffic) = world.synchronizer.synchronize_many(&keys, Duration::from_secs(1)).await.unwrap();
    assert!(reports.iter().all(|report| report.changed));
    assert_eq!((traffic.messages_sent, traffic.messages_received), (200, 100));
    let versions: Vec<_> = reports.iter().map(|report| report.version().unwrap().get()).collect();
    assert_eq!(versions, (1..=100).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn who_does_not_answer_is_waited_for_beyond_the_time_and_takes_the_others_down() {
    let world = World::new(ConflictResolver::lww()).await;
    world.agent(1).await.replica.put(&key("leader"), "agent-1").unwrap();
    let _silent = world.swarm.join(agent(2), Role::Member).await.unwrap();
    let begun = Instant::now();
    let report = world.synchronizer.synchronize_within(&key("leader"), Duration::from_secs(3)).await.unwrap();
    assert_eq!((begun.elapsed().as_secs(), report.changed), (3, true));
    assert_eq!((report.responded, report.missing), (vec![agent(1)], vec![agent(2)]));
    // A dead member is not waited for.
    world.swarm.set_state(&agent(2), moai_core::AgentState::Failed).await.unwrap();
    let begun = Instant::now();
    world.synchronizer.synchronize_state(&key("leader")).await.unwrap();
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn silence_of_all_is_taken_for_agreement_and_a_swarm_of_one_is_waited_for() {
    let world = World::new(ConflictResolver::lww()).await;
    let begun = Instant::now();
    let report = world.synchronizer.synchronize_state(&key("leader")).await.unwrap();
    assert_eq!((report.changed, report.state, report.responded.len()), (false, None, 0));
    assert_eq!(begun.elapsed(), Duration::ZERO);
    let _silent = world.swarm.join(agent(1), Role::Member).await.unwrap();
    let refused = world.synchronizer.synchronize_state(&key("leader")).await;
    assert_eq!(refused, Err(SyncError::NobodyAnswered { missing: vec![agent(1)], refused: Vec::new() }));
    assert_eq!(world.synchronizer.under_way(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stale_agent_that_alone_answers_takes_the_state_back() {
    for resolver in [ConflictResolver::lww(), ConflictResolver::vector(), ConflictResolver::crdt()] {
        let world = World::new(resolver).await;
        let (one, other) = (world.agent(1).await, world.agent(2).await);
        one.replica.put(&key("leader"), "first").unwrap();
        world.synchronizer.synchronize_state(&key("leader")).await.unwrap();
        world.settle().await;
        let stale = one.replica.get(&key("leader")).unwrap();
        other.replica.put(&key("leader"), "second").unwrap();
        let report = world.synchronizer.synchronize_state(&key("leader")).await.unwrap();
        assert_eq!(report.state.as_ref().unwrap().value, value!("second"));
        assert_eq!(report.state.unwrap().agent_id, agent(2), "who wrote it is kept");
        world.swarm.leave(&agent(1)).await.unwrap();
        world.swarm.leave(&agent(2)).await.unwrap();
        let replica = moai_sync::Replica::new(agent(3)).with_clock(world.clock.clone());
        replica.apply([StateChange::Put(SharedState::from(stale))]);
        let back = world.agent_with(replica).await;
        let report = world.synchronizer.synchronize_state(&key("leader")).await.unwrap();
        assert_eq!((report.changed, report.state.unwrap().value), (false, value!("second")));
        world.settle().await;
        assert_eq!(back.replica.value(&key("leader")), Some(value!("second")));
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_agent_writes_while_it_is_told_is_lost() {
    let world = World::new(ConflictResolver::crdt()).await;
    let (one, other) = (world.agent(1).await, world.agent(2).await);
    one.replica.contribute(&key("count"), 1).unwrap();
    other.replica.contribute(&key("count"), 2).unwrap();
    world.synchronizer.synchronize_state(&key("count")).await.unwrap();
    // The update lies in its mailbox; it counts on before it reads it.
    other.replica.contribute(&key("count"), 40).unwrap();
    world.settle().await;
    assert_eq!(other.replica.value(&key("count")), Some(value!(41)));
    let report = world.synchronizer.synchronize_state(&key("count")).await.unwrap();
    assert_eq!(report.state.unwrap().value, value!(41));
    world.settle().await;
    assert_eq!(one.replica.value(&key("count")), Some(value!(41)));
}

#[tokio::test(start_paused = true)]
async fn two_synchronizers_over_one_memory_overwrite_each_other() {
    let world = World::new(ConflictResolver::crdt()).await;
    let memory: Arc<dyn MemoryProvider> = world.memory.clone();
    let second = World::synchronizer(&world.swarm, memory, ConflictResolver::crdt(), &world.clock, "second").await;
    let mut agents = Vec::new();
    for number in 0..10 {
        agents.push(world.agent(number).await);
    }
    for round in 0..20 {
        for (number, agent) in agents.iter().enumerate() {
            agent.replica.contribute(&key("count"), i64::try_from(number).unwrap() + round).unwrap();
            agent.replica.add(&key("seen"), value!([number as u64, round])).unwrap();
        }
        let keys = [key("count"), key("seen")];
        let (one, other) = tokio::join!(
            world.synchronizer.synchronize_many(&keys, Duration::from_secs(1)),
            second.synchronize_many(&keys, Duration::from_secs(1)),
        );
        one.unwrap();
        other.unwrap();
    }
    let count = world.synchronizer.get_state(&key("count")).await.unwrap().unwrap();
    assert_eq!(count.value, value!(45 + 19 * 10));
    let seen = world.synchronizer.get_state(&key("seen")).await.unwrap().unwrap();
    assert_eq!(seen.value.as_array().unwrap().len(), 200);
}

#[tokio::test(start_paused = true)]
async fn dropping_the_future_leaves_a_round_open() {
    let world = World::new(ConflictResolver::lww()).await;
    let _silent = world.swarm.join(agent(1), Role::Member).await.unwrap();
    let (k, within) = (key("leader"), Duration::from_secs(60));
    let waiting = world.synchronizer.synchronize_within(&k, within);
    assert!(tokio::time::timeout(Duration::from_secs(1), waiting).await.is_err());
    assert_eq!(world.synchronizer.under_way(), 0);
    // And the key is free.
    let waiting = world.synchronizer.synchronize_within(&k, Duration::from_secs(1));
    assert!(matches!(waiting.await, Err(SyncError::NobodyAnswered { .. })));
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_synchronizer_is_told_to_nobody_and_leaves_a_task() {
    let world = World::new(ConflictResolver::lww()).await;
    let _silent = world.swarm.join(agent(1), Role::Member).await.unwrap();
    let synchronizer = world.synchronizer.clone();
    let waiting = tokio::spawn(async move { synchronizer.synchronize_state(&key("leader")).await });
    let mut watch = world.synchronizer.watch("", Version::ZERO).await.unwrap();
    let watching = tokio::spawn(async move { watch.next().await });
    world.settle().await;
    world.synchronizer.shutdown().await;
    assert_eq!(waiting.await.unwrap(), Err(SyncError::Stopped));
    assert_eq!(watching.await.unwrap(), Ok(None));
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
    assert_eq!(world.synchronizer.synchronize_state(&key("leader")).await, Err(SyncError::Stopped));
    assert_eq!(world.synchronizer.clear_state(&key("leader")).await, Err(SyncError::Stopped));
    let name = moai_core::agent_id!("state-synchronizer");
    assert!(world.swarm.join(name, Role::Service).await.is_ok(), "the name is free");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_fit_blocks_the_key() {
    let world = World::new(ConflictResolver::crdt()).await;
    world.clock.set(1_000_000_000);
    let honest = world.agent(1).await;
    honest.replica.contribute(&key("count"), 42).unwrap();
    let now = Timestamp::from_unix_micros(1_000_000_000).unwrap();
    let ahead = Timestamp::from_unix_micros(1_000_000_000 + 61_000_000).unwrap();
    let state = |by: usize, value, version, time| {
        StateVersion::new(key("count"), value, Version::new(version).unwrap(), time, agent(by))
            .with_metadata(moai_sync::Metadata::of_type(moai_sync::CrdtType::Counter))
    };
    let bad = [
        (2, state(2, value!(1_000_000), 1, ahead), "ahead of the clock"),
        (3, state(3, value!(1_000_000), 1 << 40, now), "far ahead of the swarm's"),
        (4, state(4, value!("many"), 1, now), "is a text, which is no counter"),
        (
            5,
            state(5, value!([1]), 1, now).with_metadata(moai_sync::Metadata::of_type(moai_sync::CrdtType::Set)),
            "a set by",
        ),
    ];
    // It makes up what another contributes: far ahead, so that the other could never say otherwise.
    let poison = |number: usize, version, micros, why| {
        let mut made_up = moai_crdt::Contributions::new();
        let _part = made_up.set(agent(1), Version::new(version).unwrap(), micros, 1_000_000);
        let made_up = moai_sync::Metadata::new().with_mergeable(moai_sync::Mergeable::Counter(made_up));
        (number, state(number, value!(1_000_000), 1, now).with_metadata(made_up), why)
    };
    let bad = bad
        .into_iter()
        .chain([poison(6, 1 << 40, 0, "far ahead of the swarm's"), poison(7, 1, i64::MAX, "ahead of the clock")]);
    let bad: Vec<_> = bad.collect();
    for (number, state, _) in &bad {
        let replica = moai_sync::Replica::new(agent(*number));
        replica.apply([StateChange::Put(SharedState::from(state.clone()))]);
        world.agent_with(replica).await;
    }
    let report = world.synchronizer.synchronize_state(&key("count")).await.unwrap();
    assert_eq!(report.state.unwrap().value, value!(42));
    assert_eq!(report.refused.len(), 6, "{:?}", report.refused);
    for ((number, _, why), refused) in bad.iter().zip(&report.refused) {
        assert_eq!(refused.agent_id, agent(*number));
        assert!(refused.why.contains(why), "{refused:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_again_is_stored() {
    let world = World::new(ConflictResolver::crdt()).await;
    let (one, other) = (world.agent(1).await, world.agent(2).await);
    // Each fits, and both together do not.
    for (agent, letter) in [(&one, "a"), (&other, "b")] {
        for number in 0..6 {
            agent.replica.add(&key("findings"), format!("{number}{}", letter.repeat(100_000))).unwrap();
        }
    }
    let refused = world.synchronizer.synchronize_state(&key("findings")).await.unwrap_err();
    assert!(matches!(refused, SyncError::Input(_)), "{refused}");
    assert_eq!(world.synchronizer.get_state(&key("findings")).await, Ok(None));
    assert!(world.synchronizer.delta_sync(Version::ZERO).await.unwrap().changes.is_empty());
}

#[tokio::test(start_paused = true)]
async fn rubbish_in_anothers_name_throws_out_the_honest_answer() {
    let world = World::new(ConflictResolver::crdt()).await;
    world.agent(1).await.replica.contribute(&key("count"), 42).unwrap();
    let liar = moai_sync::Replica::new(agent(2));
    let rubbish = StateVersion::new(key("count"), value!("rubbish"), Version::ZERO, Timestamp::UNIX_EPOCH, agent(1))
        .with_metadata(moai_sync::Metadata::of_type(moai_sync::CrdtType::Counter));
    liar.apply([StateChange::Put(SharedState::from(rubbish))]);
    world.agent_with(liar).await;
    let report = world.synchronizer.synchronize_state(&key("count")).await.unwrap();
    assert_eq!(report.state.unwrap().value, value!(42));
    assert_eq!(report.refused.iter().map(|refused| refused.agent_id.clone()).collect::<Vec<_>>(), [agent(2)]);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_goes_back_stops_every_key() {
    let world = World::new(ConflictResolver::crdt()).await;
    world.clock.set(1_000_000_000);
    let one = world.agent(1).await;
    one.replica.contribute(&key("count"), 42).unwrap();
    world.synchronizer.synchronize_state(&key("count")).await.unwrap();
    world.settle().await;
    world.clock.set(0);
    world.agent(2).await.replica.contribute(&key("count"), 8).unwrap();
    // What is stored was admitted when it came; what agents hold is refused by name until the clock is back.
    let report = world.synchronizer.synchronize_state(&key("count")).await.unwrap();
    assert_eq!(report.state.unwrap().value, value!(50));
}

#[test]
fn what_stands_there_bare_is_lost_with_the_first_merge_and_what_fails_is_written() {
    let replica = moai_sync::Replica::new(agent(1));
    let of_type = moai_sync::Metadata::of_type;
    let set = of_type(moai_sync::CrdtType::Set).with("team", "ops");
    replica.put_with(&key("set"), value!(["a", "b"]), set).unwrap();
    replica.add(&key("set"), "c").unwrap();
    assert_eq!(replica.value(&key("set")), Some(value!(["a", "b", "c"])));
    assert_eq!(replica.get(&key("set")).unwrap().metadata.more().get("team"), Some(&value!("ops")));
    replica.put_with(&key("map"), value!({"a": 1}), of_type(moai_sync::CrdtType::Map)).unwrap();
    replica.set_field(&key("map"), "b", 2).unwrap();
    assert_eq!(replica.value(&key("map")), Some(value!({"a": 1, "b": 2})));
    // What fails half way leaves nothing behind.
    let (me, now) = (moai_crdt::ReplicaId::derive(&agent(1), 0), moai_crdt::Stamp::new(1, 0).unwrap());
    let schema = moai_crdt::Schema::new();
    let mut deep = value!(0);
    for _ in 0..200 {
        deep = value!({"a": deep});
    }
    let refused = replica.edit(&key("doc"), |document| {
        document.assign(me, now, &moai_crdt::Path::root(), &value!({"a": 1}), &schema).map(drop)?;
        document.assign(me, now, &moai_crdt::Path::root(), &deep, &schema).map(drop)
    });
    assert!(refused.is_err(), "it nests too deep");
    assert_eq!(replica.get(&key("doc")), None);
}
