//! The first symbols of a set under one key, kept as the set changes.

use std::sync::Arc;

use moai_core::Digest;

use super::item_id::ItemId;
use super::walk::Walk;
use super::{ReconcileKey, ReconcileLimits, Symbol};

/// So many symbols are built at first: enough for a difference of about 350 items.
const FIRST: usize = 512;

/// The second order has so many symbols, of which the first stays empty: enough for a few items that the first order does not
/// tell apart.
pub(super) const SECOND: usize = 32;

/// No exchange takes more.
const MOST: usize = ReconcileLimits::SYMBOLS as usize;

/// The first symbols of a set. An exchange holds on to them as they were: they are copied only when the set changes while
/// an exchange runs.
#[derive(Debug, Clone)]
pub(super) struct Sketch {
    key: ReconcileKey,
    symbols: Symbols,
}

/// The first symbols of a set, in two orders.
#[derive(Debug, Clone)]
pub(super) struct Symbols {
    pub(super) first: Arc<[Symbol]>,
    pub(super) second: Arc<[Symbol]>,
}

impl Sketch {
    /// Builds at least so many symbols, and then sixteen times as many as before: each time goes over all entries, and the
    /// further symbols of an entry cost little.
    pub(super) fn build<'p>(key: ReconcileKey, prints: impl Iterator<Item = &'p Digest>, at_least: usize) -> Self {
        let mut length = FIRST;
        while length < at_least {
            length = length.saturating_mul(16);
        }
        length = length.min(at_least.max(MOST));
        let (mut first, mut second) = (vec![Symbol::default(); length], vec![Symbol::default(); SECOND]);
        for print in prints {
            let id = ItemId::of(print, key);
            let seed = id.seed(key);
            each((&mut first, &mut second), seed, |symbol| symbol.put(id, seed));
        }
        Self { key, symbols: Symbols { first: Arc::from(first), second: Arc::from(second) } }
    }

    pub(super) const fn key(&self) -> ReconcileKey {
        self.key
    }

    pub(super) const fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    pub(super) fn insert(&mut self, print: &Digest) {
        let id = ItemId::of(print, self.key);
        let seed = id.seed(self.key);
        each(self.symbols.parts_mut(), seed, |symbol| symbol.put(id, seed));
    }

    pub(super) fn remove(&mut self, print: &Digest) {
        let id = ItemId::of(print, self.key);
        let seed = id.seed(self.key);
        each(self.symbols.parts_mut(), seed, |symbol| symbol.take(id, seed));
    }
}

impl Symbols {
    fn parts_mut(&mut self) -> (&mut [Symbol], &mut [Symbol]) {
        (Arc::make_mut(&mut self.first), Arc::make_mut(&mut self.second))
    }
}

/// Changes the symbols that the item of a seed stands in.
fn each((first, second): (&mut [Symbol], &mut [Symbol]), seed: u64, mut change: impl FnMut(&mut Symbol)) {
    for (symbols, mut walk) in [(first, Walk::new(seed)), (second, Walk::second(seed))] {
        for at in walk.below(symbols.len()) {
            if let Some(symbol) = symbols.get_mut(at) {
                change(symbol);
            }
        }
    }
}
