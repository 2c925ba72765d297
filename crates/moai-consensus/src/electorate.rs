//! Who may vote on one proposal, and how much each vote weighs.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use moai_core::{AgentId, Digest, DigestBuilder, InvalidInput};
use serde::{Deserialize, Serialize};

use crate::name_index::NameIndex;
use crate::ratio::common_divisor;
use crate::{Elector, Group, Ratio, VoterKey};

/// Voters that no rule can tell apart: of one weight, in one group, all with a veto or none.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Class {
    /// The weight of each.
    pub weight: u64,
    /// Which group, as a place in the list of all groups.
    pub group: Option<usize>,
    /// Whether each has a veto.
    pub veto: bool,
    /// How many they are.
    pub members: u64,
}

/// Who may vote on one proposal: an immutable picture, taken when it is opened, that costs a pointer to copy.
///
/// Whoever joins or leaves later changes nothing about it. Its digest stands in every ballot, so that nobody counts a
/// ballot under another electorate.
///
/// ```
/// use moai_consensus::{Elector, Electorate};
/// use moai_core::agent_id;
///
/// let electorate = Electorate::of([agent_id!("agent-1"), agent_id!("agent-2")])?;
/// assert_eq!((electorate.len(), electorate.total_weight()), (2, 2));
/// assert!(electorate.index_of(&agent_id!("stranger")).is_none());
///
/// let next = electorate.without(&[agent_id!("agent-2")]);
/// assert_eq!((next.len(), next.epoch()), (1, electorate.epoch() + 1));
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Clone)]
pub struct Electorate(Arc<Inner>);

struct Inner {
    /// Sorted by name.
    electors: Vec<Elector>,
    index: NameIndex,
    /// The class of each.
    class_of: Vec<usize>,
    classes: Vec<Class>,
    groups: Vec<Group>,
    total: u64,
    /// What a weight of 1 in the documents' decimals is here.
    unit: u64,
    epoch: u64,
    digest: Digest,
    /// Whether anybody has a key.
    keys: bool,
    /// The keys that several have.
    shared: Vec<VoterKey>,
}

impl Electorate {
    /// These voters, in any order.
    ///
    /// # Errors
    ///
    /// `DuplicateKey` for a voter who is listed twice, who would otherwise count twice; `OutOfRange` when all weights
    /// together do not fit into 64 bits.
    pub fn new(electors: impl IntoIterator<Item = Elector>) -> Result<Self, InvalidInput> {
        Self::build(electors.into_iter().collect(), 1, 0)
    }

    /// Voters of weight 1.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn of(ids: impl IntoIterator<Item = AgentId>) -> Result<Self, InvalidInput> {
        Self::new(ids.into_iter().map(Elector::new))
    }

    /// The same voters with weights written as fractions or decimals: they become whole numbers of a common unit, so
    /// that sums are exact. Who has none of these weighs 1.
    ///
    /// ```
    /// use moai_consensus::{Electorate, Ratio};
    /// use moai_core::agent_id;
    ///
    /// let both = Electorate::of([agent_id!("junior"), agent_id!("senior")])?;
    /// let weighted = both.weighted(|id| (id.as_str() == "senior").then_some(Ratio::new(5, 2).ok()).flatten())?;
    /// assert_eq!((weighted.total_weight(), weighted.unit()), (7, 2)); // 1 + 2.5
    /// # Ok::<(), moai_core::InvalidInput>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `OutOfRange` when the common unit or the sum does not fit into 64 bits.
    pub fn weighted(&self, weight_of: impl Fn(&AgentId) -> Option<Ratio>) -> Result<Self, InvalidInput> {
        let weights: Vec<Ratio> =
            self.electors().iter().map(|elector| weight_of(&elector.id).unwrap_or(Ratio::ONE)).collect();
        let unit = weights.iter().try_fold(1_u64, |unit, weight| {
            let denominator = weight.denominator();
            unit.checked_mul(denominator / common_divisor(unit, denominator)).ok_or_else(|| too_much("unit of weights"))
        })?;
        let scaled = self.electors().iter().zip(&weights).map(|(elector, weight)| {
            let scaled = (unit / weight.denominator()).checked_mul(weight.numerator());
            Ok(elector.clone().weighing(scaled.ok_or_else(|| too_much("weight"))?))
        });
        Self::build(scaled.collect::<Result<_, InvalidInput>>()?, unit, self.epoch())
    }

    /// The same voters with keys: who has none yet gets this one.
    ///
    /// ```
    /// use moai_consensus::{Electorate, VoterKey};
    /// use moai_core::{agent_id, value};
    ///
    /// let both = Electorate::of([agent_id!("a"), agent_id!("b")])?;
    /// let keyed = both.keyed(|id| (id.as_str() == "a").then(|| VoterKey::from_bytes(*value!("its key").digest().as_bytes())));
    /// assert!(keyed.key(&agent_id!("a")).is_some() && keyed.key(&agent_id!("b")).is_none());
    /// assert_ne!(keyed.digest(), both.digest());
    /// # Ok::<(), moai_core::InvalidInput>(())
    /// ```
    #[must_use]
    pub fn keyed(&self, key_of: impl Fn(&AgentId) -> Option<VoterKey>) -> Self {
        let keyed = self.electors().iter().map(|elector| {
            let key = elector.key.or_else(|| key_of(&elector.id));
            Elector { key, ..elector.clone() }
        });
        Self::assemble(keyed.collect(), self.total_weight(), self.unit(), self.epoch())
    }

    /// The same voters under another epoch: one for each change of who belongs.
    #[must_use]
    pub fn in_epoch(&self, epoch: u64) -> Self {
        Self::assemble(self.electors().to_vec(), self.total_weight(), self.unit(), epoch)
    }

    /// The next electorate, without these. The one that an open proposal has stays as it is.
    #[must_use]
    pub fn without(&self, ids: &[AgentId]) -> Self {
        let leaving: BTreeSet<&AgentId> = ids.iter().collect();
        let stays = |elector: &&Elector| !leaving.contains(&elector.id);
        let left: Vec<_> = self.electors().iter().filter(stays).cloned().collect();
        let total = left.iter().map(|elector| elector.weight).sum();
        Self::assemble(left, total, self.unit(), self.epoch().saturating_add(1))
    }

    pub(crate) fn build(mut electors: Vec<Elector>, unit: u64, epoch: u64) -> Result<Self, InvalidInput> {
        electors.sort_by(|left, right| left.id.cmp(&right.id));
        let twice = electors.windows(2).find_map(|pair| match pair {
            [left, right] if left.id == right.id => Some(&left.id),
            _ => None,
        });
        if let Some(id) = twice {
            return Err(InvalidInput::DuplicateKey { field: "electorate", key: id.to_string() });
        }
        let total = electors.iter().try_fold(0_u64, |sum, elector| sum.checked_add(elector.weight));
        let total = total.ok_or_else(|| too_much("total weight"))?;
        Ok(Self::assemble(electors, total, unit, epoch))
    }

    /// From voters that are sorted, all different, and together not too much.
    fn assemble(electors: Vec<Elector>, total: u64, unit: u64, epoch: u64) -> Self {
        let mut groups: Vec<Group> = electors.iter().filter_map(|elector| elector.group.clone()).collect();
        groups.sort_unstable();
        groups.dedup();
        let kind = |elector: &Elector| {
            let group = elector.group.as_ref().and_then(|group| groups.binary_search(group).ok());
            (elector.weight, group, elector.veto)
        };
        let mut kinds: Vec<_> = electors.iter().map(kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let mut classes: Vec<Class> =
            kinds.iter().map(|&(weight, group, veto)| Class { weight, group, veto, members: 0 }).collect();
        let class_of: Vec<usize> =
            electors.iter().map(|elector| kinds.binary_search(&kind(elector)).unwrap_or_default()).collect();
        for &class in &class_of {
            if let Some(class) = classes.get_mut(class) {
                class.members += 1;
            }
        }
        let digest = digest(&electors, unit, epoch);
        let index = NameIndex::new(&electors);
        let mut sorted: Vec<VoterKey> = electors.iter().filter_map(|elector| elector.key).collect();
        sorted.sort_unstable();
        let keys = !sorted.is_empty();
        let twice = |pair: &[VoterKey]| match pair {
            [left, right] if left == right => Some(*left),
            _ => None,
        };
        let shared = sorted.windows(2).filter_map(twice).collect();
        Self(Arc::new(Inner { electors, index, class_of, classes, groups, total, unit, epoch, digest, keys, shared }))
    }

    /// The voters, sorted by name.
    #[must_use]
    pub fn electors(&self) -> &[Elector] {
        &self.0.electors
    }

    /// The names of the voters, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &AgentId> {
        self.electors().iter().map(|elector| &elector.id)
    }

    /// How many voters there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.electors.len()
    }

    /// Whether nobody may vote.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.electors.is_empty()
    }

    /// The place of a voter in [`electors`](Self::electors): the handle by which a tally counts fastest.
    #[must_use]
    pub fn index_of(&self, id: &AgentId) -> Option<usize> {
        self.0.index.find(&self.0.electors, id)
    }

    /// The voter at a place.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&Elector> {
        self.0.electors.get(index)
    }

    /// The key of a voter; nothing for a stranger, and for who has none.
    #[must_use]
    pub fn key(&self, id: &AgentId) -> Option<&VoterKey> {
        // Where nobody has one, nobody is looked up.
        let index = if self.has_keys() { self.index_of(id) } else { None };
        self.get(index?)?.key.as_ref()
    }

    /// Whether anybody in it has a key.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        self.0.keys
    }

    /// The keys that several voters have: their owner would count twice.
    pub(crate) fn shared_keys(&self) -> &[VoterKey] {
        &self.0.shared
    }

    /// The key of a voter that nobody else can sign for: of one that several have, or anybody can sign for, nobody knows whose
    /// word it is.
    pub(crate) fn own_key(&self, id: &AgentId) -> Option<&VoterKey> {
        self.key(id).filter(|key| !key.is_of_small_order() && !self.shared_keys().contains(key))
    }

    /// All weights together.
    #[must_use]
    pub fn total_weight(&self) -> u64 {
        self.0.total
    }

    /// What a weight of 1 in the caller's decimals is here: 1, unless weights are fractions.
    #[must_use]
    pub fn unit(&self) -> u64 {
        self.0.unit
    }

    /// Which picture of the swarm this is.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.0.epoch
    }

    /// What stands for it in ballots: SHA-256 by [`DigestBuilder`] under the domain `moai/electorate/1` of epoch, unit,
    /// number of voters, and for each its name, weight, group (or nothing), veto (0 or 1) and key (or nothing).
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.0.digest
    }

    /// Voters that no rule can tell apart.
    #[must_use]
    pub fn classes(&self) -> &[Class] {
        &self.0.classes
    }

    /// The groups that voters belong to, sorted.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.0.groups
    }

    /// The class of the voter at a place.
    #[inline]
    pub(crate) fn class_of(&self, index: usize) -> Option<usize> {
        self.0.class_of.get(index).copied()
    }
}

fn too_much(field: &'static str) -> InvalidInput {
    let (low, high) = (0.to_string(), u64::MAX.to_string());
    InvalidInput::OutOfRange { field, low, high, got: "more".into() }
}

fn digest(electors: &[Elector], unit: u64, epoch: u64) -> Digest {
    let start = DigestBuilder::new("moai/electorate/1").u64(epoch).u64(unit).u64(electors.len() as u64);
    let all = electors.iter().fold(start, |digest, elector| {
        let group = elector.group.as_ref().map_or("", Group::as_str);
        let key: &[u8] = elector.key.as_ref().map_or(&[], |key| key.as_bytes());
        digest.text(elector.id.as_str()).u64(elector.weight).text(group).u64(elector.veto.into()).bytes(key)
    });
    all.finish()
}

impl PartialEq for Electorate {
    fn eq(&self, other: &Self) -> bool {
        self.digest() == other.digest()
    }
}

impl Eq for Electorate {}

impl fmt::Debug for Electorate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = f.debug_struct("Electorate");
        all.field("epoch", &self.epoch()).field("unit", &self.unit()).field("electors", &self.electors()).finish()
    }
}

/// As it is written: what it is made of.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Electorate", deny_unknown_fields)]
struct Written {
    epoch: u64,
    unit: u64,
    electors: Vec<Elector>,
}

impl Serialize for Electorate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = Written { epoch: self.epoch(), unit: self.unit(), electors: self.electors().to_vec() };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Electorate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { epoch, unit, electors } = Written::deserialize(deserializer)?;
        if unit == 0 {
            return Err(serde::de::Error::custom("the unit of weights is at least 1"));
        }
        Self::build(electors, unit, epoch).map_err(serde::de::Error::custom)
    }
}
