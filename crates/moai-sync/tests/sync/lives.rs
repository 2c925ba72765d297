//! Agents that start again, and a memory that does.

use std::sync::Arc;

use moai_core::{Coordinator, StateKey, Value, value};
use moai_store::MemoryStore;
use moai_sync::{ConflictResolver, Crdt, Lww, Metadata, Replica, SyncSnapshot, Vector};

use crate::world::{World, agent, key};

/// One agent writes `before`, starts again with nothing, writes `after`, and the swarm holds...
async fn written_in_two_lives(
    resolver: ConflictResolver,
    before: impl Fn(&Replica),
    after: impl Fn(&Replica),
    under: &StateKey,
) -> (Value, Replica) {
    let world = World::new(resolver).await;
    let other = world.agent(2).await;
    let former = world.agent(1).await;
    before(&former.replica);
    world.synchronizer.synchronize_state(under).await.unwrap();
    world.settle().await;
    world.swarm.leave(&agent(1)).await.unwrap();
    let anew = world.agent(1).await;
    after(&anew.replica);
    for _ in 0..2 {
        world.synchronizer.synchronize_state(under).await.unwrap();
        world.settle().await;
    }
    // It has come to an end, and everybody agrees.
    let updates = (other.updates(), anew.updates());
    let report = world.synchronizer.synchronize_state(under).await.unwrap();
    world.settle().await;
    assert!(!report.changed && updates == (other.updates(), anew.updates()), "{report:?}");
    let held = report.state.unwrap().value;
    assert_eq!((anew.replica.value(under), other.replica.value(under)), (Some(held.clone()), Some(held.clone())));
    (held, anew.replica)
}

#[tokio::test(start_paused = true)]
async fn what_an_agent_writes_after_it_was_started_again_is_lost_against_what_it_wrote_before() {
    let count = key("count");
    let before = |replica: &Replica| {
        for number in 1..=5 {
            replica.contribute(&key("count"), number).unwrap();
        }
    };
    let after = |replica: &Replica| replica.contribute(&key("count"), 7).unwrap();
    let (held, replica) = written_in_two_lives(ConflictResolver::crdt(), before, after, &count).await;
    assert_eq!(held, value!(7));
    replica.contribute(&count, 8).unwrap();
    assert_eq!(replica.value(&count), Some(value!(8)));

    let config = key("config");
    let before = |replica: &Replica| {
        replica.set_field(&key("config"), "kept", 1).unwrap();
        for number in 1..=5 {
            replica.set_field(&key("config"), "timeout", number).unwrap();
        }
    };
    let after = |replica: &Replica| replica.set_field(&key("config"), "timeout", 60).unwrap();
    let (held, _) = written_in_two_lives(ConflictResolver::crdt(), before, after, &config).await;
    assert_eq!(held, value!({"kept": 1, "timeout": 60}));

    let leader = key("leader");
    let before = |replica: &Replica| {
        for number in 1..=5 {
            replica.put(&key("leader"), number).unwrap();
        }
    };
    let after = |replica: &Replica| replica.put(&key("leader"), "new").unwrap();
    for resolver in [ConflictResolver::new(Lww), ConflictResolver::new(Vector), ConflictResolver::new(Crdt::new())] {
        let (held, _) = written_in_two_lives(resolver, before, after, &leader).await;
        assert_eq!(held, value!("new"));
    }
}

/// The clock of the machine went back while the agent was away.
#[tokio::test(start_paused = true)]
async fn a_clock_that_went_back_hides_the_field_that_an_agent_writes_in_its_new_life() {
    let world = World::new(ConflictResolver::crdt()).await;
    let config = key("config");
    world.clock.set(1_000_000);
    let former = world.agent(1).await;
    former.replica.set_field(&config, "timeout", 30).unwrap();
    former.replica.set_field(&config, "retries", 3).unwrap();
    world.synchronizer.synchronize_state(&config).await.unwrap();
    world.swarm.leave(&agent(1)).await.unwrap();
    world.clock.set(0);
    let anew = world.agent(1).await;
    anew.replica.set_field(&config, "timeout", 60).unwrap();
    for _ in 0..2 {
        world.synchronizer.synchronize_state(&config).await.unwrap();
        world.settle().await;
    }
    let held = world.synchronizer.get_state(&config).await.unwrap().unwrap();
    assert_eq!(held.value, value!({"retries": 3, "timeout": 60}));
}

/// Another agent has written the same key meanwhile, and later: it counts, by whatever rule the key goes.
#[tokio::test(start_paused = true)]
async fn an_agent_that_starts_again_takes_back_what_another_wrote_later() {
    for resolver in [ConflictResolver::lww(), ConflictResolver::vector(), ConflictResolver::crdt()] {
        let world = World::new(resolver).await;
        let (former, other) = (world.agent(1).await, world.agent(2).await);
        former.replica.put(&key("leader"), "former").unwrap();
        world.synchronizer.synchronize_state(&key("leader")).await.unwrap();
        world.settle().await;
        world.swarm.leave(&agent(1)).await.unwrap();
        let anew = Replica::new(agent(1)).with_clock(world.clock.clone());
        anew.put(&key("leader"), "anew").unwrap();
        other.replica.put(&key("leader"), "later").unwrap();
        let anew = world.agent_with(anew).await;
        for _ in 0..3 {
            let report = world.synchronizer.synchronize_state(&key("leader")).await.unwrap();
            assert_eq!(report.state.unwrap().value, value!("later"));
            world.settle().await;
        }
        assert_eq!(anew.replica.value(&key("leader")), Some(value!("later")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_memory_that_begins_anew_takes_what_the_agents_hold_down_with_it() {
    let world = World::new(ConflictResolver::crdt()).await;
    let (one, other) = (world.agent(1).await, world.agent(2).await);
    let keys = [key("count"), key("leader"), key("tasks")];
    for round in 0..3 {
        one.replica.contribute(&keys[0], 40 + round).unwrap();
        other.replica.contribute(&keys[0], 38).unwrap();
        one.replica.put(&keys[1], "one").unwrap();
        other.replica.add(&keys[2], round).unwrap();
        world.synchronizer.synchronize_many(&keys, std::time::Duration::from_secs(1)).await.unwrap();
        world.settle().await;
    }
    one.replica.put(&keys[1], "unheard").unwrap();
    world.synchronizer.shutdown().await;
    // The next synchronizer has a memory that knows of nothing.
    let memory = Arc::new(MemoryStore::new().unwrap());
    let again =
        World::synchronizer(&world.swarm, memory, ConflictResolver::crdt(), &world.clock, "state-synchronizer").await;
    let mut held: Vec<Value> = Vec::new();
    // One by one: the versions that agents had heard of are old ones by then.
    for key in &keys {
        held.push(again.synchronize_state(key).await.unwrap().state.unwrap().value);
        world.settle().await;
    }
    assert_eq!(held, [value!(80), value!("unheard"), value!([0, 1, 2])]);
    // And goes on: what is cleared in it stays cleared, what is written is there.
    again.clear_state(&keys[2]).await.unwrap();
    one.replica.contribute(&keys[0], 2).unwrap();
    let (reports, _) = again.synchronize_many(&keys, std::time::Duration::from_secs(1)).await.unwrap();
    world.settle().await;
    let held: Vec<Option<Value>> = reports.into_iter().map(|report| report.state.map(|state| state.value)).collect();
    assert_eq!(held, [Some(value!(40)), Some(value!("unheard")), None]);
    assert_eq!((one.replica.value(&keys[2]), other.replica.value(&keys[2])), (None, None));
    let (reports, traffic) = again.synchronize_many(&keys, std::time::Duration::from_secs(1)).await.unwrap();
    assert!(reports.iter().all(|report| !report.changed) && traffic.messages_sent == 2, "{traffic:?}");
}

/// The tombstone is gone when the agent comes back.
#[tokio::test(start_paused = true)]
async fn what_was_cleared_so_long_ago_that_the_memory_forgot_it_comes_back() {
    use moai_core::MemoryProvider;
    for resolver in [ConflictResolver::lww(), ConflictResolver::vector(), ConflictResolver::crdt()] {
        let world = World::new(resolver).await;
        let (one, other) = (world.agent(1).await, world.agent(2).await);
        for name in ["tasks", "written-on"] {
            one.replica.add(&key(name), "old").unwrap();
            world.synchronizer.synchronize_state(&key(name)).await.unwrap();
        }
        world.settle().await;
        other.replica.add(&key("written-on"), "older").unwrap();
        other.replica.add(&key("never-told"), "new").unwrap();
        world.swarm.leave(&agent(2)).await.unwrap();
        world.synchronizer.clear_all().await.unwrap();
        let swarm = world.swarm.swarm_id();
        let last = world.memory.standing(swarm).await.unwrap().last.version;
        world.memory.compact(swarm, last).await.unwrap();
        let back = world.agent_with(other.replica.clone()).await;
        for (name, held) in [("tasks", None), ("written-on", None), ("never-told", Some(value!(["new"])))] {
            for _ in 0..2 {
                let report = world.synchronizer.synchronize_state(&key(name)).await.unwrap();
                assert_eq!(report.state.map(|state| state.value), held, "{name}");
                world.settle().await;
            }
            assert_eq!(back.replica.value(&key(name)), held, "{name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_of_a_snapshot_leaves_what_was_cleared_or_takes_what_is_new() {
    let world = World::new(ConflictResolver::crdt()).await;
    let one = world.agent(1).await;
    let held = |replica: &Replica| replica.keys().iter().map(ToString::to_string).collect::<Vec<_>>();
    for name in ["a", "b", "c", "d"] {
        one.replica.add(&key(name), name).unwrap();
        world.synchronizer.synchronize_state(&key(name)).await.unwrap();
    }
    world.settle().await;
    let away = one.replica.clone();
    world.swarm.leave(&agent(1)).await.unwrap();
    world.synchronizer.clear_state(&key("b")).await.unwrap();
    world.synchronizer.clear_state(&key("d")).await.unwrap();
    // What it writes on top of what was cleared goes with it, and what is new stays.
    away.add(&key("d"), "more").unwrap();
    away.add(&key("bb"), "new").unwrap();
    let page = world.synchronizer.snapshot(None).await.unwrap();
    let between = |after: &str, through: &str| {
        let mut narrow: SyncSnapshot = page.clone();
        (narrow.after, narrow.through, narrow.states) = (Some(key(after)), Some(key(through)), Vec::new());
        narrow
    };
    away.replace(between("a", "bb"));
    assert_eq!(held(&away), ["a", "bb", "c", "d"], "nothing outside of the page");
    away.replace(between("c", "c"));
    assert_eq!(held(&away), ["a", "bb", "c", "d"], "a page of nothing");
    away.replace(page);
    assert_eq!((held(&away), away.seen().get()), (vec!["a".to_owned(), "bb".to_owned(), "c".to_owned()], 6));
    // What it writes next has seen that it was cleared.
    away.add(&key("b"), "again").unwrap();
    let back = world.agent_with(away).await;
    let report = world.synchronizer.synchronize_state(&key("b")).await.unwrap();
    assert_eq!(report.state.unwrap().value, value!(["again"]));
    assert_eq!(back.replica.value(&key("b")), Some(value!(["again"])));
}

#[test]
fn metadata_of_a_former_life_is_carried_over() {
    // A register that says something about itself goes on saying it.
    let replica = Replica::new(agent(1));
    replica.put_with(&key("leader"), "one", Metadata::new().with("team", "ops")).unwrap();
    let former = Replica::new(agent(1));
    former.put(&key("leader"), "former").unwrap();
    former.put(&key("leader"), "former").unwrap();
    let mut told = former.get(&key("leader")).unwrap();
    (told.version, told.timestamp) = (moai_core::Version::new(9).unwrap(), moai_core::Timestamp::UNIX_EPOCH);
    replica.apply([moai_sync::StateChange::Put(moai_sync::SharedState::from(told))]);
    let held = replica.get(&key("leader")).unwrap();
    assert_eq!((held.value, held.metadata.vector_clock().map(|clock| clock.get(&agent(1)))), (value!("one"), Some(3)));
    assert_eq!(held.metadata.more().get("team"), Some(&value!("ops")));
}
