//! A clock that counts instead of measuring.
//!
//! What happened before something else has a smaller number. The reverse does not hold: of two numbers the smaller may
//! belong to something that happened later, or at the same time. To tell those apart takes a
//! [`VectorClock`](crate::VectorClock).
//!
//! Source: Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", 1978, rules IR1 and IR2.

use serde::{Deserialize, Serialize};

use crate::Overflow;

/// A clock that counts instead of measuring.
///
/// ```
/// use moai_crdt::LamportClock;
///
/// let (mut sender, mut receiver) = (LamportClock::new(), LamportClock::new());
/// let sent = sender.tick()?;
/// let received = receiver.observe(sent)?;
/// assert!(sent < received);
/// assert!(received < receiver.tick()?);
/// # Ok::<(), moai_crdt::Overflow>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LamportClock(u64);

impl LamportClock {
    /// The greatest number that is taken from others: 2^63 − 1. It leaves room for more ticks of one's own than can ever
    /// be made, so that nobody can bring this clock to its end. Whoever was brought up to it is taken by nobody any more:
    /// refuse numbers from the far future before they get here.
    pub const MAX_OBSERVED: u64 = (1 << 63) - 1;

    /// A clock at zero.
    #[must_use]
    pub const fn new() -> Self {
        Self(0)
    }

    /// A clock that goes on where another one was: after a restart, with the last number that was made durable.
    #[must_use]
    pub const fn starting_after(last: u64) -> Self {
        Self(last)
    }

    /// The last number.
    #[must_use]
    pub const fn last(&self) -> u64 {
        self.0
    }

    /// The number of what happens here now: greater than all before.
    ///
    /// # Errors
    ///
    /// At the end of the numbers; nothing changed.
    pub fn tick(&mut self) -> Result<u64, Overflow> {
        self.0 = self.0.checked_add(1).ok_or(Overflow { what: "a Lamport clock" })?;
        Ok(self.0)
    }

    /// Takes in a number from elsewhere, and returns that of its arrival: greater than it, and than all before here.
    ///
    /// # Errors
    ///
    /// For a number above [`LamportClock::MAX_OBSERVED`], and at the end of the numbers; nothing changed.
    pub fn observe(&mut self, number: u64) -> Result<u64, Overflow> {
        if number > Self::MAX_OBSERVED {
            return Err(Overflow { what: "a Lamport clock" });
        }
        let mut ahead = Self(self.0.max(number));
        let arrived = ahead.tick()?;
        *self = ahead;
        Ok(arrived)
    }
}
