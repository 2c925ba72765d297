//! A clock that is wrong.

/// A clock that is ahead by so much, and runs too fast by so many millionths. It never runs backwards within a life.
///
/// ```
/// use moai_sim::world::Clock;
///
/// let clock = Clock { ahead: 500, fast: 100 };
/// assert_eq!(clock.shows(1_000_000), 1_000_600);
/// assert!(clock.shows(clock.when(1_000_600)) >= 1_000_600);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clock {
    /// By how many microseconds it is ahead.
    pub ahead: i64,
    /// By how many microseconds it runs ahead further in each second.
    pub fast: i64,
}

const SECOND: i64 = 1_000_000;

impl Clock {
    /// What it shows at a time.
    #[must_use]
    pub const fn shows(self, time: i64) -> i64 {
        let run = if self.fast == 0 { 0 } else { time.saturating_mul(self.fast) / SECOND };
        time.saturating_add(self.ahead).saturating_add(run)
    }

    /// When it shows this for the first time, or a moment later.
    #[must_use]
    pub const fn when(self, shown: i64) -> i64 {
        let time = shown.saturating_sub(self.ahead);
        if self.fast == 0 {
            return time;
        }
        // By whole microseconds it may be one too early.
        let guess = (time as i128 * SECOND as i128 / (SECOND + self.fast) as i128) + 1;
        if guess > i64::MAX as i128 { i64::MAX } else { low(guess) }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "it is not above the largest, and times are not below the least")]
const fn low(time: i128) -> i64 {
    time as i64
}
