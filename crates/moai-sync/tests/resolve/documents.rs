//! What the documents show comes out, and where they are wrong, what is right.

use moai_core::{AgentId, Value, value};
use moai_sync::{ByPrefix, ConflictResolver, Crdt, CrdtType, Lww, Vector};

use crate::states::{agent, at_noon, clocked, counter, key, of_type, state};

#[test]
fn counters_are_summed_and_a_hundred_times_more_they_are_summed_again() {
    let reported = [counter(42, 1, 1), counter(38, 1, 2)];
    let resolver = at_noon(Crdt::new());
    let mut stored = resolver.resolve(&key("counter"), &reported).unwrap();
    assert_eq!((&stored.value, stored.greatest.get(), stored.way.as_str()), (&value!(80), 1, "crdt"));
    assert_eq!(stored.agent_id, AgentId::COORDINATOR);
    assert_eq!(stored.merged_from, [agent(1), agent(2)]);
    for _ in 0..100 {
        let again = [stored.state.clone(), reported[0].clone(), reported[1].clone()];
        stored = resolver.resolve(&key("counter"), &again).unwrap();
        assert_eq!(stored.value, value!(80));
    }
    // An agent that counts on replaces what it had reported.
    let later = resolver.resolve(&key("counter"), &[stored.state, counter(50, 7, 1)]).unwrap();
    assert_eq!(later.value, value!(88));
}

#[test]
fn a_sum_that_comes_back_without_its_parts_is_added_once_more() {
    let mut sum = counter(80, 2, 1);
    sum.agent_id = AgentId::COORDINATOR;
    let resolver = at_noon(Crdt::new());
    let resolved = resolver.resolve(&key("counter"), &[sum.clone(), counter(42, 1, 1), counter(38, 1, 2)]).unwrap();
    assert_eq!(resolved.value, value!(80));
    assert_eq!(resolver.resolve(&key("counter"), &[sum]).unwrap().value, value!(80));
}

#[test]
fn the_last_write_loses() {
    let versions = [
        state("max_workers", value!(10), 1, 0, 1),
        state("max_workers", value!(15), 2, 1, 2),
        state("max_workers", value!(12), 3, -1, 3),
    ];
    let resolved = at_noon(Lww).resolve(&key("max_workers"), &versions).unwrap();
    assert_eq!((&resolved.value, &resolved.agent_id, resolved.discarded), (&value!(15), &agent(2), 2));
    assert_eq!((resolved.version.get(), resolved.greatest.get()), (2, 3));
    let documented = Value::from(resolved.documented());
    assert_eq!(documented.get("resolution_strategy"), Some(&value!("lww")));
    assert_eq!(documented.get("discarded_versions"), Some(&value!(2)));
    assert_eq!(documented.get("resolved_at"), Some(&value!("2025-01-01T12:00:00+00:00")));
}

#[test]
fn conflicts_are_seen_where_there_are_none_and_missed_where_there_are() {
    let states = [
        state("counter", value!(10), 1, 0, 1),
        state("counter", value!(12), 2, 1, 2),
        state("queue", value!(["task1"]), 1, 0, 3),
    ];
    let resolver = at_noon(Lww);
    assert_eq!(resolver.detect_conflicts(&states), [key("counter")]);
    let resolved = resolver.resolve(&key("counter"), &states[..2]).unwrap();
    assert_eq!((&resolved.value, &resolved.agent_id), (&value!(12), &agent(2)));
    // Three agents that hold 100 in a register hold 100; two that contributed 42 each have 84.
    let registers = [1, 2, 3].map(|by| state("counter", value!(100), 0, 0, by));
    assert_eq!(resolver.detect_conflicts(&registers), []);
    assert_eq!(resolver.detect_conflicts(&[counter(42, 1, 1), counter(42, 1, 2)]), [key("counter")]);
    let both = at_noon(Crdt::new()).resolve(&key("counter"), &[counter(42, 1, 1), counter(42, 1, 2)]).unwrap();
    assert_eq!(both.value, value!(84));
    // The same state in two hands is no conflict.
    assert_eq!(resolver.detect_conflicts(&[both.state.clone(), both.state]), []);
}

#[test]
fn sets_maps_and_counters_lose_something() {
    let counters = [(42, 1), (38, 2), (25, 3)].map(|(count, by)| counter(count, by, by));
    assert_eq!(at_noon(Crdt::new()).resolve(&key("counter"), &counters).unwrap().value, value!(105));

    let tags = [value!(["python", "fastapi"]), value!(["fastapi", "async"]), value!(["python", "api"])];
    let sets: Vec<_> =
        tags.into_iter().zip(1..).map(|(tags, by)| of_type(CrdtType::Set, "tags", tags, by, 0, by)).collect();
    let resolved = at_noon(Crdt::new()).resolve(&key("tags"), &sets).unwrap();
    assert_eq!(resolved.value, value!(["api", "async", "fastapi", "python"]));

    let configs = [
        value!({"max_workers": 10, "timeout": 30, "retry": 3}),
        value!({"max_workers": 15, "batch_size": 100}),
        value!({"timeout": 60, "retry": 5, "queue_size": 1000}),
    ];
    let maps: Vec<_> = configs
        .into_iter()
        .zip(1..)
        .map(|(config, by)| of_type(CrdtType::Map, "config", config, by, i64::try_from(by).unwrap() - 1, by))
        .collect();
    let resolved = at_noon(Crdt::new()).resolve(&key("config"), &maps).unwrap();
    let expected = value!({"max_workers": 15, "timeout": 60, "retry": 5, "batch_size": 100, "queue_size": 1000});
    assert_eq!(resolved.value, expected);

    // A nested map by key: the later writer of a key has it whole.
    let flags = [
        value!({"auth": ["enabled", "sso", "mfa"], "api": ["v2", "graphql"]}),
        value!({"auth": ["enabled", "oauth"], "cache": ["redis", "memcached"]}),
    ];
    let nested: Vec<_> = flags
        .into_iter()
        .zip(1..)
        .map(|(flags, by)| of_type(CrdtType::Map, "flags", flags, by, i64::try_from(by).unwrap(), by))
        .collect();
    let resolved = at_noon(Crdt::new()).resolve(&key("flags"), &nested).unwrap();
    let expected = value!({"auth": ["enabled", "oauth"], "api": ["v2", "graphql"], "cache": ["redis", "memcached"]});
    assert_eq!(resolved.value, expected);
}

#[test]
fn task_objects_get_lost_in_a_set() {
    let queue = |tasks, by| of_type(CrdtType::Set, "tasks", tasks, 1, 0, by);
    let one = queue(value!([{"id": 1, "name": "index"}, {"id": 2}]), 1);
    let other = queue(value!([{"id": 2}, {"id": 3}]), 2);
    let resolved = at_noon(Crdt::new()).resolve(&key("tasks"), &[one, other]).unwrap();
    assert_eq!(resolved.value, value!([{"id": 1, "name": "index"}, {"id": 2}, {"id": 3}]));
}

#[test]
fn what_had_seen_the_other_gives_way_to_it() {
    let resolver = at_noon(Vector);
    let causal = [
        clocked("document", "Version A", 9, 1, &[(1, 5), (2, 3)]),
        clocked("document", "Version B", 0, 2, &[(1, 6), (2, 4)]),
    ];
    let resolved = resolver.resolve(&key("document"), &causal).unwrap();
    assert_eq!((resolved.value.as_text(), resolved.way.as_str()), (Some("Version B"), "vector_causal"));
    assert!(resolved.siblings.is_empty());

    let concurrent = [
        clocked("state", "Update from Agent-1", 1, 1, &[(1, 5), (2, 2)]),
        clocked("state", "Update from Agent-2", 0, 2, &[(1, 3), (2, 6)]),
    ];
    let resolved = resolver.resolve(&key("state"), &concurrent).unwrap();
    let expected = (Some("Update from Agent-1"), "vector_concurrent_lww");
    assert_eq!((resolved.value.as_text(), resolved.way.as_str()), expected);
    assert_eq!(resolved.siblings, [concurrent[1].clone()]);
    assert_eq!(resolved.vector_clock.iter().map(|(_, count)| count).collect::<Vec<_>>(), [5, 6]);

    let three = [
        clocked("config", "Config A", 2, 1, &[(1, 5), (2, 2), (3, 1)]),
        clocked("config", "Config B", 1, 2, &[(1, 2), (2, 6), (3, 1)]),
        clocked("config", "Config C", 0, 3, &[(1, 1), (2, 2), (3, 5)]),
    ];
    assert_eq!(resolver.resolve(&key("config"), &three).unwrap().value.as_text(), Some("Config A"));
    // The newest of all was seen by another: it takes no part in the fallback.
    let newest_is_seen = [
        clocked("config", "seen and newest", 100, 1, &[(1, 4)]),
        clocked("config", "has seen it", 1, 1, &[(1, 5)]),
        clocked("config", "has seen nothing", 2, 2, &[(2, 1)]),
    ];
    let resolved = resolver.resolve(&key("config"), &newest_is_seen).unwrap();
    assert_eq!((resolved.value.as_text(), resolved.siblings.len()), (Some("has seen nothing"), 1));
}

#[test]
fn a_key_is_resolved_by_the_shorter_prefix() {
    let hybrid = at_noon(ByPrefix::new(Lww).with("counter_", Crdt::new()).with("causal_", Vector).with("c", Lww));
    let counters = [42, 38]
        .map(|count| of_type(CrdtType::Counter, "counter_tasks", count.into(), 1, 0, u64::try_from(count).unwrap()));
    assert_eq!(hybrid.resolve(&key("counter_tasks"), &counters).unwrap().value, value!(80));
    let causal = [
        clocked("causal_document", "A", 1, 1, &[(1, 5), (2, 3)]),
        clocked("causal_document", "B", 0, 2, &[(1, 6), (2, 4)]),
    ];
    let resolved = hybrid.resolve(&key("causal_document"), &causal).unwrap();
    assert_eq!((resolved.value.as_text(), resolved.way.as_str()), (Some("B"), "vector_causal"));
    let config = [state("max_workers", value!(10), 1, 0, 1), state("max_workers", value!(15), 2, 1, 2)];
    assert_eq!(hybrid.resolve(&key("max_workers"), &config).unwrap().value, value!(15));
}

#[test]
fn a_bare_number_is_summed_though_nobody_calls_it_a_counter() {
    let proposed = [state("counter", value!(100), 1, 0, 1), state("counter", value!(150), 1, 0, 2)];
    assert_eq!(at_noon(Crdt::new()).resolve(&key("counter"), &proposed).unwrap().value, value!(150));
    assert_eq!(at_noon(Crdt::inferring()).resolve(&key("counter"), &proposed).unwrap().value, value!(250));
    assert!(ConflictResolver::named("crdt").is_ok());
    assert!(ConflictResolver::named("sum").is_err());
}

#[test]
fn a_merge_stamps_what_it_merged_with_now() {
    let resolver = at_noon(Crdt::new());
    let old = of_type(CrdtType::Map, "config", value!({"timeout": 30, "retries": 3}), 1, 0, 1);
    let other = of_type(CrdtType::Map, "config", value!({"max_conn": 100}), 1, 9, 2);
    let merged = resolver.resolve(&key("config"), &[old, other]).unwrap().state;
    // Later than what was merged, and earlier than the merge.
    let late = of_type(CrdtType::Map, "config", value!({"timeout": 60}), 1, 5, 3);
    for versions in [[merged.clone(), late.clone()], [late, merged]] {
        let resolved = resolver.resolve(&key("config"), &versions).unwrap();
        assert_eq!(resolved.value, value!({"timeout": 60, "retries": 3, "max_conn": 100}));
    }
}

#[test]
fn the_last_write_depends_on_the_order_in_which_writes_come() {
    let versions = [
        state("max_workers", value!(10), 1, 0, 1),
        state("max_workers", value!(15), 2, 1, 2),
        state("max_workers", value!(12), 3, -1, 3),
    ];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let ordered = order.map(|at| versions[at].clone());
        let resolved = at_noon(Lww).resolve(&key("max_workers"), &ordered).unwrap();
        assert_eq!((&resolved.value, &resolved.agent_id, resolved.discarded), (&value!(15), &agent(2), 2));
        assert_eq!(ordered, order.map(|at| versions[at].clone()));
    }
    // Ties are broken by version, then by agent, then by value.
    let tie = |value: i64, version, by| state("max_workers", value.into(), version, 0, by);
    for (winner, loser) in [(tie(1, 2, 1), tie(2, 1, 2)), (tie(1, 1, 2), tie(2, 1, 1)), (tie(2, 1, 1), tie(1, 1, 1))] {
        for pair in [[winner.clone(), loser.clone()], [loser, winner.clone()]] {
            assert_eq!(at_noon(Lww).resolve(&key("max_workers"), &pair).unwrap().state, winner);
        }
    }
}

#[test]
fn requests_and_tasks_of_two_agents_get_lost() {
    let requests = [1_000, 1_500]
        .map(|count| of_type(CrdtType::Counter, "requests", count.into(), 1, 0, u64::try_from(count).unwrap()));
    assert_eq!(at_noon(Crdt::new()).resolve(&key("requests"), &requests).unwrap().value, value!(2500));
    let tasks = [value!(["task-1", "task-2"]), value!(["task-2", "task-3"])];
    let tasks: Vec<_> =
        tasks.into_iter().zip(1..).map(|(tasks, by)| of_type(CrdtType::Set, "tasks", tasks, 1, 0, by)).collect();
    let resolved = at_noon(Crdt::new()).resolve(&key("tasks"), &tasks).unwrap();
    assert_eq!(resolved.value, value!(["task-1", "task-2", "task-3"]));
}
