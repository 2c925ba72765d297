//! What a manager is set up with, and what may be said beside a question.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use moai_core::{
    AgentId, AlgorithmName, Chance, Clock, InvalidInput, Journal, Limits, MemoryProvider, SystemChance, SystemClock,
    agent_id, algorithm_name,
};

use crate::signing::ChosenScheme;
use crate::{Electorate, OnDeadline, Verifier, VoterKey};

/// What a manager is set up with. The defaults suit a swarm on one machine.
///
/// ```
/// use std::time::Duration;
/// use moai_consensus::ManagerOptions;
/// use moai_core::algorithm_name;
///
/// let options = ManagerOptions::default()
///     .with_default_algorithm(algorithm_name!("weighted"))
///     .with_longest_timeout(Duration::from_secs(3_600));
/// # let _ = options;
/// ```
#[derive(Clone)]
#[must_use]
pub struct ManagerOptions {
    pub(super) id: AgentId,
    pub(super) default_algorithm: AlgorithmName,
    pub(super) longest_timeout: Duration,
    pub(super) open: usize,
    pub(super) history: usize,
    pub(super) limits: Limits,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) chance: Arc<dyn Chance>,
    pub(super) journal: Option<Arc<dyn Journal>>,
    pub(super) memory: Option<Arc<dyn MemoryProvider>>,
    pub(super) keep_every: Duration,
    pub(super) grace: Duration,
    pub(super) keys: BTreeMap<AgentId, VoterKey>,
    pub(super) scheme: ChosenScheme,
}

/// Shows what is a value, and not what is plugged in.
impl fmt::Debug for ManagerOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("ManagerOptions");
        shown.field("id", &self.id).field("default_algorithm", &self.default_algorithm);
        shown.field("longest_timeout", &self.longest_timeout).field("open", &self.open);
        shown.field("history", &self.history).field("limits", &self.limits);
        shown.field("keep_every", &self.keep_every).field("grace", &self.grace).field("keys", &self.keys);
        shown.finish_non_exhaustive()
    }
}

impl Default for ManagerOptions {
    fn default() -> Self {
        Self {
            id: agent_id!("consensus-manager"),
            default_algorithm: algorithm_name!("quorum"),
            longest_timeout: Duration::from_secs(300),
            open: 100_000,
            history: 1_000,
            limits: Limits::default(),
            clock: Arc::new(SystemClock),
            chance: Arc::new(SystemChance),
            journal: None,
            memory: None,
            keep_every: Duration::from_secs(1),
            grace: Duration::from_secs(5),
            keys: BTreeMap::new(),
            scheme: ChosenScheme::USUAL,
        }
    }
}

impl ManagerOptions {
    /// The name under which the manager joins, as a service. Default: `consensus-manager`.
    pub fn with_id(mut self, id: AgentId) -> Self {
        self.id = id;
        self
    }

    /// The algorithm for questions that name none. Default: `quorum`.
    pub fn with_default_algorithm(mut self, name: AlgorithmName) -> Self {
        self.default_algorithm = name;
        self
    }

    /// How long a question may be open at the most. Default: 300 seconds.
    pub fn with_longest_timeout(mut self, longest: Duration) -> Self {
        self.longest_timeout = longest;
        self
    }

    /// How many questions may be open at once. Default: 100,000.
    pub fn with_most_open(mut self, open: usize) -> Self {
        self.open = open;
        self
    }

    /// How many outcomes are remembered, for late votes and for whoever asks. Default: 1,000.
    pub fn with_history(mut self, history: usize) -> Self {
        self.history = history;
        self
    }

    /// The limits for proposals and ballots.
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

    /// Keeps the statistics in this memory, and goes on with those of an earlier life. They stand in the namespace
    /// `consensus` under `statistics/` and the manager's name, as JSON.
    pub fn with_memory(mut self, memory: Arc<dyn MemoryProvider>) -> Self {
        self.memory = Some(memory);
        self
    }

    /// How often the statistics are kept at the most: a crash loses what was counted since. Default: every second.
    pub fn with_keeping_every(mut self, time: Duration) -> Self {
        self.keep_every = time;
        self
    }

    /// Writes down every question, ballot and decision: then a ballot is acknowledged, and a decision told, only once it
    /// is durable. As long as the journal is far behind, further votes wait.
    ///
    /// Records are read back within the default [`Limits`], so with a journal contents and metadata are held against
    /// those as well.
    pub fn with_journal(mut self, journal: Arc<dyn Journal>) -> Self {
        self.journal = Some(journal);
        self
    }

    /// The keys of voters. Wherever one of them may vote, only ballots that are signed by its key count in its name: in every
    /// electorate, also in one that was [given](Ask::among), unless there the voter has another key already. Who has none
    /// votes unsigned.
    ///
    /// ```
    /// use moai_consensus::{ManagerOptions, VoterKey};
    /// use moai_core::{agent_id, value};
    ///
    /// let key = VoterKey::from_bytes(*value!("the public half of its key").digest().as_bytes());
    /// let options = ManagerOptions::default().with_keys([(agent_id!("agent-1"), key)]);
    /// # let _ = options;
    /// ```
    pub fn with_keys(mut self, keys: impl IntoIterator<Item = (AgentId, VoterKey)>) -> Self {
        self.keys.extend(keys);
        self
    }

    /// What checks signatures. Default: Ed25519 with feature `signing`; without it nothing does, and a question to voters who
    /// have keys is refused.
    pub fn with_verifier(mut self, verifier: Arc<dyn Verifier>) -> Self {
        self.scheme = ChosenScheme::of(verifier);
        self
    }

    /// How long a journal or memory that hangs may hold up the manager's [shutdown](crate::ConsensusManager::shutdown).
    /// Default: 5 seconds.
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// With what can be read back from the journal, if there is one.
    pub(super) fn settled(mut self) -> Self {
        if self.journal.is_some() {
            let (limits, read) = (&mut self.limits, Limits::default());
            limits.value_bytes = limits.value_bytes.min(read.value_bytes);
            limits.value_depth = limits.value_depth.min(read.value_depth);
            limits.ballot_bytes = limits.ballot_bytes.min(read.value_bytes);
        }
        self
    }
}

/// What may be said beside a question.
///
/// ```
/// use std::time::Duration;
/// use moai_consensus::{Ask, OnDeadline};
/// use moai_core::algorithm_name;
///
/// let emergency = Ask::by(algorithm_name!("unanimous"))
///     .within(Duration::from_secs(10))
///     .on_deadline(OnDeadline::Approve); // asked for, never assumed
/// # let _ = emergency;
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Ask {
    pub(super) algorithm: Option<AlgorithmName>,
    pub(super) timeout: Option<Duration>,
    pub(super) on_deadline: OnDeadline,
    pub(super) changes_allowed: bool,
    pub(super) electorate: Option<Electorate>,
    pub(super) proposer: Option<AgentId>,
    pub(super) cancel_on_drop: bool,
}

impl Ask {
    /// How long a question is open, unless said otherwise.
    pub const TIMEOUT: Duration = Duration::from_secs(30);
    /// How long a question is open at least.
    pub const SHORTEST_TIMEOUT: Duration = Duration::from_millis(100);

    /// By the default algorithm, everybody who is in the swarm, within 30 seconds.
    pub fn new() -> Self {
        Self::default()
    }

    /// By this algorithm.
    pub fn by(algorithm: AlgorithmName) -> Self {
        Self { algorithm: Some(algorithm), ..Self::default() }
    }

    /// Open for so long: from 100 milliseconds to the manager's longest.
    pub fn within(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// What becomes of it if it is still open at the deadline.
    pub fn on_deadline(mut self, policy: OnDeadline) -> Self {
        self.on_deadline = policy;
        self
    }

    /// Voters may change their mind until the deadline; then nothing is decided before it.
    pub fn allow_changes(mut self) -> Self {
        self.changes_allowed = true;
        self
    }

    /// These may vote, and nobody else: with weights, groups, vetoes and keys. Who is not in the swarm is not asked, but may
    /// be recorded.
    pub fn among(mut self, electorate: Electorate) -> Self {
        self.electorate = Some(electorate);
        self
    }

    /// Who proposes it. Default: the manager.
    pub fn proposed_by(mut self, proposer: AgentId) -> Self {
        self.proposer = Some(proposer);
        self
    }

    /// Whoever stops waiting takes the question back.
    pub fn cancel_on_drop(mut self) -> Self {
        self.cancel_on_drop = true;
        self
    }

    /// # Errors
    ///
    /// `OutOfRange` for a timeout that is too short or too long.
    pub(super) fn timeout(&self, longest: Duration) -> Result<Duration, InvalidInput> {
        let timeout = self.timeout.unwrap_or(Self::TIMEOUT.min(longest));
        if (Self::SHORTEST_TIMEOUT..=longest).contains(&timeout) {
            return Ok(timeout);
        }
        let text = |time: Duration| format!("{time:?}");
        let (low, high) = (text(Self::SHORTEST_TIMEOUT), text(longest));
        Err(InvalidInput::OutOfRange { field: "timeout", low, high, got: text(timeout) })
    }
}
