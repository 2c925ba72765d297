//! A vote is decided at the earliest vote at which its outcome is certain, and never before: brute force.
//!
//! Every built-in rule with the shares 1/3, 1/2, 2/3 and 1, every "all of" and "any of" two of them, and every "not", over
//! every electorate of a total weight up to [`WEIGHT`], in every state that a vote can be in. `determine` must say Pass
//! exactly when everything that can still happen passes, and Fail exactly when everything fails. Further: pairs of which one
//! is turned around, small electorates with groups, vetoes and voters who weigh nothing, and random compositions three deep.
//!
//! That this can fail is shown in `faults.rs`; what holds where there is too much to try, in `beyond.rs`.
//!
//! `cargo test` alone goes up to a weight of 5, so that it is quick; `cargo xtask test` and all that CI runs go up to 8, and
//! `cargo xtask test full` up to 10.

#![allow(clippy::disallowed_methods, reason = "two threads halve the time")]

mod beyond;
mod faults;
mod oracle;

use std::sync::atomic::{AtomicUsize, Ordering};

use moai_consensus::{Determined, Rule, Status, Tally, determine};
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
    /// Said not to be exact, though it is known or can be tried.
    inexact: u64,
    example: Option<String>,
}

impl Found {
    fn add(&mut self, other: Self) {
        self.looks += other.looks;
        self.unsound += other.unsound;
        self.late += other.late;
        self.inexact += other.inexact;
        self.example = self.example.take().or(other.example);
    }
}

/// Holds a rule against what is possible in every state of a world.
fn hold(world: &World, rule: &dyn Rule, possible: &[(bool, bool)]) -> Found {
    hold_with(determine, world, rule, possible)
}

/// The same with another way to find out where a vote stands.
fn hold_with(
    decide: impl Fn(&dyn Rule, &Tally) -> Determined,
    world: &World,
    rule: &dyn Rule,
    possible: &[(bool, bool)],
) -> Found {
    let mut found = Found::default();
    for ((tally, possible), state) in world.tallies.iter().zip(possible).zip(&world.states) {
        let certain = match possible {
            (true, false) => Status::Pass,
            (false, true) => Status::Fail,
            _ => Status::Open,
        };
        let said = decide(rule, tally);
        found.looks += 1;
        found.inexact += u64::from(!said.exact);
        if said.status != certain || !said.exact {
            let is_late = said.status == Status::Open && certain != Status::Open;
            found.late += u64::from(is_late);
            found.unsound += u64::from(said.status != certain && !is_late);
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

/// Every two built-in rules of which one is turned around, a rule and itself included, in one world. What helps one
/// harms the other, so most have no extremes.
fn every_contrary_pair(kinds: &[(Kind, u8)]) -> Found {
    let (world, leaves) = (World::new(kinds.to_vec()), leaves());
    let finals: Vec<Vec<bool>> = leaves.iter().map(|leaf| world.finals(leaf)).collect();
    let mut found = Found::default();
    for (leaf, leaf_finals) in leaves.iter().zip(&finals) {
        let turned = Spec::Not(Box::new(leaf.clone()));
        for (other, other_finals) in leaves.iter().zip(&finals) {
            let each = || leaf_finals.iter().zip(other_finals);
            let both: Vec<bool> = each().map(|(l, r)| !l & r).collect();
            let pair = Spec::All(vec![turned.clone(), other.clone()]);
            found.add(hold(&world, pair.rule().as_ref(), &world.possible(&both)));
            let one: Vec<bool> = each().map(|(l, r)| !l | r).collect();
            let pair = Spec::Any(vec![turned.clone(), other.clone()]);
            found.add(hold(&world, pair.rule().as_ref(), &world.possible(&one)));
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
    assert!(found.looks > 0, "nothing was looked at");
    let faults = (found.unsound, found.late, found.inexact);
    assert_eq!(faults, (0, 0, 0), "{}", found.example.as_deref().unwrap_or_default());
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

#[test]
fn pairs_of_contraries_are_decided_exactly() {
    let worlds = electorates(weight().min(8));
    let found = every_world(&worlds, every_contrary_pair);
    println!("{} electorates of weight up to {}, {} looks", worlds.len(), weight().min(8), found.looks);
    nothing_found(&found);
    let some = if weight() >= 10 { 16 } else { 80 };
    let mixed = mixed().into_iter().step_by(some).collect::<Vec<_>>();
    let found = every_world(&mixed, every_contrary_pair);
    println!("{} electorates with groups and vetoes, {} looks", mixed.len(), found.looks);
    nothing_found(&found);
}

/// One or two voters who weigh nothing, alone and beside others.
#[test]
fn voters_who_weigh_nothing_are_decided_exactly() {
    let mut worlds = Vec::new();
    for heads in 1..=2 {
        for mut kinds in electorates(if weight() >= 10 { 3 } else { 2 }) {
            kinds.push((Kind { weight: 0, group: None, veto: heads == 2 }, heads));
            worlds.push(kinds);
        }
    }
    let mut found = every_world(&worlds, every_rule);
    found.add(every_world(&worlds, every_contrary_pair));
    println!("{} electorates with voters who weigh nothing, {} looks", worlds.len(), found.looks);
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
