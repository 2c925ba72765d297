//! Chance that a seed repeats.

/// SplitMix64: the same seed and the same calls give the same numbers on every machine. **Not secret.**
///
/// ```
/// use moai_sim::Seeds;
///
/// let (mut one, mut other) = (Seeds::new(7), Seeds::new(7));
/// assert_eq!(one.next(), other.next());
/// assert!(one.below(6) < 6);
/// assert_eq!(one.pick(&["only"]), Some("only"));
/// ```
#[derive(Debug, Clone)]
pub struct Seeds(u64);

impl Seeds {
    const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

    /// Chance from a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(Self::STEP) ^ 0x1234_5678)
    }

    /// Chance of its own for a part of the world, so that what one part draws does not move what another one gets.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self::new(self.next())
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(Self::STEP);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 when `end` is 0.
    pub const fn below(&mut self, end: u64) -> u64 {
        let next = self.next();
        if end == 0 { 0 } else { next % end }
    }

    /// True in so many of a hundred cases.
    pub const fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of these; none of none.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        let place = self.below(from.len() as u64);
        from.get(usize::try_from(place).unwrap_or(usize::MAX)).copied()
    }
}
