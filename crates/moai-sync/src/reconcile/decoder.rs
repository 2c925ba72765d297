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
    first: Vec<Symbol>,
    /// The one at 0 is empty.
    second: Vec<Symbol>,
    found: Vec<Found>,
    known: BTreeSet<ItemId>,
}

#[derive(Debug)]
struct Found {
    id: ItemId,
    seed: u64,
    side: Side,
    /// The ways of the item beyond the cells of both orders.
    beyond: (Walk, Walk),
}

/// Items stand in symbols in two orders, which have nothing to do with one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    First,
    Second,
}

impl Order {
    fn walk(self, seed: u64) -> Walk {
        match self {
            Self::First => Walk::new(seed),
            Self::Second => Walk::second(seed),
        }
    }
}

/// The ids that only one side has.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) ours: Vec<ItemId>,
    pub(super) theirs: Vec<ItemId>,
}

impl Decoder {
    pub(super) fn new(key: ReconcileKey) -> Self {
        let second = vec![Symbol::default()];
        Self { key, first: Vec::new(), second, found: Vec::new(), known: BTreeSet::new() }
    }

    /// The number of the next symbol of an order.
    pub(super) const fn len(&self, order: Order) -> usize {
        match order {
            Order::First => self.first.len(),
            Order::Second => self.second.len(),
        }
    }

    /// How many items were found.
    pub(super) const fn found(&self) -> usize {
        self.found.len()
    }

    fn cell(&self, order: Order, at: usize) -> Option<&Symbol> {
        match order {
            Order::First => self.first.get(at),
            Order::Second => self.second.get(at),
        }
    }

    /// Takes the next symbols of both sides, one of ours for each of theirs, and decodes what can be decoded.
    ///
    /// It ends in any case: no more items are taken out than symbols came, and each once.
    pub(super) fn receive(&mut self, order: Order, theirs: &[Symbol], ours: &[Symbol]) -> Result<(), ReconcileError> {
        let cells = match order {
            Order::First => &mut self.first,
            Order::Second => &mut self.second,
        };
        let start = cells.len();
        cells.extend(theirs.iter().zip(ours).map(|(theirs, ours)| theirs.without(*ours)));
        let end = cells.len();
        for found in &mut self.found {
            let beyond = match order {
                Order::First => &mut found.beyond.0,
                Order::Second => &mut found.beyond.1,
            };
            for at in beyond.below(end) {
                take(cells, at, found.id, found.seed, found.side);
            }
        }
        let most = self.first.len() + self.second.len();
        let mut look: Vec<(Order, usize)> = (start..end).rev().map(|at| (order, at)).collect();
        while let Some((order, at)) = look.pop() {
            let Some((id, seed, side)) = self.cell(order, at).and_then(|cell| cell.single(self.key)) else { continue };
            // Once in 2^24 times several items look like one, but hardly ever like one that belongs here.
            if order.walk(seed).below(at + 1).last() != Some(at) {
                continue;
            }
            if !self.known.insert(id) {
                return Err(ReconcileError::nonsense(FIELD, "they hold one item twice"));
            }
            if self.found.len() >= most {
                return Err(ReconcileError::nonsense(FIELD, "they hold more items than there are symbols"));
            }
            let mut beyond = (Walk::new(seed), Walk::second(seed));
            for place in beyond.0.below(self.first.len()) {
                take(&mut self.first, place, id, seed, side);
                look.push((Order::First, place));
            }
            for place in beyond.1.below(self.second.len()) {
                take(&mut self.second, place, id, seed, side);
                look.push((Order::Second, place));
            }
            self.found.push(Found { id, seed, side, beyond });
        }
        Ok(())
    }

    /// Whether every symbol is explained by what was found.
    pub(super) fn is_complete(&self) -> bool {
        !self.first.is_empty() && self.first.iter().chain(&self.second).all(Symbol::is_empty)
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

    /// About how many items differ that were not found, judged by how far the numbers of items in the symbols are apart.
    /// `surplus` is how many items more the other set has.
    pub(super) fn left(&self, surplus: i64) -> usize {
        // Of d items that differ, some ours and some theirs, symbol i holds each with chance p = 2/(i + 2), so the square of
        // what its surplus lies beside its mean is d·p·(1 − p) on average. What was found is taken out.
        let (mut sum, mut taken) = (0_u64, 0_u64);
        let known: i64 = self.found.iter().map(|found| if found.side == Side::Theirs { 1 } else { -1 }).sum();
        let left = surplus.saturating_sub(known);
        for (i, cell) in (0_u64..).zip(&self.first).skip(1) {
            let mean = left.saturating_mul(2) / i64::try_from(i + 2).unwrap_or(i64::MAX);
            let beside = i64::from(cell.surplus()).wrapping_sub(mean) & 0xff;
            let beside = beside.unsigned_abs().min((256 - beside).unsigned_abs());
            sum = sum.saturating_add(beside * beside * (i + 2) * (i + 2) / (2 * i));
            taken += 1;
        }
        usize::try_from(sum / taken.max(1)).unwrap_or(usize::MAX)
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
                    decoder.receive(Order::First, theirs, ours).unwrap();
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
            decoder.receive(Order::First, theirs, ours).unwrap();
            assert!(decoder.is_complete());
        }
        assert_eq!(decoder.into_difference().theirs.len(), 10);
    }

    #[test]
    fn the_second_order_tells_no_more_than_the_first() {
        let second = |ids: std::ops::Range<u128>| {
            let mut symbols = vec![Symbol::default(); 20];
            for id in ids.map(ItemId::from_bits) {
                let seed = id.seed(KEY);
                Walk::second(seed).below(20).for_each(|at| symbols[at].put(id, seed));
            }
            assert!(symbols[0].is_empty());
            symbols
        };
        // Two symbols do not tell six items apart; twenty of the other order do, and explain these two as well.
        let mut decoder = Decoder::new(KEY);
        decoder.receive(Order::First, &symbols(0..6, 2), &symbols(3..9, 2)).unwrap();
        assert!(!decoder.is_complete() && decoder.found() == 0);
        decoder.receive(Order::Second, &second(0..6)[1..], &second(3..9)[1..]).unwrap();
        assert!(decoder.is_complete());
        let found = decoder.into_difference();
        assert_eq!((sorted(found.theirs), sorted(found.ours)), ((0..3).collect(), (6..9).collect()));
    }

    /// Whoever knows the key can make symbols that hold one item in one place only.
    #[test]
    fn an_item_in_one_symbol_alone_is_taken_out_and_put_in_for_ever() {
        let mut lie = vec![Symbol::default(); 50];
        let id = ItemId::from_bits(7);
        lie[0].put(id, id.seed(KEY));
        let refused = Decoder::new(KEY).receive(Order::First, &lie, &[Symbol::default(); 50]).unwrap_err();
        assert_eq!(refused, ReconcileError::nonsense(FIELD, "they hold one item twice"));
    }

    #[test]
    fn an_item_where_it_does_not_belong_is_found() {
        let id = ItemId::from_bits(7);
        let elsewhere = (0..50).find(|at| Walk::new(id.seed(KEY)).below(50).all(|place| place != *at)).unwrap();
        let mut lie = vec![Symbol::default(); 50];
        lie[elsewhere].put(id, id.seed(KEY));
        let mut decoder = Decoder::new(KEY);
        decoder.receive(Order::First, &lie, &[Symbol::default(); 50]).unwrap();
        assert!(!decoder.is_complete() && decoder.found.is_empty());
    }

    #[test]
    fn a_guess_is_far_from_what_differs() {
        for (ours, theirs) in [(100, 100), (200, 0), (10, 190), (1_000, 1_000)] {
            let differ = ours + theirs;
            let (mine, yours) = (symbols(0..ours, 64), symbols(10_000..10_000 + theirs, 64));
            let mut decoder = Decoder::new(KEY);
            decoder.receive(Order::First, &yours, &mine).unwrap();
            let guess = decoder.left(i64::try_from(theirs).unwrap() - i64::try_from(ours).unwrap()) + decoder.found();
            assert!((differ / 2..differ * 2).contains(&(guess as u128)), "{differ}: {guess}");
        }
    }
}
