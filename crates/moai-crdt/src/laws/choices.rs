//! A sequence of choices that is the same every time.

/// Choices that follow from a seed and from nothing else: a counter, well mixed.
pub(super) struct Choices(u64);

impl Choices {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        // An odd step visits every number; the two products carry each bit of the count into all the others.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        mixed ^ (mixed >> 32)
    }

    /// A number below `count`; 0 when `count` is 0.
    pub(super) fn below(&mut self, count: usize) -> usize {
        let count = u64::try_from(count).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % count).unwrap_or(0)
    }

    /// One of `all`.
    pub(super) fn one<'a, X>(&mut self, all: &'a [X]) -> Option<&'a X> {
        all.get(self.below(all.len()))
    }

    /// Brings `all` into another order.
    pub(super) fn shuffle<X>(&mut self, all: &mut [X]) {
        for end in (1..all.len()).rev() {
            all.swap(end, self.below(end + 1));
        }
    }
}
