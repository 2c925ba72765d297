//! A clock that stays near physical time and never goes back.
//!
//! Its stamps follow the physical clock. Where that stands still or goes back, they go on by single steps; where a stamp
//! from elsewhere is ahead, they go on behind it. So a stamp is greater than every one that it could have known of, and
//! tells roughly when it was.
//!
//! **This crate reads no clock**: physical time comes in as a function, in milliseconds since 1970 began.
//!
//! # After a restart
//!
//! The physical clock can be behind where it was. So that no stamp is given out twice, store a floor *before* a stamp
//! beyond it is used, and start after the floor. Reserving some time ahead makes that seldom. Where several threads store
//! floors, the greatest must stand.
//!
//! ```
//! use std::time::Duration;
//! use moai_crdt::{HybridClock, Stamp};
//!
//! let mut stored = Stamp::ZERO; // stands for a durable place
//! let mut stamps = Vec::new();
//! for physical in [5_000, 5_001, 1_000 /* went back while the agent was down */] {
//!     let clock = HybridClock::starting_after(move || physical, stored);
//!     for _ in 0..3 {
//!         let stamp = clock.now();
//!         if stamp > stored {
//!             stored = clock.reserve(Duration::from_secs(1)); // durable before `stamp` is used
//!         }
//!         stamps.push(stamp);
//!     }
//! }
//! assert!(stamps.is_sorted_by(|earlier, later| earlier < later));
//! ```
//!
//! **Anomalies.** A stamp can be ahead of physical time: by the limit after a stamp from elsewhere, by what was reserved
//! after a restart, and by a millisecond for every 65,536 stamps within one. When the physical clock falls far behind
//! the others', all their stamps are refused until it is right again.
//!
//! Source: Kulkarni, Demirbas, Madappa, Avva, Leone, "Logical Physical Clocks and Consistent Snapshots in Globally
//! Distributed Databases", 2014, sections 3 and 5 (bounded drift, one 64 bit word).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moai_core::{Aftermath, Coded};

use crate::Stamp;

/// A clock that stays near physical time and never goes back. Threads share it by reference.
///
/// ```
/// use moai_crdt::{HybridClock, Stamp};
///
/// let clock = HybridClock::new(|| 1_000);
/// let first = clock.now();
/// assert!(first < clock.now(), "though physical time stands still");
///
/// let from_elsewhere = Stamp::new(1_500, 3)?;
/// assert!(clock.observe(from_elsewhere)? > from_elsewhere);
///
/// // Nobody can push it into the next century.
/// let before = clock.last();
/// assert!(clock.observe(Stamp::new(4_070_908_800_000, 0)?).is_err());
/// assert_eq!(clock.last(), before);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct HybridClock<P> {
    physical: P,
    /// The bits of the last stamp.
    last: AtomicU64,
    limit: Duration,
}

/// A stamp from elsewhere is too far ahead of physical time: one of the two clocks is wrong. Whatever carries the stamp
/// must not be merged, or it would win over everything until that time comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stamp is {ahead:?} ahead of this clock, the limit is {limit:?}; nothing changed")]
#[non_exhaustive]
pub struct DriftExceeded {
    /// How far it is ahead.
    pub ahead: Duration,
    /// How far it may be ahead.
    pub limit: Duration,
}

impl DriftExceeded {
    /// Every code that this error can carry.
    pub const CODES: &'static [&'static str] = &["crdt.drift_exceeded"];
}

impl Coded for DriftExceeded {
    fn code(&self) -> &'static str {
        "crdt.drift_exceeded"
    }

    fn aftermath(&self) -> Aftermath {
        Aftermath::NothingChanged
    }
}

impl<P: Fn() -> u64> HybridClock<P> {
    /// How far a stamp from elsewhere may be ahead, unless said otherwise: a minute.
    pub const LIMIT: Duration = Duration::from_secs(60);

    /// A clock that has given out nothing in an earlier life. `physical` tells milliseconds since 1970 began.
    #[must_use]
    pub const fn new(physical: P) -> Self {
        Self::starting_after(physical, Stamp::ZERO)
    }

    /// A clock whose stamps are all greater than `floor`: what was stored in an earlier life.
    #[must_use]
    pub const fn starting_after(physical: P, floor: Stamp) -> Self {
        Self { physical, last: AtomicU64::new(floor.to_bits()), limit: Self::LIMIT }
    }

    /// The same clock with another limit for how far a stamp from elsewhere may be ahead.
    #[must_use]
    pub fn with_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// The moment that it is: greater than every stamp that this clock has given out or taken in. Only at the very end of
    /// the numbers the last one repeats.
    #[inline]
    pub fn now(&self) -> Stamp {
        let last = self.last();
        self.after(last, (self.physical)(), Stamp::ZERO)
    }

    /// Takes in a stamp from elsewhere, and returns the moment of its arrival: greater than it, and than every stamp that
    /// this clock has given out or taken in.
    ///
    /// # Errors
    ///
    /// When it is further ahead of physical time than the limit; the clock stays as it was. Physical time alone is the
    /// measure, so that nobody leads the clock away step by step.
    pub fn observe(&self, stamp: Stamp) -> Result<Stamp, DriftExceeded> {
        let last = self.last();
        let physical = (self.physical)();
        let ahead = Duration::from_millis(stamp.millis().saturating_sub(physical));
        if ahead > self.limit {
            return Err(DriftExceeded { ahead, limit: self.limit });
        }
        Ok(self.after(last, physical, stamp))
    }

    /// The last stamp that was given out, or the floor.
    pub fn last(&self) -> Stamp {
        Stamp::from_bits(self.last.load(Ordering::Relaxed))
    }

    /// A floor to store: as long as the stamps are not beyond it, a later life may start after it. It lies `ahead` of
    /// now. Gives out nothing.
    pub fn reserve(&self, ahead: Duration) -> Stamp {
        let millis = u64::try_from(ahead.as_millis()).unwrap_or(u64::MAX);
        let from = self.last().millis().max((self.physical)());
        Stamp::first_of(from.saturating_add(millis)).max(self.last())
    }

    /// Gives out the first moment that is after all there was, after `seen`, and not before physical time. `last` is what
    /// was there a moment ago.
    #[inline]
    fn after(&self, mut last: Stamp, physical: u64, seen: Stamp) -> Stamp {
        let physical = Stamp::first_of(physical);
        loop {
            let next = last.max(seen).next().max(physical);
            // One word holds all there is to the clock, so its own order is enough: whoever has learned of a stamp finds
            // it, or a later one, here.
            match self.last.compare_exchange_weak(last.to_bits(), next.to_bits(), Ordering::Relaxed, Ordering::Relaxed)
            {
                Ok(_) => return next,
                Err(changed) => last = Stamp::from_bits(changed),
            }
        }
    }
}

impl<P> std::fmt::Debug for HybridClock<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let last = Stamp::from_bits(self.last.load(Ordering::Relaxed));
        f.debug_struct("HybridClock").field("last", &last).field("limit", &self.limit).finish_non_exhaustive()
    }
}
