//! What the documents show comes out of agents that really answer.

use moai_core::{AgentId, value};
use moai_sync::{ConflictResolver, SharedState, Since, StateChange};

use crate::world::{World, agent, key};

#[tokio::test(start_paused = true)]
async fn a_counter_grows_at_each_sync() {
    let world = World::new(ConflictResolver::crdt()).await;
    let counter = key("task_counter");
    let (one, other) = (world.agent(1).await, world.agent(2).await);
    one.replica.contribute(&counter, 40).unwrap();
    one.replica.contribute(&counter, 42).unwrap();
    other.replica.contribute(&counter, 38).unwrap();
    let report = world.synchronizer.synchronize_state(&counter).await.unwrap();
    let state = report.state.unwrap();
    assert_eq!((&state.value, state.version.get(), state.agent_id), (&value!(80), 2, AgentId::COORDINATOR));
    assert_eq!(
        (report.conflict, report.changed, report.way.map(|way| way.to_string())),
        (true, true, Some("crdt".into()))
    );
    assert_eq!((report.responded, report.informed), (vec![agent(1), agent(2)], vec![agent(1), agent(2)]));
    // A hundred times more, with an agent that comes late with what it had then.
    let before = other.replica.get(&counter).unwrap();
    for _ in 0..100 {
        let report = world.synchronizer.synchronize_state(&counter).await.unwrap();
        assert_eq!((report.changed, report.version().unwrap().get()), (false, 2));
    }
    let lagging = moai_sync::Replica::new(agent(3)).with_clock(world.clock.clone());
    lagging.apply([StateChange::Put(SharedState::from(before))]);
    let _lagging = world.agent_with(lagging).await;
    for _ in 0..3 {
        let report = world.synchronizer.synchronize_state(&counter).await.unwrap();
        assert_eq!(report.state.unwrap().value, value!(80));
    }
    // And it counts on.
    one.replica.contribute(&counter, 62).unwrap();
    assert_eq!(world.synchronizer.synchronize_state(&counter).await.unwrap().state.unwrap().value, value!(100));
}

#[tokio::test(start_paused = true)]
async fn a_register_that_all_hold_is_taken_for_a_conflict() {
    let world = World::new(ConflictResolver::crdt()).await;
    for number in 1..=3 {
        world.agent(number).await.replica.put(&key("counter"), 100).unwrap();
    }
    let report = world.synchronizer.synchronize_state(&key("counter")).await.unwrap();
    assert_eq!((report.conflict, report.changed), (false, true));
    let state = world.synchronizer.get_state(&key("counter")).await.unwrap().unwrap();
    assert_eq!((state.value, state.version.get()), (value!(100), 1));
    assert_eq!(world.synchronizer.get_state_version(&key("counter")).await.unwrap(), Some(state.version));
    assert_eq!(world.synchronizer.get_state(&key("nothing")).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn whoever_comes_back_gets_what_did_not_change() {
    let world = World::new(ConflictResolver::crdt()).await;
    let one = world.agent(1).await;
    for number in 1..=5 {
        one.replica.put(&key(&format!("old-{number}")), number).unwrap();
        world.synchronizer.synchronize_state(&key(&format!("old-{number}"))).await.unwrap();
    }
    let five = world.synchronizer.get_state_version(&key("old-5")).await.unwrap().unwrap();
    assert_eq!(five.get(), 5);
    one.replica.put(&key("old-1"), "again").unwrap();
    world.synchronizer.synchronize_state(&key("old-1")).await.unwrap();
    for name in ["task_count", "noise", "agent_registry", "metrics"] {
        one.replica.put(&key(name), 1).unwrap();
        world.synchronizer.synchronize_state(&key(name)).await.unwrap();
    }
    world.synchronizer.clear_state(&key("noise")).await.unwrap();
    let delta = world.synchronizer.delta_sync(five).await.unwrap();
    let told: Vec<_> = delta
        .changes
        .iter()
        .map(|change| match change {
            StateChange::Put(state) => (state.state_key.as_str().to_owned(), state.version.get()),
            StateChange::Cleared { state_key, version } => (format!("-{state_key}"), version.get()),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [("old-1", 6), ("task_count", 7), ("agent_registry", 9), ("metrics", 10), ("-noise", 11)];
    assert_eq!(told, expected.map(|(key, version)| (key.to_owned(), version)));
    assert_eq!((delta.next.version.get(), delta.more), (11, false));
    let nothing = world.synchronizer.delta_sync(delta.next).await.unwrap();
    assert_eq!((nothing.changes.len(), nothing.next), (0, delta.next));
    assert_eq!(world.synchronizer.delta_sync(Since::Beginning).await.unwrap().changes.len(), 9);
}

#[tokio::test(start_paused = true)]
async fn configurations_and_queues_lose_something() {
    let world = World::new(ConflictResolver::crdt()).await;
    let (one, other) = (world.agent(1).await, world.agent(2).await);
    let (queue, config) = (key("tasks"), key("config"));
    for task in [value!({"id": 1}), value!({"id": 2})] {
        one.replica.add(&queue, task).unwrap();
    }
    other.replica.add(&queue, value!({"id": 2})).unwrap();
    other.replica.add(&queue, value!({"id": 3})).unwrap();
    for (field, number) in [("timeout", 30), ("retries", 3)] {
        one.replica.set_field(&config, field, number).unwrap();
    }
    for (field, number) in [("timeout", 60), ("max_conn", 100)] {
        other.replica.set_field(&config, field, number).unwrap();
    }
    let keys = [queue.clone(), config.clone()];
    let (reports, _) = world.synchronizer.synchronize_many(&keys, moai_sync_timeout()).await.unwrap();
    let values: Vec<_> = reports.iter().map(|report| report.state.clone().unwrap().value).collect();
    let expected = value!({"timeout": 60, "retries": 3, "max_conn": 100});
    assert_eq!(values, [expected.clone(), value!([{"id": 1}, {"id": 2}, {"id": 3}])]);
    world.settle().await;
    for replica in [&one.replica, &other.replica] {
        assert_eq!(replica.value(&config), Some(expected.clone()));
        assert_eq!(replica.value(&queue), Some(value!([{"id": 1}, {"id": 2}, {"id": 3}])));
    }
}

fn moai_sync_timeout() -> std::time::Duration {
    std::time::Duration::from_secs(1)
}

#[tokio::test(start_paused = true)]
async fn whoever_was_away_from_five_to_ten_gets_something_else_than_three_updates() {
    let world = World::new(ConflictResolver::lww()).await;
    let one = world.agent(1).await;
    let history = ["a", "b", "c", "d", "e", "metrics", "task_count", "metrics", "agent_registry", "metrics"];
    for (name, number) in history.into_iter().zip(1_u64..) {
        one.replica.put(&key(name), format!("as of {number}")).unwrap();
        let report = world.synchronizer.synchronize_state(&key(name)).await.unwrap();
        assert_eq!(report.version().unwrap().get(), number);
    }
    let five = moai_core::Version::new(5).unwrap();
    let delta = world.synchronizer.delta_sync(five).await.unwrap();
    let told: Vec<_> = delta
        .changes
        .iter()
        .map(|change| match change {
            StateChange::Put(state) => (state.state_key.as_str(), state.version.get(), state.value.clone()),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [("task_count", 7), ("agent_registry", 9), ("metrics", 10)];
    assert_eq!(told, expected.map(|(name, number)| (name, number, format!("as of {number}").into())));
    assert_eq!(delta.next.version.get(), 10);
    // Nothing new is no error.
    let nothing = world.synchronizer.delta_sync(moai_core::Version::new(10).unwrap()).await.unwrap();
    assert_eq!((nothing.changes.len(), nothing.next, nothing.more), (0, delta.next, false));
    let cleared = world.synchronizer.clear_state(&key("metrics")).await.unwrap();
    let gone = world.synchronizer.delta_sync(delta.next).await.unwrap();
    assert_eq!(gone.changes, [StateChange::Cleared { state_key: key("metrics"), version: cleared }]);
}

#[tokio::test(start_paused = true)]
async fn what_was_resolved_when_the_vote_timed_out_does_not_reach_the_agents() {
    let world = World::new(ConflictResolver::crdt()).await;
    let (one, two) = (world.agent(1).await, world.agent(2).await);
    // As counters they add up, as registers the last stands.
    for (replica, number) in [(&one.replica, 100), (&two.replica, 150)] {
        replica.contribute(&key("counter"), number).unwrap();
        replica.put(&key("register"), number).unwrap();
    }
    let keys = [key("counter"), key("register")];
    let (reports, _) = world.synchronizer.synchronize_many(&keys, moai_sync_timeout()).await.unwrap();
    let values: Vec<_> = reports.iter().map(|report| report.state.clone().unwrap().value).collect();
    assert_eq!(values, [value!(250), value!(150)]);
    world.settle().await;
    for replica in [&one.replica, &two.replica] {
        assert_eq!((replica.value(&keys[0]), replica.value(&keys[1])), (Some(value!(250)), Some(value!(150))));
    }
}
