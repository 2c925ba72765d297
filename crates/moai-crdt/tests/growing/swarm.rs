//! A swarm of three whose messages get lost, come twice and come late; and the laws, held against what its replicas hold.

use std::collections::BTreeSet;
use std::fmt::Debug;

use moai_crdt::{Merge, ReplicaId, Replicated};
use proptest::prelude::*;
use proptest::sample::Index;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) fn replica(n: usize) -> ReplicaId {
    ReplicaId::new(u64::try_from(n).unwrap() + 1).unwrap()
}

/// A type under examination: what can be done to it, and what it must read like.
pub(crate) trait Exam {
    type State: Replicated + Debug + Serialize + DeserializeOwned;
    type Op: Clone + Debug;

    /// Does something as replica `me`; `None` when it was refused.
    fn act(state: &mut Self::State, me: usize, op: &Self::Op) -> Option<<Self::State as Replicated>::Delta>;

    /// Which events the delta of the last one speaks of; `grew` tells whether it changed anything for its author.
    fn says(history: &[Event<Self::Op>], grew: bool) -> Vec<usize>;

    /// What a replica must read like that has seen these events, and no others.
    fn check(state: &Self::State, seen: &[&Event<Self::Op>]);

    /// What must be true of the whole swarm at all times.
    fn check_swarm(_history: &[Event<Self::Op>]) {}
}

/// Something that happened.
#[derive(Debug, Clone)]
pub(crate) struct Event<O> {
    pub(crate) author: usize,
    pub(crate) op: O,
    /// What the author had seen before.
    pub(crate) knew: BTreeSet<usize>,
}

#[derive(Debug, Clone)]
pub(crate) enum Step<O> {
    Act(usize, O),
    /// A delta arrives; any one, so some never do, and some more than once.
    Deliver(Index, usize),
    /// Two deltas arrive as one.
    DeliverBoth(Index, Index, usize),
    Merge(usize, usize),
    Repair(usize, usize),
}

pub(crate) fn steps<O: Clone + Debug>(op: impl Strategy<Value = O>) -> impl Strategy<Value = Vec<Step<O>>> {
    let who = 0..3_usize;
    let step = prop_oneof![
        5 => (who.clone(), op).prop_map(|(me, op)| Step::Act(me, op)),
        4 => (any::<Index>(), who.clone()).prop_map(|(delta, to)| Step::Deliver(delta, to)),
        2 => (any::<Index>(), any::<Index>(), who.clone()).prop_map(|(a, b, to)| Step::DeliverBoth(a, b, to)),
        1 => (who.clone(), who.clone()).prop_map(|(from, to)| Step::Merge(from, to)),
        1 => (who.clone(), who).prop_map(|(from, to)| Step::Repair(from, to)),
    ];
    prop::collection::vec(step, 0..40)
}

type Seen = BTreeSet<usize>;

pub(crate) fn run<E: Exam>(steps: &[Step<E::Op>]) {
    let mut swarm: Vec<(E::State, Seen)> = (0..3).map(|_| Default::default()).collect();
    let mut history: Vec<Event<E::Op>> = Vec::new();
    let mut sent: Vec<(<E::State as Replicated>::Delta, Seen)> = Vec::new();
    for step in steps {
        let changed = match step {
            Step::Act(me, op) => {
                let (state, seen) = &mut swarm[*me];
                let before = state.clone();
                match E::act(state, *me, op) {
                    None => assert_eq!(*state, before, "what was refused changed something"),
                    Some(delta) => {
                        let mut elsewhere = before;
                        let grew = elsewhere.apply(&delta);
                        assert_eq!(elsewhere, *state, "the delta is not what the mutation did");
                        history.push(Event { author: *me, op: op.clone(), knew: seen.clone() });
                        seen.insert(history.len() - 1);
                        sent.push((delta, E::says(&history, grew).into_iter().collect()));
                    }
                }
                *me
            }
            Step::Deliver(..) | Step::DeliverBoth(..) if sent.is_empty() => continue,
            Step::Deliver(delta, to) => {
                let (delta, says) = delta.get(&sent);
                apply(&mut swarm[*to], delta, says);
                *to
            }
            Step::DeliverBoth(one, other, to) => {
                let ((mut both, mut says), (delta, more)) = (one.get(&sent).clone(), other.get(&sent));
                E::State::join(&mut both, delta);
                says.extend(more);
                apply(&mut swarm[*to], &both, &says);
                *to
            }
            Step::Merge(from, to) => {
                let (state, seen) = swarm[*from].clone();
                let before = swarm[*to].0.clone();
                let grew = swarm[*to].0.merge(&state);
                assert_eq!(grew, swarm[*to].0 != before, "whether it grew was a lie");
                swarm[*to].1.extend(seen);
                *to
            }
            Step::Repair(from, to) => {
                let (state, seen) = swarm[*from].clone();
                let delta = state.delta_for(&swarm[*to].0.digest());
                apply(&mut swarm[*to], &delta, &seen);
                *to
            }
        };
        let (state, seen) = &swarm[changed];
        E::check(state, &seen.iter().map(|&at| &history[at]).collect::<Vec<_>>());
        E::check_swarm(&history);
    }
    laws(&swarm[0].0, &swarm[1].0, &swarm[2].0);

    // At last everyone hears from everyone, and the first ones once more from those who heard later.
    for _ in 0..2 {
        for (from, to) in [(0, 1), (1, 2), (2, 0)] {
            let delta = swarm[from].0.delta_for(&swarm[to].0.digest());
            swarm[to].0.apply(&delta);
        }
    }
    for (state, _) in &swarm {
        assert_eq!(*state, swarm[0].0, "they differ in the end");
    }
    E::check(&swarm[0].0, &history.iter().collect::<Vec<_>>());
}

fn apply<T: Replicated + Debug>((state, seen): &mut (T, Seen), delta: &T::Delta, says: &Seen) {
    let before = state.clone();
    let grew = state.apply(delta);
    assert_eq!(grew, *state != before, "whether it grew was a lie");
    assert!(!state.apply(delta), "the second time something was new");
    seen.extend(says);
}

fn merged<T: Replicated>(left: &T, right: &T) -> T {
    let mut merged = left.clone();
    merged.merge(right);
    merged
}

/// What must be true of any three states.
pub(crate) fn laws<T: Replicated + Debug + Serialize + DeserializeOwned>(a: &T, b: &T, c: &T) {
    assert_eq!(merged(&merged(a, b), c), merged(a, &merged(b, c)), "not associative");
    assert_eq!(merged(a, b), merged(b, a), "not commutative");
    assert_eq!(merged(a, a), *a, "not idempotent");
    assert_eq!(merged(a, &T::default()), *a, "the empty state adds something");
    let both = merged(a, b);
    for part in [a, b] {
        assert!(!both.clone().merge(part), "merging loses what was there");
    }
    let mut repaired = a.clone();
    repaired.apply(&b.delta_for(&a.digest()));
    assert_eq!(repaired, both, "a repair by digest is not a merge");
    let mut joined = a.delta_for(&T::default().digest());
    T::join(&mut joined, &b.delta_for(&T::default().digest()));
    let mut applied = c.clone();
    applied.apply(&joined);
    assert_eq!(applied, merged(c, &both), "deltas that were joined are not both");
    let text = serde_json::to_string(&both).unwrap();
    assert_eq!(serde_json::from_str::<T>(&text).unwrap(), both, "what was written reads differently");
}
