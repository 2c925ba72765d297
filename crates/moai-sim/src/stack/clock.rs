//! The wall clock of a process.

use std::time::Duration;

use moai_core::{Clock, Timestamp};

use super::Ground;
use crate::Seeds;

/// The wall clock of a process: it goes with the time of the world, and is wrong by so much as the seed says; at some moment
/// somebody sets it, forwards or back.
///
/// ```
/// use moai_core::Clock;
/// use moai_sim::Seeds;
/// use moai_sim::stack::{Chaos, Ground, SimClock};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?.block_on(async {
/// let clock = SimClock::new(&Ground::new(7, Chaos::NONE), &mut Seeds::new(7));
/// let before = clock.now();
/// tokio::time::sleep(std::time::Duration::from_secs(1)).await;
/// assert_eq!(clock.now().unix_micros() - before.unix_micros(), 1_000_000);
/// # });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SimClock {
    ground: Ground,
    /// By how many microseconds it is wrong, and from when on by how many.
    wrong: i64,
    set: (Duration, i64),
}

impl SimClock {
    /// When worlds begin, in microseconds since 1970: the first of January 2025.
    pub(super) const BEGINNING: i64 = 1_735_689_600_000_000;

    /// A clock that is wrong by as much as the world's chaos allows.
    #[must_use]
    pub fn new(ground: &Ground, seeds: &mut Seeds) -> Self {
        let skew = ground.chaos().skew;
        let mut draw = || i64::try_from(seeds.below(2 * skew + 1)).unwrap_or(0) - i64::try_from(skew).unwrap_or(0);
        let (wrong, then) = (draw() * 1_000, draw() * 1_000);
        let at = Duration::from_millis(seeds.below(ground.chaos().heals));
        if skew > 0 {
            ground.fault("a clock is wrong");
        }
        Self { ground: ground.clone(), wrong, set: (at, then) }
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        let now = self.ground.now();
        let (at, then) = self.set;
        let wrong = if now < at { self.wrong } else { then };
        let passed = i64::try_from(now.as_micros()).unwrap_or(i64::MAX);
        let micros = Self::BEGINNING.saturating_add(passed).saturating_add(wrong);
        Timestamp::from_unix_micros(micros).unwrap_or(Timestamp::MAX)
    }
}
