//! Merged, so that nothing is lost.

use std::collections::{BTreeMap, HashSet};

use moai_core::{AgentId, StateKey, Value};
use moai_crdt::{Contribution, Contributions, Merge};

use super::lww::Lww;
use super::{ResolveError, Resolved, Strategy, Way};
use crate::mergeable::{bare_map, contribution, lift, written, wrong};
use crate::{AgentClock, CrdtType, Fields, Mergeable, Metadata, StateVersion};

/// Merges versions by what they say they are: counters add up what each agent contributes, sets and maps take in each
/// other, documents merge place by place, and of registers the last that was written wins.
///
/// A bare number is what its agent contributes, an array the elements of a set, a map its fields as of its time. What was
/// merged carries what it is made of; so merging it again, with any of what went in, changes nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Crdt {
    infers: bool,
}

impl Crdt {
    /// States that do not say how they merge are registers.
    #[must_use]
    pub const fn new() -> Self {
        Self { infers: false }
    }

    /// States that do not say how they merge are taken by what they look like: whole numbers for counters, arrays for sets,
    /// maps for maps, and the rest for registers.
    ///
    /// What is merged says how it merges from then on. An agent that was told of it writes on as that: by
    /// [`contribute`](crate::Replica::contribute), [`add`](crate::Replica::add) or
    /// [`set_field`](crate::Replica::set_field); a bare [`put`](crate::Replica::put) is refused.
    #[must_use]
    pub const fn inferring() -> Self {
        Self { infers: true }
    }

    /// How all of them merge.
    fn common_kind(self, key: &StateKey, versions: &[StateVersion]) -> Result<CrdtType, ResolveError> {
        let first = versions.first().ok_or_else(|| ResolveError::Empty { state_key: key.clone() })?;
        let kind = self.crdt_type(first);
        // The error must not depend on the order, so of each kind the first agent is named.
        let Some(other) = versions.iter().find(|other| self.crdt_type(other) != kind) else { return Ok(kind) };
        let mut kinds: BTreeMap<CrdtType, &AgentId> = BTreeMap::new();
        for version in versions {
            let named = kinds.entry(self.crdt_type(version)).or_insert(&version.agent_id);
            *named = (*named).min(&version.agent_id);
        }
        let mut kinds = kinds.into_iter();
        let (kind, agent_id) = kinds.next().unwrap_or((kind, &first.agent_id));
        let (other_kind, other) = kinds.next().unwrap_or((self.crdt_type(other), &other.agent_id));
        let (agent_id, other) = (agent_id.clone(), other.clone());
        Err(ResolveError::MixedTypes { state_key: key.clone(), agent_id, kind, other, other_kind })
    }
}

impl Strategy for Crdt {
    fn resolve(&self, key: &StateKey, versions: &[StateVersion]) -> Result<Resolved, ResolveError> {
        let kind = self.common_kind(key, versions)?;
        let merged = match kind {
            CrdtType::Register => Ok(None),
            CrdtType::Counter => merge_counters(versions),
            CrdtType::Map => merge_maps(versions),
            _ => merge(versions, kind),
        };
        let merged = merged.map_err(|why| first_wrong(versions, kind).unwrap_or(why))?;
        // Nothing of it can be merged: registers, or numbers of which nobody says what they are made of.
        let Some(merged) = merged else {
            return Ok(Resolved { way: Way::Crdt, ..Lww.resolve(key, versions)? });
        };
        let value = merged.to_value().ok_or_else(|| ResolveError::Overflow { state_key: key.clone() })?;
        let (first, _) = versions.split_first().ok_or_else(|| ResolveError::Empty { state_key: key.clone() })?;
        // Gathered without an order, which is quicker, and then sorted.
        let (mut agents, mut last, mut greatest) = (HashSet::new(), first, first.version);
        for version in versions {
            agents.insert(&version.agent_id);
            greatest = greatest.max(version.version);
            if version.cmp_written(last).is_gt() {
                last = version;
            }
        }
        let mut state = StateVersion { value, ..last.clone() };
        if agents.len() > 1 {
            state.agent_id = AgentId::COORDINATOR;
        }
        state.version = greatest;
        state.metadata = merged_metadata(last, merged, versions);
        let mut merged_from: Vec<AgentId> = agents.into_iter().filter(|agent| !agent.is_reserved()).cloned().collect();
        merged_from.sort_unstable();
        Ok(Resolved { merged_from, ..Resolved::new(state, Way::Crdt) })
    }

    fn crdt_type(&self, state: &StateVersion) -> CrdtType {
        match (state.metadata.crdt_type(), &state.value) {
            (Some(kind), _) => kind,
            (None, Value::Number(number)) if self.infers && number.as_i64().is_some() => CrdtType::Counter,
            (None, Value::Array(_)) if self.infers => CrdtType::Set,
            (None, Value::Map(_)) if self.infers => CrdtType::Map,
            (None, _) => CrdtType::Register,
        }
    }
}

/// What is wrong with the first of those that are: the order of versions must not decide whom it names.
fn first_wrong(versions: &[StateVersion], kind: CrdtType) -> Option<ResolveError> {
    let wrong = versions.iter().filter(|version| lift(version, kind).is_err());
    lift(wrong.min_by(|left, right| left.cmp_written(right))?, kind).err()
}

/// All that any has seen, and what the last that was written says besides.
fn merged_metadata(last: &StateVersion, merged: Mergeable, versions: &[StateVersion]) -> Metadata {
    let mut metadata = last.metadata.clone().with_mergeable(merged);
    let mut clocks = versions.iter().filter_map(|version| version.metadata.vector_clock());
    if let Some(first) = clocks.next() {
        let clock = clocks.fold(first.clone(), |mut all: AgentClock, clock| {
            all.merge(clock);
            all
        });
        metadata = metadata.with_vector_clock(clock);
    }
    metadata
}

/// Counters, many at once: numbers are gathered by their agents first.
fn merge_counters(versions: &[StateVersion]) -> Result<Option<Mergeable>, ResolveError> {
    let mut numbers: BTreeMap<&AgentId, Contribution> = BTreeMap::new();
    let mut merged: Option<Contributions> = None;
    for version in versions {
        match version.metadata.mergeable() {
            Some(Mergeable::Counter(theirs)) => match &mut merged {
                None => merged = Some(theirs.clone()),
                Some(ours) => {
                    ours.merge(theirs);
                }
            },
            Some(_) => return Err(wrong(version, CrdtType::Counter)),
            None => {
                let number = contribution(version)?;
                // What was merged from several is nobody's contribution.
                if version.agent_id.is_reserved() {
                    continue;
                }
                match numbers.get_mut(&version.agent_id) {
                    Some(known) if *known >= number => {}
                    Some(known) => *known = number,
                    None => {
                        numbers.insert(&version.agent_id, number);
                    }
                }
            }
        }
    }
    if numbers.is_empty() {
        return Ok(merged.map(Mergeable::Counter));
    }
    let mut all: Contributions = numbers.into_iter().map(|(agent, number)| (agent.clone(), number)).collect();
    if let Some(merged) = merged {
        all.merge(&merged);
    }
    Ok(Some(Mergeable::Counter(all)))
}

/// Maps, many at once: only what is written last under each key is copied.
fn merge_maps(versions: &[StateVersion]) -> Result<Option<Mergeable>, ResolveError> {
    let mut latest: Vec<(&str, &StateVersion, &Value)> = Vec::new();
    let mut merged: Option<Fields> = None;
    let mut is_bare = false;
    for version in versions {
        let map = match version.metadata.mergeable() {
            Some(Mergeable::Map(theirs)) => {
                match &mut merged {
                    None => merged = Some(theirs.clone()),
                    Some(ours) => {
                        ours.merge(theirs);
                    }
                }
                continue;
            }
            Some(_) => return Err(wrong(version, CrdtType::Map)),
            None => bare_map(version)?,
        };
        // What was merged from several is nobody's write.
        if version.agent_id.is_reserved() {
            continue;
        }
        is_bare = true;
        for (place, (key, value)) in map.iter().enumerate() {
            // Mostly all have the same keys.
            let at = match latest.get(place) {
                Some((known, ..)) if known == key => Ok(place),
                _ => latest.binary_search_by(|(known, ..)| (*known).cmp(key)),
            };
            match at.map(|at| latest.get_mut(at)) {
                Ok(Some((_, by, known))) => {
                    if written_later(version, value, by, known) {
                        (*by, *known) = (version, value);
                    }
                }
                Ok(None) => {}
                Err(at) => latest.insert(at, (key, version, value)),
            }
        }
    }
    if !is_bare {
        return Ok(merged.map(Mergeable::Map));
    }
    let mut fields = merged.unwrap_or_default();
    for (key, by, value) in latest {
        fields.set(key, written(by), value.clone());
    }
    Ok(Some(Mergeable::Map(fields)))
}

fn written_later(one: &StateVersion, value: &Value, other: &StateVersion, known: &Value) -> bool {
    let order = one.timestamp.cmp(&other.timestamp).then(one.version.cmp(&other.version));
    order.then_with(|| one.agent_id.cmp(&other.agent_id)).then_with(|| value.cmp(known)).is_gt()
}

fn merge(versions: &[StateVersion], kind: CrdtType) -> Result<Option<Mergeable>, ResolveError> {
    let mut merged: Option<Mergeable> = None;
    for version in versions {
        let Some(theirs) = lift(version, kind)? else { continue };
        match &mut merged {
            None => merged = Some(theirs.into_owned()),
            Some(ours) => {
                ours.merge(&theirs).map_err(|_| wrong(version, kind))?;
            }
        }
    }
    Ok(merged)
}
