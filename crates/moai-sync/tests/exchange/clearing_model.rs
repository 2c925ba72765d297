//! Any history of writes, exchanges and clearings of which each agent hears at another time: who has heard of a clearing never
//! again holds what had spread before it.

use std::collections::BTreeSet;

use moai_core::{Timestamp, Version, agent_id};
use moai_sync::{SharedState, StateChange, StateVersion};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::world::{World, key};

const AGENTS: usize = 3;

#[derive(Debug, Clone)]
enum Step {
    Add {
        by: usize,
    },
    /// The swarm clears the key: nobody has heard of it yet.
    Clear,
    /// An agent hears of the last clearing.
    Hear {
        by: usize,
    },
    /// An agent hears of something else that happened in the swarm.
    HearOfOther {
        by: usize,
    },
    Begin {
        by: usize,
        with: usize,
    },
    Deliver {
        at: prop::sample::Index,
    },
    Lose {
        at: prop::sample::Index,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        4 => (0..AGENTS).prop_map(|by| Step::Add { by }),
        1 => Just(Step::Clear),
        2 => (0..AGENTS).prop_map(|by| Step::Hear { by }),
        1 => (0..AGENTS).prop_map(|by| Step::HearOfOther { by }),
        4 => (0..AGENTS, 1..AGENTS).prop_map(|(by, on)| Step::Begin { by, with: (by + on) % AGENTS }),
        12 => at().prop_map(|at| Step::Deliver { at }),
        1 => at().prop_map(|at| Step::Lose { at }),
    ]
}

fn held(world: &World, number: usize) -> BTreeSet<i64> {
    let value = world.replica(number).value(&key("set"));
    let elements = value.iter().filter_map(|value| value.as_array()).flat_map(|array| array.iter());
    elements.filter_map(|element| element.as_i64()).collect()
}

fn run(steps: Vec<Step>) {
    let mut world = World::new(AGENTS);
    let (mut next, mut last, mut cleared) = (0, 0_u64, 0_u64);
    // What had spread before the last clearing, and before those that each agent has heard of.
    let (mut gone, mut heard): (BTreeSet<i64>, [BTreeSet<i64>; AGENTS]) = Default::default();
    let clearing = |cleared| StateChange::Cleared { state_key: key("set"), version: Version::new(cleared).unwrap() };
    for step in steps {
        match step {
            Step::Add { by } => {
                next += 1;
                world.replica(by).add(&key("set"), next).unwrap();
            }
            Step::Clear => {
                last += 1;
                cleared = last;
                for element in 1..=next {
                    if (0..AGENTS).filter(|number| held(&world, *number).contains(&element)).count() > 1 {
                        gone.insert(element);
                    }
                }
            }
            Step::Hear { by } if cleared > 0 => {
                world.replica(by).apply([clearing(cleared)]);
                heard[by].clone_from(&gone);
            }
            Step::HearOfOther { by } => {
                last += 1;
                let version = Version::new(last).unwrap();
                let somebody = agent_id!("somebody");
                let other = StateVersion::new(key("other"), 1.into(), version, Timestamp::UNIX_EPOCH, somebody);
                world.replica(by).apply([StateChange::Put(SharedState::from(other))]);
            }
            Step::Begin { by, with } => world.begin(by, with),
            Step::Deliver { at } if !world.under_way.is_empty() => world.deliver(at.index(world.under_way.len())),
            Step::Lose { at } if !world.under_way.is_empty() => {
                let at = at.index(world.under_way.len());
                drop(world.under_way.remove(at));
            }
            Step::Hear { .. } | Step::Deliver { .. } | Step::Lose { .. } => {}
        }
        for (number, gone) in heard.iter().enumerate() {
            let back: Vec<i64> = held(&world, number).intersection(gone).copied().collect();
            assert!(back.is_empty(), "{back:?} is back at agent-{number}");
        }
    }
    // All hear of it, and of the last thing that happened: then they come to hold the same.
    last += 1;
    for number in 0..AGENTS {
        if cleared > 0 {
            world.replica(number).apply([clearing(cleared)]);
        }
        let somebody = agent_id!("somebody");
        let version = Version::new(last).unwrap();
        let other = StateVersion::new(key("other"), 2.into(), version, Timestamp::UNIX_EPOCH, somebody);
        world.replica(number).apply([StateChange::Put(SharedState::from(other))]);
    }
    world.under_way.clear();
    for (asker, answerer) in [(0, 1), (0, 2), (0, 1), (1, 0), (1, 2), (2, 0), (2, 1)] {
        world.exchange(asker, answerer);
    }
    world.assert_same();
    assert_eq!(held(&world, 0).intersection(&gone).count(), 0);
}

proptest! {
    #[test]
    fn what_was_cleared_comes_back(steps in vec(step(), 0..60)) {
        run(steps);
    }
}
