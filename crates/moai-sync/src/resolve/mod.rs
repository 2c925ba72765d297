//! Several versions of a state become one, whatever their order.

mod by_prefix;
mod crdt;
mod lww;
mod resolve_error;
mod resolved;
mod strategy;
mod vector;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use moai_core::{Clock, InvalidInput, StateKey, SystemClock, Timestamp};
use moai_crdt::Merge;

use crate::mergeable::lift;
use crate::{CrdtType, Mergeable, StateVersion};

pub use by_prefix::ByPrefix;
pub use crdt::Crdt;
pub use lww::Lww;
pub use resolve_error::ResolveError;
pub use resolved::{Resolved, Way};
pub use strategy::Strategy;
pub use vector::Vector;

/// Makes one state of several versions of it.
///
/// # What it promises
///
/// - **Every order of the versions gives the same**, and so does a version that stands there twice.
/// - **Resolving what came out once more with what went in changes nothing.**
/// - The versions that go in are never changed.
/// - What is from the future is refused by name: it would win for ever.
///
/// ```
/// use moai_core::{StateKey, Timestamp, Version, agent_id, value};
/// use moai_sync::{ConflictResolver, CrdtType, Metadata, StateVersion};
///
/// let key = StateKey::new("requests")?;
/// let counted = |agent, count| {
///     StateVersion::new(key.clone(), value!(count), Version::ZERO, Timestamp::UNIX_EPOCH, agent)
///         .with_metadata(Metadata::of_type(CrdtType::Counter))
/// };
/// let versions = [counted(agent_id!("agent-1"), 1000), counted(agent_id!("agent-2"), 1500)];
/// let resolver = ConflictResolver::crdt();
/// let resolved = resolver.resolve(&key, &versions)?;
/// assert_eq!(resolved.value, value!(2500));
///
/// // An agent that comes late with what it had reported adds nothing.
/// let [first, _] = versions;
/// assert_eq!(resolver.resolve(&key, &[resolved.state, first])?.value, value!(2500));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ConflictResolver {
    strategy: Arc<dyn Strategy>,
    clock: Arc<dyn Clock>,
    max_clock_ahead: Duration,
}

impl ConflictResolver {
    /// How far ahead of the clock a version may be, unless said otherwise.
    pub const MAX_CLOCK_AHEAD: Duration = Duration::from_secs(60);

    /// A resolver by this strategy, with the system's clock.
    #[must_use]
    pub fn new(strategy: impl Strategy + 'static) -> Self {
        let (strategy, clock) = (Arc::new(strategy), Arc::new(SystemClock));
        Self { strategy, clock, max_clock_ahead: Self::MAX_CLOCK_AHEAD }
    }

    /// The last that was written wins: see [`Lww`].
    #[must_use]
    pub fn lww() -> Self {
        Self::new(Lww)
    }

    /// What had seen the others wins: see [`Vector`].
    #[must_use]
    pub fn vector() -> Self {
        Self::new(Vector)
    }

    /// Everything is merged: see [`Crdt`].
    #[must_use]
    pub fn crdt() -> Self {
        Self::new(Crdt::new())
    }

    /// By the documents' word: `lww`, `vector` or `crdt`.
    ///
    /// # Errors
    ///
    /// `OutOfRange` for any other.
    pub fn named(strategy: &str) -> Result<Self, InvalidInput> {
        match strategy {
            "lww" => Ok(Self::lww()),
            "vector" => Ok(Self::vector()),
            "crdt" => Ok(Self::crdt()),
            other => Err(InvalidInput::OutOfRange {
                field: "strategy",
                low: "lww".into(),
                high: "vector or crdt".into(),
                got: other.chars().take(64).collect(),
            }),
        }
    }

    /// The same with another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The same with another limit for versions that are ahead of the clock.
    #[must_use]
    pub fn with_max_clock_ahead(mut self, limit: Duration) -> Self {
        self.max_clock_ahead = limit;
        self
    }

    /// Makes one state of versions of this key.
    ///
    /// # Errors
    ///
    /// When there is none, one is of another key or from the future, or they do not go together.
    pub fn resolve(&self, key: &StateKey, versions: &[StateVersion]) -> Result<Resolved, ResolveError> {
        let now = self.clock.now();
        for version in versions {
            if self.check(key, version, now).is_err() {
                // The order of versions must not decide whom the error names.
                let wrong = versions.iter().filter(|version| self.check(key, version, now).is_err());
                let first = wrong.min_by(|left, right| left.cmp_written(right)).unwrap_or(version);
                self.check(key, first, now)?;
            }
        }
        self.resolve_admitted(key, versions, now)
    }

    /// The same with versions of this key that were held against the clock before.
    pub(crate) fn resolve_admitted(
        &self,
        key: &StateKey,
        versions: &[StateVersion],
        now: Timestamp,
    ) -> Result<Resolved, ResolveError> {
        if versions.is_empty() {
            return Err(ResolveError::Empty { state_key: key.clone() });
        }
        let mut resolved = self.strategy.resolve(key, versions)?;
        resolved.resolved_at = now;
        resolved.greatest = versions.iter().map(|version| version.version).max().unwrap_or_default();
        // A strategy that goes by what was seen has put it together already.
        if resolved.vector_clock.is_empty() {
            for clock in versions.iter().filter_map(|version| version.metadata.vector_clock()) {
                resolved.vector_clock.merge(clock);
            }
        }
        Ok(resolved)
    }

    fn check(&self, key: &StateKey, version: &StateVersion, now: Timestamp) -> Result<(), ResolveError> {
        if version.state_key != *key {
            let (agent_id, got) = (version.agent_id.clone(), version.state_key.clone());
            return Err(ResolveError::OtherKey { state_key: key.clone(), agent_id, got });
        }
        self.check_time(version, now)
    }

    /// Whether a version is not from the future, and nothing that it is made of is.
    ///
    /// # Errors
    ///
    /// [`ClockAhead`](ResolveError::ClockAhead) when it is.
    pub fn check_time(&self, version: &StateVersion, now: Timestamp) -> Result<(), ResolveError> {
        let made_of = version.metadata.mergeable().and_then(Mergeable::newest);
        let latest = made_of.map_or(version.timestamp, |(time, _)| time.max(version.timestamp));
        let ahead = latest.unix_micros().saturating_sub(now.unix_micros());
        let ahead = Duration::from_micros(u64::try_from(ahead).unwrap_or(0));
        if ahead <= self.max_clock_ahead {
            return Ok(());
        }
        let (state_key, agent_id) = (version.state_key.clone(), version.agent_id.clone());
        Err(ResolveError::ClockAhead { state_key, agent_id, ahead, limit: self.max_clock_ahead })
    }

    /// The keys of which there is more than one state, sorted. Numbers that are declared as counters are what their agents
    /// contribute: two agents with 42 each are in conflict until they are merged. Equal registers are none.
    #[must_use]
    pub fn detect_conflicts<'a>(&self, states: impl IntoIterator<Item = &'a StateVersion>) -> Vec<StateKey> {
        let mut first: BTreeMap<&StateKey, (&StateVersion, bool)> = BTreeMap::new();
        for state in states {
            let (known, differs) = first.entry(&state.state_key).or_insert((state, false));
            *differs |= !self.agree(known, state);
        }
        first.into_iter().filter(|(_, (_, differs))| *differs).map(|(key, _)| key.clone()).collect()
    }

    /// How the strategy takes a state.
    pub(crate) fn crdt_type(&self, state: &StateVersion) -> CrdtType {
        self.strategy.crdt_type(state)
    }

    /// Whether two states say the same, judged by what they are made of.
    pub(crate) fn agree(&self, left: &StateVersion, right: &StateVersion) -> bool {
        let kind = self.crdt_type(left);
        if kind != self.crdt_type(right) {
            return false;
        }
        match kind {
            CrdtType::Register => left.value == right.value,
            kind => match (lift(left, kind), lift(right, kind)) {
                (Ok(ours), Ok(theirs)) => ours == theirs && left.value == right.value,
                _ => false,
            },
        }
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }
}

impl std::fmt::Debug for ConflictResolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConflictResolver").field("max_clock_ahead", &self.max_clock_ahead).finish_non_exhaustive()
    }
}
