//! Any history of writes and exchanges, of which messages are lost, repeated and reordered: in the end all hold the
//! same, and no write is lost.

use std::collections::{BTreeMap, BTreeSet};

use moai_core::{Limits, Value, value};
use moai_crdt::{Path, ReplicaId, Schema, Stamp};
use moai_sync::{ConflictResolver, Replica};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::world::{World, key};

const AGENTS: usize = 3;

#[derive(Debug, Clone)]
enum Step {
    Contribute {
        by: usize,
        key: usize,
        number: i64,
    },
    Add {
        by: usize,
        key: usize,
        element: i64,
    },
    Put {
        by: usize,
        key: usize,
        number: i64,
    },
    SetField {
        by: usize,
        field: usize,
        number: i64,
    },
    Edit {
        by: usize,
        number: i64,
    },
    Begin {
        by: usize,
        with: usize,
    },
    /// Of the messages under way.
    Deliver {
        at: prop::sample::Index,
    },
    Lose {
        at: prop::sample::Index,
    },
    Repeat {
        at: prop::sample::Index,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        3 => (0..AGENTS, 0..2_usize, -5_i64..6).prop_map(|(by, key, number)| Step::Contribute { by, key, number }),
        3 => (0..AGENTS, 2..4_usize, 0_i64..6).prop_map(|(by, key, element)| Step::Add { by, key, element }),
        3 => (0..AGENTS, 4..6_usize, 0_i64..6).prop_map(|(by, key, number)| Step::Put { by, key, number }),
        2 => (0..AGENTS, 0..3_usize, 0_i64..6).prop_map(|(by, field, number)| Step::SetField { by, field, number }),
        2 => (0..AGENTS, 0_i64..6).prop_map(|(by, number)| Step::Edit { by, number }),
        4 => (0..AGENTS, 1..AGENTS).prop_map(|(by, on)| Step::Begin { by, with: (by + on) % AGENTS }),
        12 => at().prop_map(|at| Step::Deliver { at }),
        1 => at().prop_map(|at| Step::Lose { at }),
        1 => at().prop_map(|at| Step::Repeat { at }),
    ]
}

/// Adds an element to a set in a document.
fn edit(replica: &Replica, number: i64) {
    let (me, now) = (ReplicaId::derive(replica.agent(), 0), Stamp::new(1, 0).unwrap());
    let schema = Schema::new().set("/numbers").unwrap();
    let edited = replica.edit(&key("document"), |document| {
        let mut all: Vec<Value> = Vec::new();
        if let Some(known) = document.to_value().as_map().and_then(|map| map.get("numbers")?.as_array().cloned()) {
            all.extend(known.iter().cloned());
        }
        all.push(number.into());
        let _delta = document.assign(me, now, &Path::root(), &value!({"numbers": all, "much": much()}), &schema)?;
        Ok(())
    });
    edited.unwrap();
}

/// Enough that the document goes in parts.
fn much() -> Value {
    (0..110_i64).collect::<Vec<_>>().into()
}

/// What must come out in the end.
#[derive(Default)]
struct Model {
    contributed: BTreeMap<(usize, usize), i64>,
    added: BTreeMap<usize, BTreeSet<i64>>,
    put: BTreeMap<usize, i64>,
    fields: BTreeMap<String, i64>,
    edited: BTreeSet<i64>,
}

impl Model {
    fn expected(&self) -> BTreeMap<String, Value> {
        let mut all = BTreeMap::new();
        for ((name, _), number) in &self.contributed {
            let sum = all.entry(format!("key-{name}")).or_insert(0);
            *sum += number;
        }
        let mut all: BTreeMap<String, Value> = all.into_iter().map(|(name, sum)| (name, sum.into())).collect();
        let array = |set: &BTreeSet<i64>| Value::from(set.iter().copied().collect::<Vec<_>>());
        all.extend(self.added.iter().map(|(name, set)| (format!("key-{name}"), array(set))));
        all.extend(self.put.iter().map(|(name, number)| (format!("key-{name}"), (*number).into())));
        if !self.fields.is_empty() {
            let mut map = moai_core::Map::new();
            self.fields.iter().for_each(|(field, number)| drop(map.insert(field.clone(), *number)));
            all.insert("fields".into(), map.into());
        }
        if !self.edited.is_empty() {
            all.insert("document".into(), value!({"numbers": array(&self.edited), "much": much()}));
        }
        all
    }
}

fn run(steps: Vec<Step>, resolver: &ConflictResolver, limits: &Limits) -> (World, Model) {
    let mut world = World::with(AGENTS, resolver, limits);
    let name = |number: usize| key(&format!("key-{number}"));
    let mut model = Model::default();
    for step in steps {
        match step {
            Step::Contribute { by, key, number } => {
                world.replica(by).contribute(&name(key), number).unwrap();
                model.contributed.insert((key, by), number);
            }
            Step::Add { by, key, element } => {
                world.replica(by).add(&name(key), element).unwrap();
                model.added.entry(key).or_default().insert(element);
            }
            Step::Put { by, key, number } => {
                world.replica(by).put(&name(key), number).unwrap();
                // The clock goes on with each look, so this is the last write.
                model.put.insert(key, number);
            }
            Step::SetField { by, field, number } => {
                world.replica(by).set_field(&key("fields"), format!("field-{field}"), number).unwrap();
                model.fields.insert(format!("field-{field}"), number);
            }
            Step::Edit { by, number } => {
                edit(world.replica(by), number);
                model.edited.insert(number);
            }
            Step::Begin { by, with } => world.begin(by, with),
            Step::Deliver { at } if !world.under_way.is_empty() => world.deliver(at.index(world.under_way.len())),
            Step::Lose { at } if !world.under_way.is_empty() => {
                let at = at.index(world.under_way.len());
                drop(world.under_way.remove(at));
            }
            Step::Repeat { at } if !world.under_way.is_empty() => {
                let again = world.under_way[at.index(world.under_way.len())].clone();
                world.under_way.push_back(again);
            }
            Step::Deliver { .. } | Step::Lose { .. } | Step::Repeat { .. } => {}
        }
    }
    // All that is still under way is lost, and quiet exchanges make up for it.
    world.under_way.clear();
    for other in [1, 2, 1] {
        world.exchange(0, other);
    }
    let held = world.states(0);
    assert!((1..AGENTS).all(|number| world.states(number) == held), "three exchanges do");
    // What was never answered gives way to the next exchange with the same peer.
    for (asker, answerer) in [(1, 0), (1, 2), (2, 0), (2, 1)] {
        assert_eq!(world.exchange(asker, answerer), 52);
    }
    world.assert_same();
    (world, model)
}

/// The same, and whatever was written is there.
fn run_merging(steps: Vec<Step>, limits: &Limits) {
    let (world, model) = run(steps, &ConflictResolver::crdt(), limits);
    let replica = world.replica(0);
    let held = replica.keys().into_iter().map(|key| (key.as_str().to_owned(), replica.value(&key).unwrap()));
    assert_eq!(held.collect::<BTreeMap<_, _>>(), model.expected());
}

proptest! {
    #[test]
    fn the_replicas_do_not_converge_or_lose_a_write(steps in vec(step(), 0..80)) {
        run_merging(steps, &Limits::default());
    }

    #[test]
    fn states_that_go_in_many_messages_do_not_converge(steps in vec(step(), 0..80)) {
        run_merging(steps, &Limits { payload_bytes: 2_560, ..Limits::default() });
    }

    #[test]
    fn replicas_do_not_converge_by_what_was_seen_or_written_last(steps in vec(step(), 0..80)) {
        for resolver in [ConflictResolver::vector(), ConflictResolver::lww()] {
            run(steps.clone(), &resolver, &Limits::default());
        }
    }
}
