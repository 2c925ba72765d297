//! Wall time that goes on with the runtime's clock: it never jumps while a vote is open, and stands still when the
//! runtime's clock is paused.

use std::time::Duration;

use moai_core::{Clock, Timestamp};
use tokio::time::Instant;

/// Wall time as it was at a start, and the runtime's clock since.
pub(crate) struct Time {
    wall: Timestamp,
    start: Instant,
}

impl Time {
    pub(crate) fn starting(clock: &dyn Clock) -> Self {
        Self { wall: clock.now(), start: Instant::now() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        after(self.wall, self.start.elapsed())
    }

    /// When the runtime's clock will show this time; now for one that has passed.
    pub(crate) fn instant(&self, time: Timestamp) -> Instant {
        let ahead = time.unix_micros().saturating_sub(self.wall.unix_micros());
        self.start + Duration::from_micros(u64::try_from(ahead).unwrap_or(0))
    }
}

/// The time that is so much later; the last one there is, should that be beyond it.
pub(crate) fn after(time: Timestamp, by: Duration) -> Timestamp {
    let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_unix_micros(time.unix_micros().saturating_add(by)).unwrap_or(Timestamp::MAX)
}
