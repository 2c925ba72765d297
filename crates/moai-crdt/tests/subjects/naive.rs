//! A set in which adding wins, as plain as can be, with a fault planted or with none: it shows that the machines bark.

use std::collections::BTreeSet;

use moai_crdt::laws::Turn;
use moai_crdt::{Dot, Merge, Replicated};

use super::{AddRemove, Delta, History, Subject};

/// What is wrong with it.
pub(crate) mod fault {
    pub(crate) const NONE: u8 = 0;
    /// Merging takes in what is new, and forgets what is gone.
    pub(crate) const MERGE_FORGETS_KILLS: u8 = 1;
    /// A removal is not remembered, so the next merge brings back what was removed.
    pub(crate) const REMOVAL_IS_FORGOTTEN: u8 = 2;
    /// Merging says "new" whatever happened.
    pub(crate) const MERGE_ALWAYS_SAYS_NEW: u8 = 3;
    /// A removal's delta names nothing.
    pub(crate) const DELTA_FORGETS_KILLS: u8 = 4;
    /// A delta is ignored where an earlier one of its author is missing.
    pub(crate) const DELTAS_ONLY_IN_ORDER: u8 = 5;
    /// Of two joined deltas the later one is gone.
    pub(crate) const JOIN_KEEPS_ONE: u8 = 6;
    /// What a digest shows to be missing has no removals of what the other side has.
    pub(crate) const DIGEST_MISSES_REMOVALS: u8 = 7;
    /// Operations do nothing.
    pub(crate) const DROPS_EVERYTHING: u8 = 8;
    /// A removal takes the element away wherever it is, also what it has not seen.
    pub(crate) const REMOVAL_WINS: u8 = 9;
    /// An element that was added again has only its new dot, and the old one is forgotten in the delta.
    pub(crate) const DELTA_FORGETS_REPLACED: u8 = 10;
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Naive<const FAULT: u8> {
    alive: BTreeSet<(Dot, u8)>,
    seen: BTreeSet<Dot>,
    /// Only with `REMOVAL_WINS`: what may never be there again.
    banned: BTreeSet<u8>,
}

impl<const FAULT: u8> Naive<FAULT> {
    fn dots(&self) -> BTreeSet<Dot> {
        self.alive.iter().map(|&(dot, _)| dot).collect()
    }

    fn take_in(&mut self, other: &Self, forget_kills: bool) -> bool {
        let before = self.clone();
        self.alive.retain(|entry| forget_kills || !other.seen.contains(&entry.0) || other.alive.contains(entry));
        self.alive.extend(other.alive.iter().filter(|(dot, _)| !self.seen.contains(dot)));
        self.seen.extend(&other.seen);
        self.banned.extend(&other.banned);
        self.alive.retain(|(_, element)| !self.banned.contains(element));
        *self != before
    }

    /// Removes `element`; the delta.
    fn remove(&mut self, element: u8) -> Self {
        let killed: BTreeSet<Dot> = self.alive.iter().filter(|e| e.1 == element).map(|e| e.0).collect();
        self.alive.retain(|e| e.1 != element);
        let mut delta = Self { seen: killed.clone(), ..Self::default() };
        match FAULT {
            fault::REMOVAL_IS_FORGOTTEN => self.seen = self.seen.difference(&killed).copied().collect(),
            fault::DELTA_FORGETS_KILLS => delta.seen.clear(),
            fault::REMOVAL_WINS => {
                self.banned.insert(element);
                delta.banned.insert(element);
            }
            _ => {}
        }
        delta
    }

    fn add(&mut self, turn: Turn, element: u8) -> Self {
        let mut delta = self.remove(element);
        if FAULT == fault::DELTA_FORGETS_REPLACED {
            delta.seen.clear();
        }
        let seq = 1 + self.seen.iter().filter(|dot| dot.replica() == turn.by).count() as u64;
        let dot = Dot::new(turn.by, seq).expect("small");
        for state in [&mut *self, &mut delta] {
            state.alive.insert((dot, element));
            state.seen.insert(dot);
        }
        self.alive.retain(|(_, element)| !self.banned.contains(element));
        delta
    }
}

impl<const FAULT: u8> Merge for Naive<FAULT> {
    fn merge(&mut self, other: &Self) -> bool {
        self.take_in(other, FAULT == fault::MERGE_FORGETS_KILLS) || FAULT == fault::MERGE_ALWAYS_SAYS_NEW
    }
}

impl<const FAULT: u8> Replicated for Naive<FAULT> {
    type Delta = Self;
    /// What was seen, and what is alive.
    type Digest = (BTreeSet<Dot>, BTreeSet<Dot>);

    fn apply(&mut self, delta: &Self) -> bool {
        let ready =
            |dot: &Dot| dot.seq() == 1 || Dot::new(dot.replica(), dot.seq() - 1).is_ok_and(|d| self.seen.contains(&d));
        if FAULT == fault::DELTAS_ONLY_IN_ORDER && delta.alive.iter().any(|(dot, _)| !ready(dot)) {
            return false;
        }
        self.take_in(delta, false)
    }

    fn join(delta: &mut Self, other: &Self) {
        if FAULT != fault::JOIN_KEEPS_ONE {
            delta.take_in(other, false);
        }
    }

    fn digest(&self) -> Self::Digest {
        (self.seen.clone(), self.dots())
    }

    fn delta_for(&self, (seen, alive): &Self::Digest) -> Self {
        let dots = self.dots();
        let mut missing = self.clone();
        missing.alive.retain(|(dot, _)| !seen.contains(dot));
        missing.seen.retain(|dot| {
            let killed = FAULT != fault::DIGEST_MISSES_REMOVALS && alive.contains(dot) && !dots.contains(dot);
            !seen.contains(dot) || killed
        });
        missing
    }
}

/// The first four operations of [`AddRemove`] on it.
pub(crate) struct NaiveAddRemove<const FAULT: u8>;

impl<const FAULT: u8> Subject for NaiveAddRemove<FAULT> {
    type State = Naive<FAULT>;
    type Seen = Vec<u8>;
    const OPS: usize = 4;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        let element = (turn.op / 2) as u8;
        Some(match turn.op % 2 {
            _ if FAULT == fault::DROPS_EVERYTHING => Naive::default(),
            0 => state.add(turn, element),
            _ => state.remove(element),
        })
    }

    fn observe(state: &Self::State) -> Self::Seen {
        let elements: BTreeSet<u8> = state.alive.iter().map(|e| e.1).collect();
        elements.into_iter().collect()
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        AddRemove::expected(history)
    }
}
