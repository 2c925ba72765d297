//! A vote is decided at the earliest vote at which its outcome is certain, and never before: brute force.
//!
//! Every built-in rule with the shares 1/3, 1/2, 2/3 and 1, every "all of" and "any of" two of them, and every "not", over
//! every electorate of a total weight up to [`WEIGHT`], in every state that a vote can be in. `determine` must say Pass
//! exactly when everything that can still happen passes, and Fail exactly when everything fails. Further: small
//! electorates with groups and vetoes, and random compositions three deep.
//!
//! `cargo test` alone goes up to a weight of 5, so that it is quick; `cargo xtask test` and all that CI runs go up to 10.

#![allow(clippy::disallowed_methods, reason = "two threads halve the time")]

mod oracle;

use std::sync::atomic::{AtomicUsize, Ordering};

use moai_consensus::{Extremes, FinalTally, Rule, Standing, Status, Why, determine};
use moai_core::{Chance, SeededChance};
use oracle::{Kind, Spec, World};

/// The variable that says up to which total weight every electorate is tried.
const WEIGHT: &str = "MOAI_DECISION_WEIGHT";

fn weight() -> u64 {
    let asked = std::env::var(WEIGHT).ok();
    asked.map_or(5, |asked| asked.parse().unwrap_or_else(|_| panic!("{WEIGHT} is `{asked}`, not a number")))
}

const SHARES: [(u64, u64); 4] = [(1, 3), (1, 2), (2, 3), (1, 1)];

/// Every built-in rule.
fn leaves() -> Vec<Spec> {
    let mut leaves =
        vec![Spec::Veto, Spec::Unanimous, Spec::Diversity(1, 1), Spec::Diversity(2, 2), Spec::Diversity(3, 1)];
    for share in SHARES {
        for by_weight in [false, true] {
            leaves.push(Spec::Turnout { share, by_weight });
            for base in 0..3 {
                leaves.push(Spec::Threshold { share, more: false, base, by_weight });
                if share != (1, 1) {
                    leaves.push(Spec::Threshold { share, more: true, base, by_weight });
                }
            }
        }
    }
    leaves
}

/// Every way to write numbers up to `total` as a sum of weights.
fn electorates(total: u64) -> Vec<Vec<(Kind, u8)>> {
    fn extend(left: u64, greatest: u64, so_far: &mut Vec<(Kind, u8)>, all: &mut Vec<Vec<(Kind, u8)>>) {
        all.push(so_far.clone());
        for weight in 1..=greatest.min(left) {
            for heads in 1..=left / weight {
                so_far.push((Kind { weight, group: None, veto: false }, u8::try_from(heads).unwrap()));
                extend(left - weight * heads, weight - 1, so_far, all);
                so_far.pop();
            }
        }
    }
    let mut all = Vec::new();
    extend(total, total, &mut Vec::new(), &mut all);
    all
}

/// Small electorates with groups and vetoes: up to three kinds, with one or two voters each.
fn mixed() -> Vec<Vec<(Kind, u8)>> {
    let mut kinds = Vec::new();
    for group in [None, Some(0), Some(1)] {
        for veto in [false, true] {
            for heads in 1..=2 {
                kinds.push((Kind { weight: 1 + u64::from(veto), group, veto }, heads));
            }
        }
    }
    let mut all = Vec::new();
    for (at, one) in kinds.iter().enumerate() {
        all.push(vec![*one]);
        for (next, two) in kinds.iter().enumerate().skip(at + 1).filter(|(_, two)| two.0 != one.0) {
            all.push(vec![*one, *two]);
            for three in kinds.iter().skip(next + 1).filter(|three| three.0 != two.0 && three.0 != one.0) {
                all.push(vec![*one, *two, *three]);
            }
        }
    }
    all
}

/// What a harness found.
#[derive(Default)]
struct Found {
    looks: u64,
    /// Decided though it was open.
    unsound: u64,
    /// Open though it was certain.
    late: u64,
    example: Option<String>,
}

impl Found {
    fn add(&mut self, other: Self) {
        self.looks += other.looks;
        self.unsound += other.unsound;
        self.late += other.late;
        self.example = self.example.take().or(other.example);
    }
}

/// Holds a rule against what is possible in every state of a world.
fn hold(world: &World, rule: &dyn Rule, possible: &[(bool, bool)]) -> Found {
    let mut found = Found::default();
    for ((tally, possible), state) in world.tallies.iter().zip(possible).zip(&world.states) {
        let certain = match possible {
            (true, false) => Status::Pass,
            (false, true) => Status::Fail,
            _ => Status::Open,
        };
        let said = determine(rule, tally);
        found.looks += 1;
        if said.status != certain || !said.exact {
            let is_late = said.status == Status::Open;
            found.late += u64::from(is_late);
            found.unsound += u64::from(!is_late);
            let words =
                || format!("{} in {:?} at {state:?}: {said:?}, certain is {certain:?}", rule.words(), world.kinds);
            found.example.get_or_insert_with(words);
        }
    }
    found
}

/// Every built-in rule and every composition of two, in one world.
fn every_rule(kinds: &[(Kind, u8)]) -> Found {
    let (world, leaves) = (World::new(kinds.to_vec()), leaves());
    let finals: Vec<Vec<bool>> = leaves.iter().map(|leaf| world.finals(leaf)).collect();
    let mut found = Found::default();
    let mut judge = |spec: Spec, finals: &[bool]| {
        found.add(hold(&world, spec.rule().as_ref(), &world.possible(finals)));
    };
    for (at, leaf) in leaves.iter().enumerate() {
        judge(leaf.clone(), &finals[at]);
        judge(Spec::Not(Box::new(leaf.clone())), &finals[at].iter().map(|pass| !pass).collect::<Vec<_>>());
        for (other_at, other) in leaves.iter().enumerate().skip(at + 1) {
            let both: Vec<bool> = finals[at].iter().zip(&finals[other_at]).map(|(l, r)| l & r).collect();
            judge(Spec::All(vec![leaf.clone(), other.clone()]), &both);
            let one: Vec<bool> = finals[at].iter().zip(&finals[other_at]).map(|(l, r)| l | r).collect();
            judge(Spec::Any(vec![leaf.clone(), other.clone()]), &one);
        }
    }
    found
}

/// Two threads share the worlds.
fn every_world(worlds: &[Vec<(Kind, u8)>], work: impl Fn(&[(Kind, u8)]) -> Found + Sync) -> Found {
    let next = AtomicUsize::new(0);
    let walk = || {
        let mut found = Found::default();
        while let Some(kinds) = worlds.get(next.fetch_add(1, Ordering::Relaxed)) {
            found.add(work(kinds));
        }
        found
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(walk);
        let mut found = walk();
        found.add(other.join().expect("the other thread panicked"));
        found
    })
}

fn nothing_found(found: &Found) {
    assert_eq!((found.unsound, found.late), (0, 0), "{}", found.example.as_deref().unwrap_or_default());
}

#[test]
fn every_rule_and_every_pair_is_decided_exactly_in_every_electorate() {
    let worlds = electorates(weight());
    let found = every_world(&worlds, every_rule);
    println!("{} electorates of weight up to {}, {} looks", worlds.len(), weight(), found.looks);
    nothing_found(&found);
}

#[test]
fn groups_and_vetoes_are_decided_exactly() {
    let worlds = mixed();
    let some: Vec<_> = if weight() >= 10 { worlds } else { worlds.into_iter().step_by(16).collect() };
    let found = every_world(&some, every_rule);
    println!("{} electorates with groups and vetoes, {} looks", some.len(), found.looks);
    nothing_found(&found);
}

/// A random number below `end`.
fn draw(chance: &SeededChance, end: usize) -> usize {
    usize::try_from(chance.draw().unwrap() % end as u64).unwrap()
}

fn composed(chance: &SeededChance, leaves: &[Spec], depth: usize) -> Spec {
    if depth == 0 {
        return leaves[draw(chance, leaves.len())].clone();
    }
    let parts = |count: usize| (0..count).map(|_| composed(chance, leaves, depth - 1)).collect::<Vec<_>>();
    match draw(chance, 5) {
        0 | 1 => Spec::All(parts(2)),
        2 | 3 => Spec::Any(parts(2)),
        _ => Spec::Not(Box::new(parts(1).remove(0))),
    }
}

#[test]
fn ten_thousand_compositions_three_deep_are_decided_exactly() {
    let (leaves, worlds, others) = (leaves(), electorates(6), mixed());
    let seeds: Vec<u64> = (0..10_000).collect();
    let next = AtomicUsize::new(0);
    let walk = || {
        let mut found = Found::default();
        while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
            let chance = SeededChance::new(*seed);
            let worlds = if draw(&chance, 2) == 0 { &worlds } else { &others };
            let world = World::new(worlds[draw(&chance, worlds.len())].clone());
            let spec = composed(&chance, &leaves, 3);
            found.add(hold(&world, spec.rule().as_ref(), &world.possible(&world.finals(&spec))));
        }
        found
    };
    let found = std::thread::scope(|scope| {
        let other = scope.spawn(walk);
        let mut found = walk();
        found.add(other.join().expect("the other thread panicked"));
        found
    });
    println!("10,000 compositions, {} looks", found.looks);
    nothing_found(&found);
}

/// More than half of those who took a side, with a lie about what harms it.
struct Liar;

impl Rule for Liar {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        let (votes, whole) = (tally.in_favour().heads, tally.expressed().heads);
        if 2 * votes > whole { Ok(()) } else { Err(Why::Nobody) }
    }
    fn words(&self) -> String {
        "more than half of those who took a side".into()
    }
    fn extremes(&self) -> Extremes {
        Extremes::new(&[Standing::For], &[Standing::Silent])
    }
}

/// The same rule without the lie.
struct Honest;

impl Rule for Honest {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        Liar.holds(tally)
    }
    fn words(&self) -> String {
        Liar.words()
    }
}

fn five() -> World {
    World::new(vec![(Kind { weight: 1, group: None, veto: false }, 5)])
}

#[test]
fn a_rule_of_ones_own_that_claims_nothing_is_decided_exactly() {
    let (world, spec) = (five(), Spec::Threshold { share: (1, 2), more: true, base: 2, by_weight: false });
    nothing_found(&hold(&world, &Honest, &world.possible(&world.finals(&spec))));
}

#[test]
fn a_rule_that_lies_about_its_extremes_is_caught() {
    let (world, spec) = (five(), Spec::Threshold { share: (1, 2), more: true, base: 2, by_weight: false });
    assert!(hold(&world, &Liar, &world.possible(&world.finals(&spec))).unsound > 0);
}

#[test]
fn a_rule_that_is_off_by_one_is_caught_as_early_and_as_late() {
    let world = five();
    let of = |more| Spec::Threshold { share: (2, 5), more, base: 0, by_weight: false };
    let against =
        |mine: Spec, theirs: Spec| hold(&world, mine.rule().as_ref(), &world.possible(&world.finals(&theirs)));
    assert!(against(of(false), of(true)).unsound > 0, "it decides too early");
    assert!(against(of(true), of(false)).late > 0, "it decides too late");
}

#[test]
fn a_vote_with_too_much_to_try_stays_open_and_says_so() {
    let kinds = (1..=20).map(|weight| (Kind { weight, group: None, veto: false }, 1)).collect::<Vec<_>>();
    let ids = kinds.iter().map(|(kind, _)| {
        moai_consensus::Elector::new(moai_core::AgentId::new(format!("v{}", kind.weight)).unwrap())
            .weighing(kind.weight)
    });
    let tally = moai_consensus::Tally::new(moai_consensus::Electorate::new(ids).unwrap());
    let said = determine(&Honest, &tally);
    assert_eq!((said.status, said.exact), (Status::Open, false));
}
