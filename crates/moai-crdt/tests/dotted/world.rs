//! Three replicas, and a network that loses, repeats and reorders.

use moai_core::AgentId;
use moai_crdt::{Causal, Delta, DotStore, Merge, ReplicaId, Writer};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::history::{Act, Event, History};

pub(crate) const REPLICAS: usize = 3;

/// A type under test: what can be done to it, how it reads, and what it should read.
pub(crate) trait Kind: 'static {
    type Store: DotStore + PartialEq + std::fmt::Debug;
    type Op: Clone + std::fmt::Debug + 'static;
    type Reading: PartialEq + std::fmt::Debug;

    fn ops() -> BoxedStrategy<Self::Op>;

    fn act(store: &mut Self::Store, writer: &mut Writer<'_>, op: &Self::Op) -> <Self::Store as DotStore>::Change;

    /// What is read; the harness asks only where something is alive.
    fn read(store: &Self::Store) -> Self::Reading;

    /// What must be read after these events, from the history alone; nothing, when nothing may be alive.
    fn spec(history: &History<Self::Op>) -> Option<Self::Reading>;
}

#[derive(Debug, Clone)]
pub(crate) enum Step<O> {
    Act {
        at: usize,
        op: O,
    },
    Wipe {
        at: usize,
    },
    /// One delta arrives, or two as one, or the same one once more; those that nobody picks are lost.
    Deliver {
        first: usize,
        second: Option<usize>,
        to: usize,
    },
    /// What a digest shows to be missing.
    Sync {
        from: usize,
        to: usize,
    },
    Merge {
        from: usize,
        to: usize,
    },
}

/// Steps in which everybody has the past of all that they have.
pub(crate) fn calm<K: Kind>() -> BoxedStrategy<Vec<Step<K::Op>>> {
    vec(prop_oneof![5 => acts::<K>(), 3 => merges()], 0..30).boxed()
}

/// Steps in which deltas arrive alone, late, twice or never.
pub(crate) fn wild<K: Kind>() -> BoxedStrategy<Vec<Step<K::Op>>> {
    let second = prop::option::weighted(0.3, 0..30_usize);
    let deliver =
        (0..30_usize, second, 0..REPLICAS).prop_map(|(first, second, to)| Step::Deliver { first, second, to });
    vec(prop_oneof![6 => acts::<K>(), 7 => deliver, 1 => merges()], 0..40).boxed()
}

fn acts<K: Kind>() -> impl Strategy<Value = Step<K::Op>> {
    prop_oneof![
        9 => (0..REPLICAS, K::ops()).prop_map(|(at, op)| Step::Act { at, op }),
        1 => (0..REPLICAS).prop_map(|at| Step::Wipe { at }),
    ]
}

fn merges<O: Clone + std::fmt::Debug>() -> impl Strategy<Value = Step<O>> {
    let ends = (0..REPLICAS, 1..REPLICAS, any::<bool>());
    ends.prop_map(|(from, by, whole)| {
        let to = (from + by) % REPLICAS;
        if whole { Step::Merge { from, to } } else { Step::Sync { from, to } }
    })
}

pub(crate) fn replica(at: usize) -> ReplicaId {
    ReplicaId::derive(&AgentId::new(["a", "b", "c"][at]).unwrap(), 0)
}

struct World<K: Kind> {
    states: [Causal<K::Store>; REPLICAS],
    known: [u64; REPLICAS],
    sent: Vec<(Delta<K::Store>, u64)>,
    history: History<K::Op>,
}

impl<K: Kind> World<K> {
    fn step(&mut self, step: Step<K::Op>) -> Result<(), TestCaseError> {
        match step {
            Step::Act { at, op } => self.act(at, Act::Do(op)),
            Step::Wipe { at } => self.act(at, Act::Wipe),
            Step::Deliver { first, second, to } => {
                let Some((mut delta, mut events)) = self.sent.get(first).cloned() else { return Ok(()) };
                if let Some((second, more)) = second.and_then(|second| self.sent.get(second)) {
                    delta.join(second);
                    events |= more;
                }
                let before = self.states[to].clone();
                let changed = self.states[to].apply(&delta);
                prop_assert_eq!(changed, before != self.states[to], "says whether anything was new");
                prop_assert!(!self.states[to].apply(&delta), "the second time nothing is new");
                self.known[to] |= events;
            }
            Step::Sync { from, to } => {
                let delta = self.states[from].delta_for(&self.states[to].digest());
                let mut whole = self.states[to].clone();
                let grew = whole.merge(&self.states[from]);
                prop_assert_eq!(self.states[to].apply(&delta), grew);
                prop_assert_eq!(&self.states[to], &whole, "a digest brings what the whole state would");
                self.known[to] |= self.known[from];
            }
            Step::Merge { from, to } => {
                let (before, other) = (self.states[to].clone(), self.states[from].clone());
                let changed = self.states[to].merge(&other);
                prop_assert_eq!(changed, before != self.states[to], "says whether anything was new");
                self.known[to] |= self.known[from];
            }
        }
        Ok(())
    }

    fn act(&mut self, at: usize, act: Act<K::Op>) {
        let id = self.history.0.len();
        let delta = self.states[at].mutate(replica(at), |store, writer| match &act {
            Act::Do(op) => K::act(store, writer, op),
            Act::Wipe => std::mem::take(store).removal(),
        });
        self.history.0.push(Event { id, replica: at, act, saw: self.known[at] });
        self.known[at] |= 1 << id;
        self.sent.push((delta, 1 << id));
    }

    fn reads_as_specified(&self, at: usize) -> Result<(), TestCaseError> {
        let store = self.states[at].store();
        let read = (!store.is_bottom()).then(|| K::read(store));
        prop_assert_eq!(read, K::spec(&self.history.known(self.known[at])), "replica {} of {:?}", at, self.history);
        Ok(())
    }

    fn keeps_the_laws(&self) -> Result<(), TestCaseError> {
        let merged = |left: &Causal<K::Store>, right: &Causal<K::Store>| {
            let mut merged = left.clone();
            merged.merge(right);
            merged
        };
        let [a, b, c] = &self.states;
        prop_assert_eq!(&merged(a, a), a, "idempotent");
        prop_assert_eq!(merged(a, b), merged(b, a), "commutative");
        prop_assert_eq!(merged(&merged(a, b), c), merged(a, &merged(b, c)), "associative");
        prop_assert_eq!(&merged(&merged(a, b), b), &merged(a, b), "absorbing");
        Ok(())
    }
}

/// Plays the steps. Where everybody has the past of what they have, each step must read as specified; at the end, when
/// all have everything, it must in any case.
pub(crate) fn play<K: Kind>(steps: Vec<Step<K::Op>>, is_calm: bool) -> Result<(), TestCaseError> {
    let mut world =
        World::<K> { states: Default::default(), known: [0; REPLICAS], sent: Vec::new(), history: History(Vec::new()) };
    for step in steps {
        world.step(step)?;
        for at in (0..REPLICAS).filter(|_| is_calm) {
            world.reads_as_specified(at)?;
        }
    }
    world.keeps_the_laws()?;
    for (from, to) in [(0, 1), (1, 2), (2, 0), (2, 1)] {
        world.step(Step::Sync { from, to })?;
    }
    for at in 0..REPLICAS {
        prop_assert_eq!(&world.states[at], &world.states[0], "all have the same");
        prop_assert_eq!(format!("{:?}", &world.states[at]), format!("{:?}", &world.states[0]), "and show the same");
        prop_assert!(world.states[at].seen().runs().count() <= REPLICAS, "what is known has no gaps");
        world.reads_as_specified(at)?;
    }
    Ok(())
}
