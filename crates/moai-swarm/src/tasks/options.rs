//! The bounds of a queue.

use std::time::Duration;

use super::TaskError;

/// The bounds of a queue. They are checked when a queue is made of them.
///
/// ```
/// use moai_swarm::{TaskOptions, TaskQueue};
///
/// assert!(TaskQueue::new(TaskOptions::new().with_open(0)).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskOptions {
    /// How many tasks may be open, 1 to 10,000,000.
    pub open: usize,
    /// How many finished tasks are remembered for their keys, up to 10,000,000.
    pub remembered: usize,
    /// How long a lease lasts, 1 ms to a day.
    pub lease: Duration,
    /// How much waiting makes up for one step of priority, 1 ms to an hour: so nobody waits for ever.
    pub ageing: Duration,
    /// How much of an advance a task has at its own place, up to an hour.
    pub local: Duration,
    /// How often a task is begun before it is a dead letter, 1 to 1,000.
    pub attempts: u32,
    /// How long a task rests after its first failure, up to an hour; twice as long after each further one.
    pub backoff: Duration,
    /// The most bytes of a payload, up to 512 KiB.
    pub payload_bytes: usize,
}

impl Default for TaskOptions {
    fn default() -> Self {
        Self::new()
    }
}

const HOUR: Duration = Duration::from_secs(3600);
const MILLISECOND: Duration = Duration::from_millis(1);

impl TaskOptions {
    /// Bounds that suit a swarm on one machine; also the default.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            open: 100_000,
            remembered: 10_000,
            lease: Duration::from_secs(30),
            ageing: Duration::from_secs(1),
            local: Duration::from_secs(1),
            attempts: 5,
            backoff: Duration::from_secs(1),
            payload_bytes: 64 << 10,
        }
    }

    /// So many tasks may be open.
    #[must_use]
    pub const fn with_open(mut self, open: usize) -> Self {
        self.open = open;
        self
    }

    /// So many finished tasks are remembered for their keys.
    #[must_use]
    pub const fn with_remembered(mut self, remembered: usize) -> Self {
        self.remembered = remembered;
        self
    }

    /// A lease lasts so long.
    #[must_use]
    pub const fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// So much waiting makes up for one step of priority.
    #[must_use]
    pub const fn with_ageing(mut self, ageing: Duration) -> Self {
        self.ageing = ageing;
        self
    }

    /// So much of an advance a task has at its own place.
    #[must_use]
    pub const fn with_local(mut self, local: Duration) -> Self {
        self.local = local;
        self
    }

    /// A task is begun so often before it is a dead letter.
    #[must_use]
    pub const fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// A task rests so long after its first failure.
    #[must_use]
    pub const fn with_backoff(mut self, backoff: Duration) -> Self {
        self.backoff = backoff;
        self
    }

    /// A payload has so many bytes at the most.
    #[must_use]
    pub const fn with_payload_bytes(mut self, payload_bytes: usize) -> Self {
        self.payload_bytes = payload_bytes;
        self
    }

    pub(super) fn check(&self) -> Result<(), TaskError> {
        let bounds = [
            ("the number of open tasks", (1..=10_000_000).contains(&self.open), 10_000_000),
            ("the number of remembered tasks", self.remembered <= 10_000_000, 10_000_000),
            ("the seconds of a lease", self.lease >= MILLISECOND && self.lease <= 24 * HOUR, 86_400),
            ("the seconds of a step of ageing", self.ageing >= MILLISECOND && self.ageing <= HOUR, 3600),
            ("the seconds of a local advance", self.local <= HOUR, 3600),
            ("the number of attempts", (1..=1000).contains(&self.attempts), 1000),
            ("the seconds of a backoff", self.backoff <= HOUR, 3600),
            ("the bytes of a payload", self.payload_bytes <= 512 << 10, 512 << 10),
        ];
        bounds
            .into_iter()
            .find(|(_, holds, _)| !holds)
            .map_or(Ok(()), |(what, _, limit)| Err(TaskError::OutOfBounds { what, limit }))
    }

    /// How long a task rests after so many attempts.
    pub(super) fn rest(&self, attempts: u32) -> Duration {
        let doubled = 1u32.checked_shl(attempts.saturating_sub(1).min(20)).unwrap_or(u32::MAX);
        self.backoff.saturating_mul(doubled).min(HOUR)
    }
}
