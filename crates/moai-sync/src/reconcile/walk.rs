//! Which symbols an item stands in.

/// The way of one item through the symbols: the first always, symbol `i` with chance 2/(i+2), and about 2·ln m of the first
/// m.
///
/// Source: Yang, Gilad and Alizadeh, *Practical Rateless Set Reconciliation*, SIGCOMM 2024, section 4.2: behind symbol `i`
/// the next one lies about (i + 3/2)·(1/√r − 1) further on, for a fair `r` in (0, 1]. The greater of two fair numbers is as
/// likely to lie below any bound as √r is, so no root is taken, and whole numbers do: every platform takes the same way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk {
    at: u64,
    state: u64,
}

impl Walk {
    /// The way that belongs to an item's seed.
    pub(super) const fn new(seed: u64) -> Self {
        Self { at: 0, state: seed }
    }

    /// The way of the same item through the second order of symbols: none of the other order tells anything about it. The
    /// first symbol, which would hold everything again, is left out.
    pub(super) fn second(seed: u64) -> Self {
        let mut walk = Self { at: 0, state: seed.rotate_left(32) };
        walk.step();
        walk
    }

    /// The next symbols of the way that stand below `end`, each once.
    pub(super) fn below(&mut self, end: usize) -> Below<'_> {
        Below { walk: self, end }
    }

    fn step(&mut self) {
        // SplitMix64 (Steele, Lea, Flood, 2014).
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let root = (mixed >> 32).max(mixed & 0xffff_ffff) + 1;
        // Far beyond every limit on symbols it stops being exact, and nobody goes there.
        let far = self.at.saturating_mul(2).saturating_add(3).saturating_mul((1 << 32) - root).div_ceil(2 * root);
        self.at = self.at.saturating_add(far.max(1));
    }
}

/// See [`Walk::below`].
pub(super) struct Below<'w> {
    walk: &'w mut Walk,
    end: usize,
}

impl Iterator for Below<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let at = usize::try_from(self.walk.at).ok().filter(|at| *at < self.end)?;
        self.walk.step();
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_stands_in_the_wrong_share_of_symbols() {
        let mut held = [0_u64; 64];
        for seed in 0..100_000_u64 {
            for at in Walk::new(seed.wrapping_mul(0xd134_2543_de82_ef95)).below(64) {
                held[at] += 1;
            }
        }
        for (i, held) in held.into_iter().enumerate() {
            let expected = 200_000 / (i as u64 + 2);
            // The source takes the second symbol in 64 of 100 cases, and comes nearer further on.
            assert!(
                held.abs_diff(expected) < expected / 20 + 200,
                "symbol {i} holds {held}, and {expected} were expected"
            );
        }
    }

    #[test]
    fn a_way_goes_on_elsewhere_when_it_was_interrupted() {
        for seed in 0..100 {
            let whole: Vec<usize> = Walk::new(seed).below(10_000).collect();
            let mut walk = Walk::new(seed);
            let mut parts: Vec<usize> = walk.below(7).collect();
            parts.extend(walk.below(7));
            parts.extend(walk.below(300));
            parts.extend(walk.below(10_000));
            assert_eq!(parts, whole);
            assert!(whole.is_sorted_by(|left, right| left < right));
        }
    }

    #[test]
    fn another_implementation_would_take_another_way() {
        assert_eq!(Walk::new(0).below(1_000).collect::<Vec<_>>(), [0, 1, 3, 8, 9, 32, 73, 427, 545]);
        assert_eq!(
            Walk::new(u64::MAX).below(1_000).collect::<Vec<_>>(),
            [0, 1, 2, 4, 6, 10, 13, 14, 23, 31, 66, 567, 689, 849, 982]
        );
    }

    #[test]
    fn a_way_without_an_end_comes_round_again() {
        let mut walk = Walk { at: u64::MAX - 1, state: 1 };
        (0..10).for_each(|_| walk.step());
        assert_eq!(walk.at, u64::MAX);
    }
}
