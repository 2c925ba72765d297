//! A set in which adding wins, as plain as can be, with a fault planted or with none: it shows that the machines bark.

use moai_crdt::laws::Turn;
use moai_crdt::{Merge, Replicated};

use super::{AddRemove, Delta, History, REPLICAS, Subject};

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

/// Dots as bits: for each replica its first 64.
type Dots = [u64; REPLICAS];

/// Two elements, each with the dots that carry it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Naive<const FAULT: u8> {
    alive: [Dots; 2],
    seen: Dots,
    /// Only with `REMOVAL_WINS`: what may never be there again.
    banned: [bool; 2],
}

impl<const FAULT: u8> Naive<FAULT> {
    fn take_in(&mut self, other: &Self, forget_kills: bool) -> bool {
        let before = self.clone();
        for replica in 0..REPLICAS {
            for element in 0..2 {
                let (here, there) = (self.alive[element][replica], other.alive[element][replica]);
                let kept = if forget_kills { here } else { here & (there | !other.seen[replica]) };
                self.alive[element][replica] = kept | there & !self.seen[replica];
            }
            self.seen[replica] |= other.seen[replica];
        }
        for element in 0..2 {
            self.banned[element] |= other.banned[element];
        }
        self.drop_banned();
        *self != before
    }

    fn drop_banned(&mut self) {
        for element in (0..2).filter(|&element| self.banned[element]) {
            self.alive[element] = Dots::default();
        }
    }

    /// Removes `element`; the delta.
    fn remove(&mut self, element: usize) -> Self {
        let killed = std::mem::take(&mut self.alive[element]);
        let mut delta = Self { seen: killed, ..Self::default() };
        match FAULT {
            fault::REMOVAL_IS_FORGOTTEN => {
                (0..REPLICAS).for_each(|replica| self.seen[replica] &= !killed[replica]);
                delta.seen = Dots::default();
            }
            fault::DELTA_FORGETS_KILLS => delta.seen = Dots::default(),
            fault::REMOVAL_WINS => {
                self.banned[element] = true;
                delta.banned[element] = true;
            }
            _ => {}
        }
        delta
    }

    /// Adds `element`; the delta.
    fn add(&mut self, replica: usize, element: usize) -> Self {
        let mut delta = Self { seen: std::mem::take(&mut self.alive[element]), ..Self::default() };
        if FAULT == fault::DELTA_FORGETS_REPLACED {
            delta.seen = Dots::default();
        }
        let dot = 1 << self.seen[replica].count_ones();
        for state in [&mut *self, &mut delta] {
            state.alive[element][replica] |= dot;
            state.seen[replica] |= dot;
        }
        self.drop_banned();
        delta
    }

    /// Whether the change before each one that `delta` made is known.
    fn is_next(&self, delta: &Self) -> bool {
        let made = |replica: usize| delta.alive[0][replica] | delta.alive[1][replica];
        (0..REPLICAS).all(|replica| made(replica) >> 1 & !self.seen[replica] == 0)
    }
}

impl<const FAULT: u8> Merge for Naive<FAULT> {
    fn merge(&mut self, other: &Self) -> bool {
        self.take_in(other, FAULT == fault::MERGE_FORGETS_KILLS) || FAULT == fault::MERGE_ALWAYS_SAYS_NEW
    }
}

impl<const FAULT: u8> Replicated for Naive<FAULT> {
    type Delta = Self;
    type Digest = Self;

    fn apply(&mut self, delta: &Self) -> bool {
        (FAULT != fault::DELTAS_ONLY_IN_ORDER || self.is_next(delta)) && self.take_in(delta, false)
    }

    fn join(delta: &mut Self, other: &Self) {
        if FAULT != fault::JOIN_KEEPS_ONE {
            delta.take_in(other, false);
        }
    }

    fn digest(&self) -> Self {
        self.clone()
    }

    fn delta_for(&self, there: &Self) -> Self {
        let mut missing = self.clone();
        for replica in 0..REPLICAS {
            let mut dead = 0;
            for element in 0..2 {
                missing.alive[element][replica] &= !there.seen[replica];
                dead |= there.alive[element][replica] & !self.alive[element][replica] & self.seen[replica];
            }
            let killed = if FAULT == fault::DIGEST_MISSES_REMOVALS { 0 } else { dead };
            missing.seen[replica] = self.seen[replica] & !there.seen[replica] | killed;
        }
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
        Some(match turn.op % 2 {
            _ if FAULT == fault::DROPS_EVERYTHING => Naive::default(),
            0 => state.add(turn.replica, turn.op / 2),
            _ => state.remove(turn.op / 2),
        })
    }

    fn observe(state: &Self::State) -> Self::Seen {
        (0..2).filter(|&element| state.alive[usize::from(element)] != [0; REPLICAS]).collect()
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        AddRemove::expected(history)
    }
}
