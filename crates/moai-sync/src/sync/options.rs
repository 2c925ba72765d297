//! What a synchronizer is set up with.

use std::sync::Arc;
use std::time::Duration;

use moai_core::{AgentId, Chance, Clock, InvalidInput, Limits, SystemChance, SystemClock, agent_id};

/// What a synchronizer is set up with. The defaults suit a swarm on one machine.
#[derive(Clone)]
#[must_use]
pub struct SyncOptions {
    pub(super) id: AgentId,
    pub(super) timeout: Duration,
    pub(super) limits: Limits,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) chance: Arc<dyn Chance>,
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self {
            id: agent_id!("state-synchronizer"),
            timeout: Duration::from_secs(10),
            limits: Limits::default(),
            clock: Arc::new(SystemClock),
            chance: Arc::new(SystemChance),
        }
    }
}

impl SyncOptions {
    /// How long may be waited for answers at the most.
    pub const LONGEST_TIMEOUT: Duration = Duration::from_secs(3_600);

    /// The name under which it joins, as a service. Default: `state-synchronizer`.
    pub fn with_id(mut self, id: AgentId) -> Self {
        self.id = id;
        self
    }

    /// How long answers are waited for, unless said otherwise. Default: 10 seconds.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The limits for states and messages.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Where wall time comes from.
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Where chance comes from.
    pub fn with_chance(mut self, chance: Arc<dyn Chance>) -> Self {
        self.chance = chance;
        self
    }
}

/// # Errors
///
/// `OutOfRange` for no time at all, and for more than an hour.
pub(super) fn checked(timeout: Duration) -> Result<Duration, InvalidInput> {
    if (Duration::from_micros(1)..=SyncOptions::LONGEST_TIMEOUT).contains(&timeout) {
        return Ok(timeout);
    }
    let (low, high) = ("1µs".to_owned(), format!("{:?}", SyncOptions::LONGEST_TIMEOUT));
    Err(InvalidInput::OutOfRange { field: "timeout", low, high, got: format!("{timeout:?}") })
}
