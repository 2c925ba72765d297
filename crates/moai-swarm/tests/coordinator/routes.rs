//! Every way against a search in a graph that is drawn by hand.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use moai_core::{AgentState, Coordinator, CoordinatorError, Mailbox, Topology, swarm_id};
use moai_swarm::SwarmCoordinator;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::{agent, join, message};

/// Who reaches whom without a relay: the members in the order in which they joined, and those that have failed.
fn drawn(topology: Topology, order: &[usize], failed: &BTreeSet<usize>) -> BTreeSet<(usize, usize)> {
    let mut edges = BTreeSet::new();
    let mut connect = |one: usize, other: usize| {
        if one != other {
            edges.extend([(one, other), (other, one)]);
        }
    };
    let living: Vec<usize> = order.iter().copied().filter(|member| !failed.contains(member)).collect();
    match topology {
        Topology::Mesh => order.iter().for_each(|one| order.iter().for_each(|other| connect(*one, *other))),
        Topology::Ring => {
            let next = order.iter().skip(1).chain(order.first());
            order.iter().zip(next).for_each(|(one, next)| connect(*one, *next));
        }
        Topology::Star => {
            let hub = living.first().or(order.first());
            hub.into_iter().for_each(|hub| order.iter().for_each(|other| connect(*hub, *other)));
        }
        Topology::Hierarchical => {
            for (at, member) in living.iter().enumerate().skip(1) {
                connect(living[(at - 1) / 4], *member);
            }
            let root = living.first().or(order.first());
            root.into_iter().for_each(|root| failed.iter().for_each(|member| connect(*root, *member)));
        }
        other => panic!("{other:?} is drawn as another"),
    }
    edges
}

/// The number of hops of a shortest way on which nobody in between has failed.
fn hops(edges: &BTreeSet<(usize, usize)>, failed: &BTreeSet<usize>, from: usize, to: usize) -> Option<usize> {
    let (mut far, mut waiting) = (BTreeMap::from([(from, 0)]), VecDeque::from([from]));
    while let Some(at) = waiting.pop_front() {
        if at == to {
            return far.get(&at).copied();
        }
        if at != from && failed.contains(&at) {
            continue;
        }
        for (_, next) in edges.range((at, 0)..=(at, usize::MAX)) {
            if !far.contains_key(next) {
                far.insert(*next, far[&at] + 1);
                waiting.push_back(*next);
            }
        }
    }
    None
}

#[derive(Debug, Clone)]
enum Step {
    Join,
    Leave(usize),
    Drop(usize),
    Fail(usize),
    Recover(usize),
    Switch(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => Just(Step::Join),
        1 => any::<usize>().prop_map(Step::Leave),
        1 => any::<usize>().prop_map(Step::Drop),
        2 => any::<usize>().prop_map(Step::Fail),
        1 => any::<usize>().prop_map(Step::Recover),
        1 => (0..4_usize).prop_map(Step::Switch),
    ]
}

const TOPOLOGIES: [Topology; 4] = [Topology::Mesh, Topology::Star, Topology::Ring, Topology::Hierarchical];

/// Every pair, as the swarm routes it and as the drawing says.
async fn compare(
    swarm: &SwarmCoordinator,
    topology: Topology,
    order: &[usize],
    failed: &BTreeSet<usize>,
    mailboxes: &mut BTreeMap<usize, Box<dyn Mailbox>>,
) {
    let edges = drawn(topology, order, failed);
    let info = swarm.topology();
    let mut widest = 0;
    for from in order {
        for to in order {
            let expected = hops(&edges, failed, *from, *to);
            let routed = swarm.route(&agent(*from), &agent(*to));
            let before = swarm.topology().traffic;
            let sent = swarm.send(&agent(*to), message(agent(*from), "hello")).await;
            let after = swarm.topology().traffic;
            let Some(expected) = expected else {
                assert!(matches!(routed, Err(CoordinatorError::Unreachable { .. })), "{from} to {to}: {routed:?}");
                assert!(matches!(sent, Err(CoordinatorError::Unreachable { .. })), "{from} to {to}: {sent:?}");
                assert_eq!((after.refused, after.delivered), (before.refused + 1, before.delivered));
                continue;
            };
            let relays = routed.unwrap();
            assert_eq!(relays.len() + usize::from(from != to), expected, "{from} to {to} by {relays:?} in {info:?}");
            // It is a way, and nobody on it has failed.
            let name = |number: &usize| agent(*number);
            let way: Vec<_> = [name(from)].into_iter().chain(relays.iter().cloned()).chain([name(to)]).collect();
            let number = |id: &moai_core::AgentId| order.iter().copied().find(|one| agent(*one) == *id).unwrap();
            for (one, next) in way.iter().zip(way.iter().skip(1)).filter(|(one, next)| one != next) {
                assert!(edges.contains(&(number(one), number(next))), "{one} does not reach {next}");
            }
            assert!(relays.iter().all(|relay| !failed.contains(&number(relay))));
            sent.unwrap();
            assert_eq!(after.hops, before.hops + expected as u64);
            assert_eq!(after.relayed - before.relayed, u64::from(expected > 1));
            let got = mailboxes.get_mut(to).unwrap().recv().await.unwrap();
            assert_eq!(*got.sender(), agent(*from));
            if !failed.contains(from) && !failed.contains(to) {
                widest = widest.max(expected);
            }
        }
    }
    assert_eq!(info.connections, edges.len() as u64 / 2, "{info:?}");
    assert_eq!(info.agents, order.iter().map(|number| agent(*number)).collect::<Vec<_>>());
    if failed.len() < order.len() {
        assert_eq!(info.widest, widest, "{info:?}");
        let is_whole = order.iter().filter(|one| !failed.contains(one)).all(|from| {
            let living = order.iter().filter(|one| !failed.contains(one));
            living.into_iter().all(|to| hops(&edges, failed, *from, *to).is_some())
        });
        assert_eq!(info.health < moai_swarm::Reach::Critical, is_whole, "{info:?}");
        if failed.is_empty() {
            assert_eq!(info.health, moai_swarm::Reach::Healthy, "{info:?}");
        }
    }
}

async fn run(steps: Vec<Step>) {
    let mut topology = Topology::Mesh;
    let swarm = SwarmCoordinator::new(swarm_id!("swarm-001"), topology);
    let (mut order, mut failed): (Vec<usize>, BTreeSet<usize>) = Default::default();
    let mut mailboxes: BTreeMap<usize, Box<dyn Mailbox>> = BTreeMap::new();
    for (number, step) in steps.into_iter().enumerate() {
        let pick = |order: &[usize], at: usize| (!order.is_empty()).then(|| order[at % order.len()]);
        match step {
            Step::Join => {
                let mailbox = join(&swarm, [number]).await.remove(0);
                mailboxes.insert(number, mailbox);
                order.push(number);
            }
            Step::Leave(at) | Step::Drop(at) => {
                let Some(gone) = pick(&order, at) else { continue };
                if matches!(step, Step::Leave(_)) {
                    swarm.leave(&agent(gone)).await.unwrap();
                }
                mailboxes.remove(&gone);
                order.retain(|one| *one != gone);
                failed.remove(&gone);
            }
            Step::Fail(at) => {
                let Some(fails) = pick(&order, at) else { continue };
                swarm.set_state(&agent(fails), AgentState::Failed).await.unwrap();
                failed.insert(fails);
            }
            Step::Recover(at) => {
                let Some(recovers) = pick(&order, at) else { continue };
                swarm.set_state(&agent(recovers), AgentState::Active).await.unwrap();
                failed.remove(&recovers);
            }
            Step::Switch(at) => {
                topology = TOPOLOGIES[at];
                swarm.switch_topology(topology);
            }
        }
    }
    for topology in TOPOLOGIES {
        swarm.switch_topology(topology);
        compare(&swarm, topology, &order, &failed, &mut mailboxes).await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_message_goes_another_way_than_the_drawing_says(steps in vec(step(), 1..40)) {
        pollster::block_on(run(steps));
    }
}
