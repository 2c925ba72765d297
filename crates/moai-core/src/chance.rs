//! The port to chance.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Aftermath, Coded};

/// Fills bytes that nobody can guess, or that a seed repeats. Every nonce of moai comes from here.
///
/// # What it promises
///
/// A call fills all of `bytes` or fails. The system's chance fits for nonces and keys; a seeded one for tests only.
pub trait Chance: Send + Sync {
    /// Fills `bytes`.
    ///
    /// # Errors
    ///
    /// When there is no chance to be had; what `bytes` holds then must not be used.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), ChanceError>;

    /// Draws a number.
    ///
    /// # Errors
    ///
    /// As [`fill`](Chance::fill).
    fn draw(&self) -> Result<u64, ChanceError> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
}

/// The system gave no random bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the source of chance gave no bytes: {why}; nothing changed")]
#[non_exhaustive]
pub struct ChanceError {
    /// What the source said.
    pub why: String,
}

impl ChanceError {
    /// Every code that this error can carry.
    pub const CODES: &'static [&'static str] = &["chance.unavailable"];

    /// What a source says that gives no bytes.
    #[must_use]
    pub fn new(why: impl Into<String>) -> Self {
        Self { why: why.into() }
    }
}

impl Coded for ChanceError {
    fn code(&self) -> &'static str {
        "chance.unavailable"
    }

    fn aftermath(&self) -> Aftermath {
        Aftermath::NothingChanged
    }
}

/// The operating system's chance.
///
/// ```
/// use moai_core::{Chance, SystemChance};
/// assert_ne!(SystemChance.draw()?, SystemChance.draw()?); // equal once in 2^64 runs
/// # Ok::<(), moai_core::ChanceError>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemChance;

impl Chance for SystemChance {
    #[expect(clippy::disallowed_methods, reason = "this is the port through which the system's chance comes in")]
    fn fill(&self, bytes: &mut [u8]) -> Result<(), ChanceError> {
        getrandom::fill(bytes).map_err(|error| ChanceError { why: error.to_string() })
    }
}

/// Chance that a seed repeats: the same seed and the same calls give the same bytes on every machine. **Not secret.**
///
/// SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014, figure 16), its numbers laid
/// out in little endian; a call starts with a fresh number.
///
/// ```
/// use moai_core::{Chance, SeededChance};
///
/// assert_eq!(SeededChance::new(42).draw(), SeededChance::new(42).draw());
/// assert_ne!(SeededChance::new(42).draw(), SeededChance::new(43).draw());
/// ```
#[derive(Debug)]
pub struct SeededChance(AtomicU64);

impl SeededChance {
    /// What the state grows by for each number: the golden ratio's fraction.
    const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

    /// Chance from `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    fn next(&self) -> u64 {
        let mut z = self.0.fetch_add(Self::STEP, Ordering::SeqCst).wrapping_add(Self::STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

impl Chance for SeededChance {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), ChanceError> {
        for chunk in bytes.chunks_mut(8) {
            let number = self.next().to_le_bytes();
            for (byte, from) in chunk.iter_mut().zip(number) {
                *byte = from;
            }
        }
        Ok(())
    }
}
