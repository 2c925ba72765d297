//! How regularly one agent beats.

use std::collections::VecDeque;
use std::time::Duration;

/// How many gaps are remembered.
const GAPS: usize = 32;
/// Phi is 8 where a normal variable is so far above its mean that the chance of it is 10⁻⁸.
const DEVIATIONS_OF_PHI_8: f64 = 5.612;
/// Nobody is taken to be more regular than this, in seconds.
const LEAST_DEVIATION: f64 = 0.5;
/// What an agent may pause before anything is made of it, in seconds.
const PAUSE: f64 = 3.0;

/// The last gaps between beats. Hayashibara and others, "The φ accrual failure detector", 2004.
#[derive(Debug, Default)]
pub(super) struct Rhythm {
    /// In milliseconds.
    gaps: VecDeque<u32>,
    sum: u64,
    squares: u128,
}

impl Rhythm {
    pub(super) fn push(&mut self, gap: Duration) {
        let gap = u32::try_from(gap.as_millis()).unwrap_or(u32::MAX);
        if self.gaps.len() == GAPS
            && let Some(old) = self.gaps.pop_front()
        {
            self.sum -= u64::from(old);
            self.squares -= u128::from(old) * u128::from(old);
        }
        self.gaps.push_back(gap);
        self.sum += u64::from(gap);
        self.squares += u128::from(gap) * u128::from(gap);
    }

    /// After what silence phi is 8, with the pause on top.
    #[expect(clippy::cast_precision_loss, reason = "32 gaps of less than 2^32 ms: what is lost is below a millisecond")]
    pub(super) fn phi_8(&self, interval: Duration) -> Duration {
        let (mean, deviation) = if self.gaps.is_empty() {
            (interval.as_secs_f64(), 0.0)
        } else {
            let count = self.gaps.len() as f64;
            let mean = self.sum as f64 / count;
            let variance = (self.squares as f64 / count - mean * mean).max(0.0);
            (mean / 1_000.0, variance.sqrt() / 1_000.0)
        };
        let seconds = mean + DEVIATIONS_OF_PHI_8 * deviation.max(LEAST_DEVIATION) + PAUSE;
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }
}
