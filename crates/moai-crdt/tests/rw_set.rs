//! The marks of a set in which removing wins: when they may go, and what happens when they go too early.

use moai_core::agent_id;
use moai_crdt::{Causal, Digest, Merge, ReplicaId, RwSet};
use proptest::collection::vec;
use proptest::prelude::*;

type Set = Causal<RwSet<u8>>;

fn replicas() -> [ReplicaId; 3] {
    [agent_id!("a"), agent_id!("b"), agent_id!("c")].map(|agent| ReplicaId::derive(&agent, 0))
}

#[derive(Debug, Clone)]
enum Step {
    Write {
        at: usize,
        element: u8,
        add: bool,
    },
    Merge {
        from: usize,
        to: usize,
    },
    /// `of` tells `to` what it has; the data may come later.
    Tell {
        of: usize,
        to: usize,
    },
    Compact {
        at: usize,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let ends = || (0..3_usize, 1..3_usize).prop_map(|(from, by)| (from, (from + by) % 3));
    let step = prop_oneof![
        4 => (0..3_usize, 0..2_u8, any::<bool>()).prop_map(|(at, element, add)| Step::Write { at, element, add }),
        5 => ends().prop_map(|(from, to)| Step::Merge { from, to }),
        6 => ends().prop_map(|(of, to)| Step::Tell { of, to }),
        4 => (0..3_usize).prop_map(|at| Step::Compact { at }),
    ];
    vec(step, 0..60)
}

proptest! {
    #[test]
    fn a_mark_is_dropped_that_still_had_something_to_beat(steps in steps()) {
        let me = replicas();
        let (mut marked, mut compacted): ([Set; 3], [Set; 3]) = Default::default();
        let mut told: [[Option<Digest>; 3]; 3] = Default::default();
        for step in steps {
            match step {
                Step::Write { at, element, add } => {
                    for sets in [&mut marked, &mut compacted] {
                        drop(if add { sets[at].add(me[at], element) } else { sets[at].remove(me[at], element) });
                    }
                }
                Step::Merge { from, to } => {
                    for sets in [&mut marked, &mut compacted] {
                        let other = sets[from].clone();
                        sets[to].merge(&other);
                    }
                }
                Step::Tell { of, to } => told[to][of] = Some(compacted[of].digest()),
                Step::Compact { at } => {
                    let others: Vec<Digest> = told[at].iter().flatten().cloned().collect();
                    if others.len() == 2 {
                        drop(compacted[at].compact(&others));
                    }
                }
            }
            for (with, without) in marked.iter().zip(&compacted) {
                prop_assert_eq!(with.iter().collect::<Vec<_>>(), without.iter().collect::<Vec<_>>());
            }
        }
    }
}

#[test]
fn marks_stay_for_ever() {
    let [a, b, _] = replicas();
    let (mut left, mut right) = (Set::default(), Set::default());
    for element in 0..100 {
        let _sent = left.add(a, element);
        let _sent = right.remove(b, element);
    }
    left.merge(&right);
    right.merge(&left);
    assert_eq!((left.len(), left.removed().count()), (0, 100));
    let delta = left.compact(&[right.digest()]);
    right.apply(&delta);
    assert_eq!(left, right);
    assert!(*left.store() == RwSet::default());
}

#[test]
fn a_mark_that_was_forgotten_too_early_splits_the_swarm() {
    let [a, b, _] = replicas();
    let (mut left, mut right) = (Set::default(), Set::default());
    let _sent = left.remove(a, 1);
    let late = right.add(b, 1);
    let mark = left.forget(&1);
    left.apply(&late);
    right.apply(&mark);
    right.merge(&left);
    assert_eq!(left, right);
    assert!(left.contains(&1), "the addition is back, as the page says");
}

#[test]
fn an_element_that_is_in_is_forgotten() {
    let [a, ..] = replicas();
    let mut set = Set::default();
    let _sent = set.add(a, 1);
    assert!(set.forget(&1).is_empty() && set.forget(&2).is_empty());
    assert!(set.compact(&[]).is_empty());
    assert!(set.contains(&1));
}
