//! The port to wall time.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::Utc;

use crate::Timestamp;

/// Tells the wall time. Nothing in moai asks the system itself: time is an input.
///
/// # What it promises
///
/// A call returns at once and never fails. Wall time may jump, forwards and back: whoever needs order takes a logical
/// clock.
pub trait Clock: Send + Sync {
    /// The wall time now.
    fn now(&self) -> Timestamp;
}

/// The clock of this machine.
///
/// ```
/// use moai_core::{Clock, SystemClock, Timestamp};
/// assert!(SystemClock.now() > Timestamp::UNIX_EPOCH);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the port through which system time comes in")]
    fn now(&self) -> Timestamp {
        Timestamp::nearest(Utc::now())
    }
}

/// A clock that stands still.
///
/// ```
/// use moai_core::{Clock, FixedClock, Timestamp};
/// assert_eq!(FixedClock(Timestamp::UNIX_EPOCH).now(), Timestamp::UNIX_EPOCH);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// A clock that moves when it is told to: forwards, or wherever it is set.
///
/// ```
/// use std::time::Duration;
/// use moai_core::{Clock, SteeredClock, Timestamp};
///
/// let clock = SteeredClock::new(Timestamp::UNIX_EPOCH);
/// clock.advance(Duration::from_secs(2));
/// assert_eq!(clock.now().unix_micros(), 2_000_000);
/// clock.set(Timestamp::UNIX_EPOCH); // clocks do jump back
/// assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
/// ```
#[derive(Debug)]
pub struct SteeredClock(AtomicI64);

impl SteeredClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.unix_micros()))
    }

    /// Moves forward by whole microseconds; it stops at the end of the year 9999.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        let forward = |now: i64| Some(now.saturating_add(by).min(Timestamp::MAX.unix_micros()));
        // The closure always answers, so there is no failure to look at.
        let _ = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, forward);
    }

    /// Jumps to `time`, forwards or back.
    pub fn set(&self, time: Timestamp) {
        self.0.store(time.unix_micros(), Ordering::SeqCst);
    }
}

impl Clock for SteeredClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }
}
