//! Thousands of worlds: agreement, validity, an end, and no honest agent accused.

use moai_consensus::{Choice, Ratio, Rule, SharedRule, Threshold, Unanimous};

use crate::leaders::{Corrupter, Turncoat};
use crate::liars::{Forger, Liar, Silent, Twins, Withholder};
use crate::seeds::Seeds;
use crate::world::{DELTA, Network, Node, Seen, World, agent, setting};

pub(crate) fn world(seed: u64, members: usize) -> World {
    let mut seeds = Seeds::new(seed);
    let weights: Vec<u64> = match seeds.below(3) {
        0 => (0..members).map(|_| 1 + seeds.below(3)).collect(),
        _ => vec![1; members],
    };
    let faults = (weights.iter().sum::<u64>() - 1) / 3;
    // Quorums are larger than 2f + 1 where fewer may lie than could.
    let faults = if seeds.chance(30) { seeds.below(faults + 1) } else { faults };
    let half = || Threshold::more_than(Ratio::HALF).unwrap();
    let rule: SharedRule = match seeds.below(4) {
        0 => Threshold::at_least(Ratio::new(2, 3).unwrap()).unwrap().by_weight().shared(),
        1 => Unanimous.shared(),
        2 => half().of_cast().shared(),
        _ => half().shared(),
    };
    let deadline = 200_000 + seeds.below(2_000_000) as i64;
    let setting = setting(seed, &weights, faults, rule.clone(), deadline);
    let network = Network {
        good_from: seeds.below(4_000_000) as i64,
        longest: seeds.pick(&[1, DELTA, 3 * DELTA, 12 * DELTA]).unwrap(),
        lost: seeds.pick(&[0, 5, 20, 60, 80]).unwrap(),
        twice: seeds.pick(&[0, 10, 40]).unwrap(),
        crash: seeds.pick(&[0, 0, 1, 5]).unwrap(),
        good: (1, DELTA),
    };
    let skewed = seeds.chance(30);
    let mut nodes: Vec<Node> = Vec::new();
    for place in 0..members as u32 {
        let choice = seeds.pick(&[Choice::For, Choice::For, Choice::Against, Choice::Abstain]).unwrap();
        let skew = if skewed { seeds.below(DELTA as u64) as i64 } else { 0 };
        nodes.push(Node::Honest { agent: Some(Box::new(agent(&setting, place))), journal: Vec::new(), choice, skew });
    }
    let (mut left, mut tries) = (faults, seeds.below(2 * members as u64));
    while left > 0 && tries > 0 {
        tries -= 1;
        let place = seeds.below(members as u64) as usize;
        let weight = weights[place];
        if weight > left || matches!(nodes[place], Node::Liar(_)) {
            continue;
        }
        left -= weight;
        let me = place as u32;
        let liar: Box<dyn Liar> = match seeds.below(9) {
            0 => Box::new(Silent),
            6 => Box::new(Turncoat::new(&setting, me)),
            7 | 8 => Box::new(Corrupter::new(&setting, me, &mut seeds)),
            1 | 2 => Box::new(Twins::new(&setting, me, &mut seeds)),
            3 => Box::new(Withholder::new(&setting, me, &mut seeds)),
            _ => Box::new(Forger::new(&setting, me, &mut seeds)),
        };
        nodes[place] = Node::Liar(liar);
    }
    let mut world = World::new(setting, rule, nodes, network, seeds);
    // Some have no answer in time; in other worlds all are quick.
    let last = if world.seeds.chance(40) { deadline as u64 / 4 } else { deadline as u64 * 5 / 4 };
    world.start(|_, seeds| seeds.below(last) as i64);
    if world.network.crash > 0 && world.seeds.chance(40) {
        world.crash_all_once();
    }
    world
}

/// Far more than a decision takes once the network is good, and a bound all the same.
const PATIENCE: i64 = 400 * DELTA;

/// Runs one world to its end. How it ended.
pub(crate) fn run(seed: u64, members: usize) -> World {
    let mut world = world(seed, members);
    let until = world.network.good_from.max(world.setting.deadline().unix_micros()) + PATIENCE;
    let ended = world.run(until);
    world.check_outcome();
    assert!(ended, "seed {seed}, n = {members}: {} agents decided", world.agreed.len());
    world
}

fn add(all: &mut Seen, one: &Seen) {
    all.sent += one.sent;
    all.lost += one.lost;
    all.repeated += one.repeated;
    all.crashes += one.crashes;
    all.highest_view = all.highest_view.max(one.highest_view);
    all.longest = all.longest.max(one.longest);
    for (code, count) in &one.refused {
        *all.refused.entry(code).or_default() += count;
    }
    for (offence, count) in &one.offences {
        *all.offences.entry(*offence).or_default() += count;
    }
    for (verdict, count) in &one.verdicts {
        *all.verdicts.entry(verdict).or_default() += count;
    }
}

#[test]
fn honest_agents_disagree_stop_or_are_accused() {
    let worlds = std::env::var("MOAI_WORLDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_u64);
    let from = std::env::var("MOAI_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(0_u64);
    let mut seen = Seen::default();
    for (members, runs) in [(4, 1_500), (7, 500), (10, 200), (31, 8)] {
        for seed in from..from + runs * worlds {
            add(&mut seen, &run(seed, members).seen);
        }
    }
    println!("{} sent, {} lost, {} repeated, {} crashes", seen.sent, seen.lost, seen.repeated, seen.crashes);
    println!("{:?} {:?} {:?}", seen.refused, seen.offences, seen.verdicts);
    println!("highest view {}, longest after it was good {} deltas", seen.highest_view, seen.longest / DELTA);
    // Worlds in which nothing happens prove nothing.
    assert!(seen.lost > 1_000 && seen.repeated > 1_000 && seen.crashes > 1_000);
    assert_eq!(seen.offences.len(), 7, "an offence was never met: {:?}", seen.offences);
    assert_eq!(seen.verdicts.len(), 3, "{:?}", seen.verdicts);
    assert_eq!(seen.refused.len(), 3, "{:?}", seen.refused);
}

#[test]
fn a_seed_gives_two_histories() {
    for seed in 0..20 {
        let [one, other] = [run(seed, 4), run(seed, 4)];
        assert_eq!((one.now, one.seen.sent, one.digest()), (other.now, other.seen.sent, other.digest()));
    }
}
