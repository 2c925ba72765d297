//! Finds the items that only one side has.

use std::collections::BTreeSet;

use super::item_id::ItemId;
use super::symbol::Side;
use super::walk::Walk;
use super::{ReconcileError, ReconcileKey, Symbol};

const FIELD: &str = "symbols";

/// Differences of symbols, out of which single items are taken until nothing is left.
///
/// Source: Yang, Gilad and Alizadeh, *Practical Rateless Set Reconciliation*, SIGCOMM 2024, section 3.
#[derive(Debug)]
pub(super) struct Decoder {
    key: ReconcileKey,
    cells: Vec<Symbol>,
    found: Vec<Found>,
    known: BTreeSet<ItemId>,
}

#[derive(Debug)]
struct Found {
    id: ItemId,
    seed: u64,
    side: Side,
    /// The way of the item beyond the cells.
    beyond: Walk,
}

/// The ids that only one side has.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) ours: Vec<ItemId>,
    pub(super) theirs: Vec<ItemId>,
}

impl Decoder {
    pub(super) const fn new(key: ReconcileKey) -> Self {
        Self { key, cells: Vec::new(), found: Vec::new(), known: BTreeSet::new() }
    }

    /// How many symbols came.
    pub(super) const fn len(&self) -> usize {
        self.cells.len()
    }

    /// Takes the next symbols of both sides, one of ours for each of theirs, and decodes what can be decoded.
    ///
    /// It ends in any case: no more items are taken out than symbols came, and each once.
    pub(super) fn receive(&mut self, theirs: &[Symbol], ours: &[Symbol]) -> Result<(), ReconcileError> {
        let start = self.cells.len();
        self.cells.extend(theirs.iter().zip(ours).map(|(theirs, ours)| theirs.without(*ours)));
        let end = self.cells.len();
        for found in &mut self.found {
            for at in found.beyond.below(end) {
                take(&mut self.cells, at, found.id, found.seed, found.side);
            }
        }
        let mut look: Vec<usize> = (start..end).rev().collect();
        while let Some(at) = look.pop() {
            let Some((id, seed, side)) = self.cells.get(at).and_then(|cell| cell.single(self.key)) else { continue };
            // Once in 2^24 times several items look like one, but hardly ever like one that belongs here.
            if Walk::new(seed).below(at + 1).last() != Some(at) {
                continue;
            }
            if !self.known.insert(id) {
                return Err(ReconcileError::nonsense(FIELD, "they hold one item twice"));
            }
            if self.found.len() >= end {
                return Err(ReconcileError::nonsense(FIELD, "they hold more items than there are symbols"));
            }
            let mut walk = Walk::new(seed);
            for place in walk.below(end) {
                take(&mut self.cells, place, id, seed, side);
                look.push(place);
            }
            self.found.push(Found { id, seed, side, beyond: walk });
        }
        Ok(())
    }

    /// Whether every symbol is explained by what was found.
    pub(super) fn is_complete(&self) -> bool {
        !self.cells.is_empty() && self.cells.iter().all(Symbol::is_empty)
    }

    /// What was found.
    pub(super) fn into_difference(self) -> Difference {
        let mut difference = Difference::default();
        for found in self.found {
            match found.side {
                Side::Ours => difference.ours.push(found.id),
                Side::Theirs => difference.theirs.push(found.id),
            }
        }
        difference
    }

    /// About how many items differ, judged by how far the numbers of items in the symbols are apart, before much was decoded.
    /// `surplus` is how many items more the other set has.
    pub(super) fn estimate(&self, surplus: i64) -> u64 {
        // Of d items that differ, some ours and some theirs, symbol i holds each with chance p = 2/(i + 2), so the square of
        // what its surplus lies beside its mean is d·p·(1 − p) on average. What was decoded is known, and added.
        let (mut sum, mut taken) = (0_u64, 0_u64);
        let known: i64 = self.found.iter().map(|found| if found.side == Side::Theirs { 1 } else { -1 }).sum();
        let left = surplus.saturating_sub(known);
        for (i, cell) in (0_u64..).zip(&self.cells).skip(1) {
            let mean = left.saturating_mul(2) / i64::try_from(i + 2).unwrap_or(i64::MAX);
            let beside = i64::from(cell.surplus()).wrapping_sub(mean) & 0xff;
            let beside = beside.unsigned_abs().min((256 - beside).unsigned_abs());
            sum = sum.saturating_add(beside * beside * (i + 2) * (i + 2) / (2 * i));
            taken += 1;
        }
        (sum / taken.max(1)).saturating_add(self.found.len() as u64)
    }
}

fn take(cells: &mut [Symbol], at: usize, id: ItemId, seed: u64, side: Side) {
    if let Some(cell) = cells.get_mut(at) {
        match side {
            Side::Theirs => cell.take(id, seed),
            Side::Ours => cell.put(id, seed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: ReconcileKey = ReconcileKey::from_bytes([1; 16]);

    /// What a set of these ids would send.
    fn symbols(ids: impl IntoIterator<Item = u128>, how_many: usize) -> Vec<Symbol> {
        let mut symbols = vec![Symbol::default(); how_many];
        for bits in ids {
            let id = ItemId::from_bits(bits);
            let seed = id.seed(KEY);
            Walk::new(seed).below(how_many).for_each(|at| symbols[at].put(id, seed));
        }
        symbols
    }

    fn sorted(ids: Vec<ItemId>) -> Vec<u128> {
        let mut bits: Vec<u128> = ids.into_iter().map(ItemId::bits).collect();
        bits.sort_unstable();
        bits
    }

    #[test]
    fn symbols_that_come_one_by_one_are_decoded_otherwise() {
        let (theirs, ours) = (symbols(0..300, 600), symbols(200..450, 600));
        for step in [1, 7, 600] {
            let mut decoder = Decoder::new(KEY);
            for (theirs, ours) in theirs.chunks(step).zip(ours.chunks(step)) {
                if !decoder.is_complete() {
                    decoder.receive(theirs, ours).unwrap();
                }
            }
            assert!(decoder.is_complete(), "{step}");
            let found = decoder.into_difference();
            assert_eq!(sorted(found.theirs), (0..200).collect::<Vec<_>>());
            assert_eq!(sorted(found.ours), (300..450).collect::<Vec<_>>());
        }
    }

    #[test]
    fn more_symbols_than_needed_spoil_what_was_found() {
        let (theirs, ours) = (symbols(0..20, 400), symbols(10..30, 400));
        let mut decoder = Decoder::new(KEY);
        for (theirs, ours) in theirs.chunks(100).zip(ours.chunks(100)) {
            decoder.receive(theirs, ours).unwrap();
            assert!(decoder.is_complete());
        }
        assert_eq!(decoder.into_difference().theirs.len(), 10);
    }

    /// Whoever knows the key can make symbols that hold one item in one place only.
    #[test]
    fn an_item_in_one_symbol_alone_is_taken_out_and_put_in_for_ever() {
        let mut lie = vec![Symbol::default(); 50];
        let id = ItemId::from_bits(7);
        lie[0].put(id, id.seed(KEY));
        let refused = Decoder::new(KEY).receive(&lie, &[Symbol::default(); 50]).unwrap_err();
        assert_eq!(refused, ReconcileError::nonsense(FIELD, "they hold one item twice"));
    }

    #[test]
    fn an_item_where_it_does_not_belong_is_found() {
        let id = ItemId::from_bits(7);
        let elsewhere = (0..50).find(|at| Walk::new(id.seed(KEY)).below(50).all(|place| place != *at)).unwrap();
        let mut lie = vec![Symbol::default(); 50];
        lie[elsewhere].put(id, id.seed(KEY));
        let mut decoder = Decoder::new(KEY);
        decoder.receive(&lie, &[Symbol::default(); 50]).unwrap();
        assert!(!decoder.is_complete() && decoder.found.is_empty());
    }

    #[test]
    fn a_guess_is_far_from_what_differs() {
        for (ours, theirs) in [(100, 100), (200, 0), (10, 190), (1_000, 1_000)] {
            let differ = ours + theirs;
            let (mine, yours) = (symbols(0..ours, 64), symbols(10_000..10_000 + theirs, 64));
            let mut decoder = Decoder::new(KEY);
            decoder.receive(&yours, &mine).unwrap();
            let guess = decoder.estimate(i64::try_from(theirs).unwrap() - i64::try_from(ours).unwrap());
            assert!((differ / 2..differ * 2).contains(&u128::from(guess)), "{differ}: {guess}");
        }
    }
}
