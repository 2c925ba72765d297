//! Any history of writes, rounds, lost messages and newcomers: the swarm converges, and no write of the last is lost.

use std::collections::{BTreeMap, BTreeSet};

use moai_core::{AgentState, Coordinator, Value, Version};
use moai_sync::ConflictResolver;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::world::{Agent, World, agent, key};

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
    Synchronize {
        keys: Vec<usize>,
    },
    /// It does not answer until it is back.
    GoAway {
        by: usize,
    },
    ComeBack {
        by: usize,
    },
    CatchUp {
        by: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..AGENTS, 0..2_usize, -5_i64..6).prop_map(|(by, key, number)| Step::Contribute { by, key, number }),
        4 => (0..AGENTS, 2..4_usize, 0_i64..6).prop_map(|(by, key, element)| Step::Add { by, key, element }),
        4 => (0..AGENTS, 4..6_usize, 0_i64..6).prop_map(|(by, key, number)| Step::Put { by, key, number }),
        4 => vec(0..6_usize, 1..4).prop_map(|keys| Step::Synchronize { keys }),
        1 => (0..AGENTS).prop_map(|by| Step::GoAway { by }),
        1 => (0..AGENTS).prop_map(|by| Step::ComeBack { by }),
        1 => (0..AGENTS).prop_map(|by| Step::CatchUp { by }),
    ]
}

/// What must come out in the end.
#[derive(Default)]
struct Model {
    contributed: BTreeMap<(usize, usize), i64>,
    added: BTreeMap<usize, BTreeSet<i64>>,
    put: BTreeMap<usize, i64>,
}

async fn run(steps: Vec<Step>) {
    let world = World::new(ConflictResolver::crdt()).await;
    let mut agents: Vec<Agent> = Vec::new();
    for number in 0..AGENTS {
        agents.push(world.agent(number).await);
    }
    let name = |number: usize| key(&format!("key-{number}"));
    let (mut model, mut last) = (Model::default(), Version::ZERO);
    for step in steps {
        match step {
            Step::Contribute { by, key, number } => {
                agents[by].replica.contribute(&name(key), number).unwrap();
                model.contributed.insert((key, by), number);
            }
            Step::Add { by, key, element } => {
                agents[by].replica.add(&name(key), element).unwrap();
                model.added.entry(key).or_default().insert(element);
            }
            Step::Put { by, key, number } => {
                agents[by].replica.put(&name(key), number).unwrap();
                // The clock goes on with each look, so this is the last write.
                model.put.insert(key, number);
            }
            Step::Synchronize { keys } => {
                let keys: Vec<_> = keys.into_iter().map(name).collect();
                let within = std::time::Duration::from_secs(1);
                if let Ok((reports, _)) = world.synchronizer.synchronize_many(&keys, within).await {
                    for report in reports.iter().filter(|report| report.changed) {
                        assert!(report.version().unwrap() > last, "versions only grow");
                        last = report.version().unwrap();
                    }
                }
                world.settle().await;
            }
            // It is in its process, and nobody reaches it.
            Step::GoAway { by } => drop(world.swarm.leave(&agent(by)).await),
            Step::ComeBack { by } => {
                let _ = world.swarm.leave(&agent(by)).await;
                world.settle().await;
                agents[by] = world.agent_with(agents[by].replica.clone()).await;
            }
            Step::CatchUp { by } => {
                let changes = world.synchronizer.delta_sync(Version::ZERO).await.unwrap().changes;
                agents[by].replica.apply(changes);
            }
        }
    }
    // Everybody is back, and two rounds make up for all that was lost.
    for (by, slot) in agents.iter_mut().enumerate() {
        let _ = world.swarm.leave(&agent(by)).await;
        world.settle().await;
        *slot = world.agent_with(slot.replica.clone()).await;
        world.swarm.set_state(&agent(by), AgentState::Active).await.unwrap();
    }
    let all: Vec<_> = (0..6).map(name).collect();
    for _ in 0..2 {
        world.synchronizer.synchronize_many(&all, std::time::Duration::from_secs(1)).await.unwrap();
        world.settle().await;
    }
    for number in 0..6 {
        let expected: Option<Value> = match number {
            0 | 1 => {
                let its = model.contributed.iter().filter(|((key, _), _)| *key == number);
                let its: Vec<i64> = its.map(|(_, contributed)| *contributed).collect();
                (!its.is_empty()).then(|| its.iter().sum::<i64>().into())
            }
            2 | 3 => model.added.get(&number).map(|all| all.iter().copied().collect::<Vec<_>>().into()),
            _ => model.put.get(&number).map(|number| (*number).into()),
        };
        for one in &agents {
            assert_eq!(one.replica.value(&name(number)), expected, "key-{number} at {}", one.replica.agent());
        }
        let stored = world.synchronizer.get_state(&name(number)).await.unwrap();
        assert_eq!(stored.map(|state| state.value), expected);
    }
    let idle = world.synchronizer.synchronize_many(&all, std::time::Duration::from_secs(1)).await.unwrap();
    assert!(idle.0.iter().all(|report| !report.changed && report.informed.is_empty()), "{:?}", idle.0);
    // Whoever has nothing but the changes ends with the same.
    let newcomer = moai_sync::Replica::new(agent(AGENTS));
    newcomer.apply(world.synchronizer.delta_sync(Version::ZERO).await.unwrap().changes);
    for one in all {
        assert_eq!(newcomer.value(&one), agents[0].replica.value(&one));
    }
}

proptest! {
    #[test]
    fn the_swarm_does_not_converge_or_loses_a_write(steps in vec(step(), 0..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(run(steps));
    }
}

/// Each has lost a write once: the last one, of a value that the swarm held before.
#[tokio::test(start_paused = true)]
async fn a_write_of_what_was_there_before_loses_against_what_was_written_in_between() {
    let put = |by, number| Step::Put { by, key: 4, number };
    let synchronize = || Step::Synchronize { keys: vec![4] };
    run(vec![put(0, 1), synchronize(), put(1, 2), put(0, 1)]).await;
    run(vec![put(0, 3), synchronize(), Step::GoAway { by: 0 }, put(0, 0), put(1, 3), synchronize()]).await;
    run(vec![put(0, 2), synchronize(), put(0, 0), put(2, 2), Step::CatchUp { by: 2 }]).await;
}
