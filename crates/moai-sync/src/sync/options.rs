//! What a synchronizer is set up with.

use std::sync::Arc;
use std::time::Duration;

use moai_core::{AgentId, Chance, Clock, InvalidInput, Limits, SystemChance, agent_id};

/// What a synchronizer is set up with. The defaults suit a swarm on one machine.
#[derive(Clone)]
#[must_use]
pub struct SyncOptions {
    pub(super) id: AgentId,
    pub(super) timeout: Duration,
    pub(super) limits: Limits,
    pub(super) clock: Option<Arc<dyn Clock>>,
    pub(super) chance: Arc<dyn Chance>,
    pub(super) hearsay: Hearsay,
    pub(super) rounds: usize,
    pub(super) round_bytes: usize,
    pub(super) window: Duration,
    pub(super) followers: usize,
    pub(super) pushes: usize,
}

/// What an agent may say of what others wrote: that another contributes so much to a counter, wrote a field or a register, or
/// had seen so much. Sets that only grow, and documents, do not say who wrote what, so this does not hold for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum Hearsay {
    /// It counts. For swarms in which nobody lies: what an agent wrote reaches the swarm also through others that heard of it
    /// in another way, or in a former life of the memory.
    #[default]
    Counts,
    /// An agent speaks for itself alone: an answer that says more of another than the swarm holds is set aside by name.
    Refused,
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self {
            id: agent_id!("state-synchronizer"),
            timeout: Duration::from_secs(10),
            limits: Limits::default(),
            clock: None,
            chance: Arc::new(SystemChance),
            hearsay: Hearsay::default(),
            rounds: 64,
            round_bytes: 256 << 20,
            window: Duration::from_millis(5),
            followers: 10_000,
            pushes: 10_000,
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

    /// Where wall time comes from. Default: the resolver's clock.
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// What an agent may say of what others wrote. Default: it counts.
    pub fn with_hearsay(mut self, hearsay: Hearsay) -> Self {
        self.hearsay = hearsay;
        self
    }

    /// How many rounds of questions may be under way at once, and as many again of those that are critical; the others wait
    /// their turn. At least one. Default: 64.
    pub fn with_rounds(mut self, rounds: usize) -> Self {
        self.rounds = rounds.max(1);
        self
    }

    /// How many bytes the answers of one round may have, unpacked. Who answers beyond that is set aside by name. Default:
    /// 256 MiB.
    pub fn with_round_bytes(mut self, bytes: usize) -> Self {
        self.round_bytes = bytes;
        self
    }

    /// How long what agents write unasked, and what is to be told to followers, is gathered, so that much of it goes at
    /// once. Default: 5 milliseconds.
    pub fn with_window(mut self, window: Duration) -> Self {
        self.window = window.min(Self::LONGEST_TIMEOUT);
        self
    }

    /// How many agents may follow what the swarm holds; whoever comes beyond that is told so, and tries again. Default:
    /// 10,000.
    pub fn with_followers(mut self, most: usize) -> Self {
        self.followers = most;
        self
    }

    /// How many messages of agents that wrote unasked may wait to be settled, two of each agent at the most, and as many
    /// bytes as [the answers of a round](Self::with_round_bytes). What comes beyond that is left: its agent sends it again.
    /// Default: 10,000.
    pub fn with_pushes(mut self, most: usize) -> Self {
        self.pushes = most;
        self
    }

    /// Where chance comes from.
    pub fn with_chance(mut self, chance: Arc<dyn Chance>) -> Self {
        self.chance = chance;
        self
    }
}

impl std::fmt::Debug for SyncOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("SyncOptions");
        shown.field("id", &self.id).field("timeout", &self.timeout).field("limits", &self.limits);
        shown.field("hearsay", &self.hearsay).field("window", &self.window).finish_non_exhaustive()
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
