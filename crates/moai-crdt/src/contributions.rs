//! A number to which every agent contributes its own.
//!
//! Each agent reports *its* contribution, as often as it likes; of one agent's reports the newest counts, and the number
//! reads as the sum over agents. Reporting again adds nothing: that is what tells it from a counter of increments.
//!
//! There is one slot per **stable agent id**, never per incarnation: an agent that starts again goes on with its own
//! slot, and its old report is replaced, not added to.
//!
//! The newest is the greatest by version, then time, then value. So everyone agrees on it, whatever came first.
//!
//! **A dead agent's slot stays.** [`retire`](Contributions::retire) puts a mark on its last report, which is part of the
//! slot: a marked report is greater than the same one without. The sum never changes by it, whoever else has retired the
//! agent, into whomever, or not yet. Moving the value into another slot could not promise that. A newer report takes the
//! mark away again: the agent was not dead after all, or its last report was still under way; then retire it again.
//!
//! **Anomalies.** An agent that changes its mind within one version and one microsecond keeps the greater value. An
//! agent whose clock or version ran far ahead keeps that report until its next one is beyond it: refuse versions and
//! times from the future before they get here.
//!
//! Source: last-writer-wins registers of Shapiro, Preguiça, Baquero, Zawirski, "A comprehensive study of Convergent and
//! Commutative Replicated Data Types", 2011, section 3.2.1, one in each slot of a counter as in section 3.1.2.

use moai_core::{AgentId, InvalidInput, Version};
use serde::{Deserialize, Serialize};

use crate::heirs::{estate, last_heir};
use crate::sorted_map::SortedMap;
use crate::wire::wire_fields;
use crate::{Merge, Part, Replicated, Wire, WireForm, WireReader, WireWriter};

/// A number to which every agent contributes its own; it reads as the sum.
///
/// Its digest is itself: next to its numbers it holds only names.
///
/// ```
/// use moai_core::{Version, agent_id};
/// use moai_crdt::{Contributions, Merge};
///
/// let (mut here, mut there) = (Contributions::new(), Contributions::new());
/// let _sent = here.set(agent_id!("agent-1"), Version::new(1)?, 0, 42);
/// let _sent = there.set(agent_id!("agent-2"), Version::new(1)?, 0, 38);
/// for _ in 0..100 {
///     here.merge(&there);
///     there.merge(&here);
/// }
/// assert_eq!(here.value(), 80);
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default, Hash)]
pub struct Contributions(SortedMap<AgentId, Contribution>);

/// What one agent has reported last: the greater one is the newer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contribution {
    // The order of the fields is the order of reports.
    version: Version,
    time: i64,
    value: i64,
    retired_into: Option<AgentId>,
}

impl Contribution {
    /// What an agent reports: by its version and the time, of which the greater replaces the lesser.
    #[must_use]
    pub const fn new(version: Version, time: i64, value: i64) -> Self {
        Self { version, time, value, retired_into: None }
    }

    /// The version at which it was reported.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// When it was reported, in microseconds since 1970 began.
    #[must_use]
    pub fn time(&self) -> i64 {
        self.time
    }

    /// How much it is.
    #[must_use]
    pub fn value(&self) -> i64 {
        self.value
    }

    /// Into whom the agent was retired, if it was.
    #[must_use]
    pub fn retired_into(&self) -> Option<&AgentId> {
        self.retired_into.as_ref()
    }
}

impl Contributions {
    /// No contributions.
    #[must_use]
    pub const fn new() -> Self {
        Self(SortedMap::new())
    }

    /// Reports what `agent` contributes, at a version and a time in microseconds since 1970 began. Nothing happens when
    /// a newer report is known.
    pub fn set(&mut self, agent: AgentId, version: Version, time: i64, value: i64) -> Part<Self> {
        self.put(agent, Contribution::new(version, time, value))
    }

    /// Marks `dead` as gone: `into` answers for its last report, which goes on standing in the sum. Nothing happens when
    /// no report of `dead` is known, or when it would be its own heir.
    ///
    /// Anyone may do it, at any time, as often as they like. When several choose several heirs, the greatest is it.
    ///
    /// ```
    /// use moai_core::{Version, agent_id};
    /// use moai_crdt::{Contributions, Merge};
    ///
    /// let (dead, heir, other) = (agent_id!("agent-2"), agent_id!("agent-1"), agent_id!("agent-3"));
    /// let mut here = Contributions::new();
    /// let _sent = here.set(heir.clone(), Version::new(1)?, 0, 42);
    /// let _sent = here.set(dead.clone(), Version::new(1)?, 0, 38);
    /// let (mut there, not_yet_retired) = (here.clone(), here.clone());
    ///
    /// let _sent = here.retire(&dead, heir);
    /// let _sent = there.retire(&dead, other.clone());
    /// here.merge(&there);
    /// here.merge(&not_yet_retired);
    /// assert_eq!((here.value(), here.of(&other)), (80, 38));
    /// # Ok::<(), moai_core::InvalidInput>(())
    /// ```
    pub fn retire(&mut self, dead: &AgentId, into: AgentId) -> Part<Self> {
        match self.0.get(dead) {
            Some(last) if *dead != into => {
                let marked = Contribution { retired_into: Some(into), ..last.clone() };
                self.put(dead.clone(), marked)
            }
            _ => Part(Self::new()),
        }
    }

    /// The sum of all contributions, those of retired agents too, as far as they are known here.
    #[must_use]
    pub fn value(&self) -> i128 {
        self.iter().map(|(_, last)| i128::from(last.value)).sum()
    }

    /// The last report of an agent.
    #[must_use]
    pub fn get(&self, agent: &AgentId) -> Option<&Contribution> {
        self.0.get(agent)
    }

    /// Who answers for `agent`: itself, or its heir, or the heir's heir. Where the way leads in a circle, itself.
    #[must_use]
    pub fn heir<'a>(&'a self, agent: &'a AgentId) -> &'a AgentId {
        last_heir(agent, self.len(), |agent| self.0.get(agent)?.retired_into())
    }

    /// What `agent` answers for: its own contribution, unless it is retired, and those of the retired whose heir it is.
    #[must_use]
    pub fn of(&self, agent: &AgentId) -> i128 {
        let dead = self.iter().filter_map(|(dead, last)| Some((last.retired_into()?, dead)));
        let its = estate(agent, self.heir(agent), dead).into_iter();
        its.filter_map(|reporter| self.get(reporter)).map(|last| i128::from(last.value)).sum()
    }

    /// The last reports, sorted by agent.
    pub fn iter(&self) -> impl Iterator<Item = (&AgentId, &Contribution)> {
        self.0.iter().map(|(agent, last)| (agent, last))
    }

    /// How many agents have reported.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no agent has reported.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn put(&mut self, agent: AgentId, report: Contribution) -> Part<Self> {
        if self.0.raise(&agent, &report) { Part(Self(SortedMap::one(agent, report))) } else { Part(Self::new()) }
    }
}

/// All reports at once; of one agent's the newest counts.
///
/// ```
/// use moai_core::{Version, agent_id};
/// use moai_crdt::{Contribution, Contributions};
///
/// let report = |version, value| Ok::<_, moai_core::InvalidInput>(Contribution::new(Version::new(version)?, 0, value));
/// let (a, b) = (agent_id!("agent-1"), agent_id!("agent-2"));
/// let all = Contributions::from_iter([(a.clone(), report(1, 40)?), (b, report(1, 38)?), (a, report(2, 42)?)]);
/// assert_eq!(all.value(), 80);
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
impl FromIterator<(AgentId, Contribution)> for Contributions {
    fn from_iter<I: IntoIterator<Item = (AgentId, Contribution)>>(reports: I) -> Self {
        Self(reports.into_iter().filter(|(agent, last)| can_be(agent, last)).collect())
    }
}

/// Nobody is their own heir.
fn can_be(agent: &AgentId, last: &Contribution) -> bool {
    last.retired_into() != Some(agent)
}

impl Merge for Contributions {
    fn merge(&mut self, other: &Self) -> bool {
        self.0.merge(&other.0)
    }
}

impl Replicated for Contributions {
    type Delta = Part<Self>;
    type Digest = Self;

    fn apply(&mut self, delta: &Part<Self>) -> bool {
        self.merge(&delta.0)
    }

    fn join(delta: &mut Part<Self>, other: &Part<Self>) {
        delta.merge(other);
    }

    fn digest(&self) -> Self {
        self.clone()
    }

    fn delta_for(&self, digest: &Self) -> Part<Self> {
        Part(Self(self.0.beyond(&digest.0)))
    }
}

impl std::fmt::Debug for Contributions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Contributions {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Contributions {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::readable::sorted_map(deserializer, can_be).map(Self)
    }
}

wire_fields!(impl[] Contribution { version, time, value, retired_into });

impl Wire for Contributions {
    fn write(&self, to: &mut WireWriter) {
        to.items(self.0.iter());
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        from.slots(can_be).map(Self)
    }
}

impl WireForm for Contributions {
    const KIND: u8 = 18;
}
