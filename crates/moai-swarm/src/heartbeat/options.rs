//! By when somebody is suspected, and by when given up.

use std::time::Duration;

use moai_core::InvalidInput;

/// A suspicion never needs longer than this, or three intervals.
const LATEST_SUSPICION: Duration = Duration::from_secs(10);

/// How long a class of agents may be silent, and how long without progress.
///
/// ```
/// use std::time::Duration;
/// use moai_swarm::heartbeat::Lease;
///
/// let lease = Lease::new(Duration::from_secs(60)).with_progress(Duration::from_secs(600));
/// assert_eq!(lease.silence, Duration::from_secs(60));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// Silent for longer, it has failed.
    pub silence: Duration,
    /// Without evidence of progress for longer, it has failed, however it beats. `None`: idle agents live on.
    pub progress: Option<Duration>,
}

impl Lease {
    /// A lease that any beat renews.
    #[must_use]
    pub const fn new(silence: Duration) -> Self {
        Self { silence, progress: None }
    }

    /// The same, and evidence of progress is due within this time too.
    #[must_use]
    pub const fn with_progress(mut self, within: Duration) -> Self {
        self.progress = Some(within);
        self
    }
}

impl Default for Lease {
    fn default() -> Self {
        Self::new(Duration::from_secs(30))
    }
}

/// How a monitor judges, and what it reports.
///
/// ```
/// use std::time::Duration;
/// use moai_swarm::heartbeat::{HeartbeatOptions, Lease};
///
/// let options = HeartbeatOptions::default();
/// assert!(options.check().is_ok());
/// // Somebody who is suspected after ten seconds cannot be given up after fifteen.
/// assert!(options.with_lease(Lease::new(Duration::from_secs(15))).check().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeartbeatOptions {
    /// How often agents beat. One second.
    pub interval: Duration,
    /// The lease of agents that are of no other class. Thirty seconds of silence.
    pub lease: Lease,
    /// How many agents are watched at most. 100,000.
    pub agents: usize,
    /// How many events wait for a slow reader before it lags. 1,024.
    pub events: usize,
    /// Whether the coordinator is told who has failed and who is back. It is, and before the event is published: so votes and
    /// rounds that begin later, also those that an event brings about, do without whoever has failed.
    pub tells_states: bool,
}

impl Default for HeartbeatOptions {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(1),
            lease: Lease::default(),
            agents: 100_000,
            events: 1_024,
            tells_states: true,
        }
    }
}

impl HeartbeatOptions {
    /// Agents beat this often.
    #[must_use]
    pub const fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// The lease of agents that are of no other class.
    #[must_use]
    pub const fn with_lease(mut self, lease: Lease) -> Self {
        self.lease = lease;
        self
    }

    /// So many agents are watched at most.
    #[must_use]
    pub const fn with_agents(mut self, agents: usize) -> Self {
        self.agents = agents;
        self
    }

    /// So many events wait for a slow reader before it lags.
    #[must_use]
    pub const fn with_events(mut self, events: usize) -> Self {
        self.events = events;
        self
    }

    /// The coordinator is told nothing: who has failed is seen by its events alone.
    #[must_use]
    pub const fn without_states(mut self) -> Self {
        self.tells_states = false;
        self
    }

    /// The longest silence after which somebody is suspected: three intervals, or ten seconds where that is more.
    ///
    /// ```
    /// use std::time::Duration;
    /// use moai_swarm::heartbeat::HeartbeatOptions;
    /// assert_eq!(HeartbeatOptions::default().suspicion(), Duration::from_secs(10));
    /// ```
    #[must_use]
    pub fn suspicion(&self) -> Duration {
        self.interval.saturating_mul(3).max(LATEST_SUSPICION)
    }

    /// After what silence is somebody suspected whose silence reaches phi 8 after `phi`.
    pub(super) fn critical(&self, phi: Duration) -> Duration {
        self.interval.saturating_mul(3).max(phi.min(LATEST_SUSPICION))
    }

    /// Half way between the beat that is due and the one behind it: a beat that is early or late by less than half an
    /// interval, against the one before, is never missed, and one that is lost always is.
    pub(super) fn degraded(&self) -> Duration {
        self.interval.saturating_mul(3) / 2
    }

    /// Whether the figures fit each other.
    ///
    /// # Errors
    ///
    /// `OutOfRange` for an interval outside of 10 ms to an hour, a lease of less than twice the
    /// [`suspicion`](Self::suspicion) or more than 30 days, or room for nobody or nothing.
    pub fn check(&self) -> Result<(), InvalidInput> {
        within("interval", self.interval, Duration::from_millis(10), Duration::from_secs(3_600))?;
        count("agents", self.agents, 10_000_000)?;
        count("events", self.events, 1 << 20)?;
        self.check_lease(self.lease)
    }

    pub(super) fn check_lease(&self, lease: Lease) -> Result<(), InvalidInput> {
        let (least, month) = (self.suspicion().saturating_mul(2), Duration::from_secs(30 * 86_400));
        within("lease", lease.silence, least, month)?;
        lease.progress.map_or(Ok(()), |progress| within("progress", progress, least, month))
    }
}

fn within(field: &'static str, got: Duration, low: Duration, high: Duration) -> Result<(), InvalidInput> {
    if (low..=high).contains(&got) {
        return Ok(());
    }
    let (low, high, got) = (format!("{low:?}"), format!("{high:?}"), format!("{got:?}"));
    Err(InvalidInput::OutOfRange { field, low, high, got })
}

fn count(field: &'static str, got: usize, high: usize) -> Result<(), InvalidInput> {
    if (1..=high).contains(&got) {
        return Ok(());
    }
    Err(InvalidInput::OutOfRange { field, low: "1".into(), high: high.to_string(), got: got.to_string() })
}
