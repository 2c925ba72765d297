//! How much of each agent's history a state has seen, by the agents' names.

use moai_core::{AgentId, InvalidInput};
use moai_crdt::{Causality, Merge, Wire, WireReader, WireWriter};
use serde::{Deserialize, Serialize};

/// How much of each agent's history a state has seen: the documents' vector clock. No zeros, sorted by name.
///
/// In JSON it is an object: `{"agent-1": 5, "agent-2": 3}`.
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{Causality, Merge};
/// use moai_sync::AgentClock;
///
/// let mut first = AgentClock::from_iter([(agent_id!("agent-1"), 5), (agent_id!("agent-2"), 2)]);
/// let second = AgentClock::from_iter([(agent_id!("agent-1"), 3), (agent_id!("agent-2"), 6)]);
/// assert_eq!(first.compare(&second), Causality::Concurrent);
/// first.merge(&second);
/// assert_eq!(first.compare(&second), Causality::After);
/// ```
#[derive(Clone, PartialEq, Eq, Default, Hash)]
pub struct AgentClock(Vec<(AgentId, u64)>);

impl AgentClock {
    /// Nothing is seen.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How much of an agent's history is seen.
    #[must_use]
    pub fn get(&self, agent: &AgentId) -> u64 {
        self.place(agent).ok().and_then(|at| self.0.get(at)).map_or(0, |(_, count)| *count)
    }

    /// Counts one more change of an agent, and says how many there are now. It stays at the greatest number there is.
    pub fn increment(&mut self, agent: &AgentId) -> u64 {
        let count = self.get(agent).saturating_add(1);
        self.raise(agent.clone(), count);
        count
    }

    /// Raises what is seen of an agent to a count, should it be less. Says whether it was.
    pub fn raise(&mut self, agent: AgentId, count: u64) -> bool {
        match self.place(&agent) {
            Ok(at) => self.0.get_mut(at).is_some_and(|(_, known)| count > std::mem::replace(known, count.max(*known))),
            Err(at) if count > 0 => {
                // Mostly it stays the only one.
                if self.0.is_empty() {
                    self.0.reserve_exact(1);
                }
                self.0.insert(at, (agent, count));
                true
            }
            Err(_) => false,
        }
    }

    fn place(&self, agent: &AgentId) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(agent))
    }

    /// How this stands to another.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Causality {
        let (mut more, mut less) = (false, false);
        let (mut ours, mut theirs) = (self.0.iter().peekable(), other.0.iter().peekable());
        while !(more && less) {
            match (ours.peek(), theirs.peek()) {
                (None, None) => break,
                (Some(_), None) => {
                    more = true;
                    break;
                }
                (None, Some(_)) => {
                    less = true;
                    break;
                }
                (Some((agent, count)), Some((other, known))) => {
                    let order = agent.cmp(other);
                    more |= order.is_lt() || order.is_eq() && count > known;
                    less |= order.is_gt() || order.is_eq() && count < known;
                    if order.is_le() {
                        ours.next();
                    }
                    if order.is_ge() {
                        theirs.next();
                    }
                }
            }
        }
        match (more, less) {
            (false, false) => Causality::Equal,
            (true, false) => Causality::After,
            (false, true) => Causality::Before,
            (true, true) => Causality::Concurrent,
        }
    }

    /// What is seen of each agent, sorted by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&AgentId, u64)> {
        self.0.iter().map(|(agent, count)| (agent, *count))
    }

    /// Of how many agents something is seen.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Merge for AgentClock {
    /// Walks along both; where nobody is new, in place. A few that are new are put where they belong, so that ten thousand
    /// clocks of one agent each become one in little time.
    fn merge(&mut self, other: &Self) -> bool {
        let (mut grew, mut at, mut new) = (false, 0, Vec::new());
        for (agent, count) in &other.0 {
            at += rank(self.0.get(at..).unwrap_or_default(), agent);
            match self.0.get_mut(at) {
                Some((known, seen)) if known == agent => {
                    grew |= *count > *seen;
                    *seen = (*seen).max(*count);
                    at += 1;
                }
                _ => new.push((at, (agent.clone(), *count))),
            }
        }
        grew |= !new.is_empty();
        if new.len() <= A_FEW {
            // From behind, so that the places stay what they are.
            new.into_iter().rev().for_each(|(at, counted)| self.0.insert(at, counted));
        } else {
            self.0.extend(new.into_iter().map(|(_, counted)| counted));
            // Two runs that rise: that is quick.
            self.0.sort_by(|(left, _), (right, _)| left.cmp(right));
        }
        grew
    }
}

/// So many are put in one by one.
const A_FEW: usize = 8;

/// How many stand before an agent. Mostly it is none.
fn rank(counts: &[(AgentId, u64)], agent: &AgentId) -> usize {
    match counts.first() {
        Some((first, _)) if first < agent => counts.partition_point(|(known, _)| known < agent),
        _ => 0,
    }
}

/// Of an agent that is named twice the greater count holds.
impl FromIterator<(AgentId, u64)> for AgentClock {
    fn from_iter<I: IntoIterator<Item = (AgentId, u64)>>(counts: I) -> Self {
        let mut all: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
        all.sort_unstable_by(|left, right| left.0.cmp(&right.0).then(right.1.cmp(&left.1)));
        all.dedup_by(|later, earlier| later.0 == earlier.0);
        Self(all)
    }
}

impl std::fmt::Debug for AgentClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(agent, count)| (agent.as_str(), count))).finish()
    }
}

impl Serialize for AgentClock {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(agent, count)| (agent, count)))
    }
}

/// Zeros are left out; an agent that stands there twice is an error.
impl<'de> Deserialize<'de> for AgentClock {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = AgentClock;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a count for each agent")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<AgentClock, A::Error> {
                let mut all: Vec<(AgentId, u64)> = Vec::new();
                while let Some(next) = map.next_entry()? {
                    all.push(next);
                }
                all.sort_unstable();
                let twice = all.iter().zip(all.iter().skip(1)).find(|(one, next)| one.0 == next.0);
                if let Some((one, _)) = twice {
                    return Err(serde::de::Error::custom(format_args!("vector_clock names {} twice", one.0)));
                }
                Ok(all.into_iter().collect())
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

impl Wire for AgentClock {
    fn write(&self, to: &mut WireWriter) {
        to.items(self.0.iter());
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        let all: Vec<(AgentId, u64)> = from.items()?;
        let rises = all.iter().zip(all.iter().skip(1)).all(|(one, next)| one.0 < next.0);
        if !rises || all.iter().any(|(_, count)| *count == 0) {
            return Err(from.malformed("a vector clock is not in its one form"));
        }
        Ok(Self(all))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn clock(counts: &BTreeMap<u8, u64>) -> AgentClock {
        let named = |(number, count): (&u8, &u64)| (AgentId::new(format!("agent-{number}")).unwrap(), *count);
        counts.iter().map(named).collect()
    }

    fn counts() -> impl Strategy<Value = BTreeMap<u8, u64>> {
        prop_oneof![
            proptest::collection::btree_map(any::<u8>(), 1..4_u64, 0..4),
            proptest::collection::btree_map(any::<u8>(), 1..4_u64, 0..40),
        ]
    }

    proptest! {
        #[test]
        fn a_merge_is_the_greater_count_of_each(ours in counts(), theirs in counts()) {
            let mut merged = ours.clone();
            for (number, count) in &theirs {
                let known = merged.entry(*number).or_default();
                *known = (*known).max(*count);
            }
            let mut clock_of_both = clock(&ours);
            prop_assert_eq!(clock_of_both.merge(&clock(&theirs)), merged != ours);
            prop_assert_eq!(clock_of_both, clock(&merged));
        }
    }
}
