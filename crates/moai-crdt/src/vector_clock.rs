//! How much of each replica's history is known.

use serde::{Deserialize, Serialize};

use crate::{Causality, Merge, Overflow, ReplicaId};

/// How many changes of each replica are known: a count for each, sorted by replica, no zeros.
///
/// Its compact form is one flat vector: merging and comparing walk two of them side by side, once.
///
/// Source: Mattern, "Virtual Time and Global States of Distributed Systems", 1989; Fidge, 1988.
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{Causality, Merge, ReplicaId, VectorClock};
///
/// let (a, b) = (ReplicaId::derive(&agent_id!("a"), 0), ReplicaId::derive(&agent_id!("b"), 0));
/// let (mut left, mut right) = (VectorClock::new(), VectorClock::new());
/// left.increment(a)?;
/// right.increment(b)?;
/// assert_eq!(left.compare(&right), Causality::Concurrent);
///
/// left.merge(&right);
/// assert_eq!(left.compare(&right), Causality::After);
/// assert_eq!((left.get(a), left.get(b)), (1, 1));
/// # Ok::<(), moai_crdt::Overflow>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default, Hash)]
pub struct VectorClock(Vec<(ReplicaId, u64)>);

impl VectorClock {
    /// A clock that knows nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The count of one replica; 0 when nothing of it is known.
    #[must_use]
    pub fn get(&self, replica: ReplicaId) -> u64 {
        self.find(replica).ok().and_then(|at| self.0.get(at)).map_or(0, |&(_, count)| count)
    }

    /// Counts one more change of `replica`, and returns its number.
    ///
    /// # Errors
    ///
    /// At the end of the numbers; the clock stays as it was.
    pub fn increment(&mut self, replica: ReplicaId) -> Result<u64, Overflow> {
        self.advance(replica, 1)
    }

    /// Counts `by` more changes of `replica`, and returns the number of the last.
    ///
    /// # Errors
    ///
    /// At the end of the numbers; the clock stays as it was.
    pub fn advance(&mut self, replica: ReplicaId, by: u64) -> Result<u64, Overflow> {
        let count = self.get(replica).checked_add(by).ok_or(Overflow { what: "a vector clock" })?;
        self.raise(replica, count);
        Ok(count)
    }

    /// Learns that `replica` has made at least `count` changes. Returns whether that was new.
    pub fn raise(&mut self, replica: ReplicaId, count: u64) -> bool {
        match self.find(replica) {
            Ok(at) => match self.0.get_mut(at) {
                Some((_, known)) if *known < count => {
                    *known = count;
                    true
                }
                _ => false,
            },
            Err(_) if count == 0 => false,
            Err(at) => {
                self.0.insert(at, (replica, count));
                true
            }
        }
    }

    /// How this clock stands to `other`.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Causality {
        let (mut left_more, mut right_more) = (false, false);
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        loop {
            match (left.peek(), right.peek()) {
                (None, None) => break,
                (Some(_), None) => {
                    left_more = true;
                    break;
                }
                (None, Some(_)) => {
                    right_more = true;
                    break;
                }
                (Some((l, count)), Some((r, known))) => {
                    left_more |= l < r || (l == r && count > known);
                    right_more |= r < l || (l == r && known > count);
                    let (step_left, step_right) = (l <= r, r <= l);
                    if step_left {
                        left.next();
                    }
                    if step_right {
                        right.next();
                    }
                }
            }
            if left_more && right_more {
                break;
            }
        }
        Causality::from_surplus(left_more, right_more)
    }

    /// The counts, sorted by replica.
    pub fn iter(&self) -> impl Iterator<Item = (ReplicaId, u64)> + '_ {
        self.0.iter().copied()
    }

    /// How many replicas are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets a replica: for one that is gone for good, whose changes are known to be part of everything.
    pub fn forget(&mut self, replica: ReplicaId) {
        self.0.retain(|&(known, _)| known != replica);
    }

    fn find(&self, replica: ReplicaId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&replica, |&(known, _)| known)
    }
}

impl Merge for VectorClock {
    fn merge(&mut self, other: &Self) -> bool {
        // Swarms are stable: nearly always both sides know the same replicas, and nothing has to move.
        let alike = self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(|(l, r)| l.0 == r.0);
        if alike {
            let mut grew = false;
            for ((_, count), (_, known)) in self.0.iter_mut().zip(&other.0) {
                grew |= *count < *known;
                *count = (*count).max(*known);
            }
            return grew;
        }
        let mut grew = false;
        let mut merged = Vec::with_capacity(self.0.len().max(other.0.len()));
        let mut right = other.0.iter().copied().peekable();
        for &(replica, count) in &self.0 {
            while let Some(new) = right.next_if(|&(r, _)| r < replica) {
                merged.push(new);
                grew = true;
            }
            let known = right.next_if(|&(r, _)| r == replica).map_or(0, |(_, known)| known);
            grew |= known > count;
            merged.push((replica, count.max(known)));
        }
        grew |= right.peek().is_some();
        merged.extend(right);
        self.0 = merged;
        grew
    }
}

impl FromIterator<(ReplicaId, u64)> for VectorClock {
    /// Takes counts in any order; of several for one replica the greatest, and no zeros.
    fn from_iter<I: IntoIterator<Item = (ReplicaId, u64)>>(counts: I) -> Self {
        let mut counts: Vec<_> = counts.into_iter().filter(|&(_, count)| count > 0).collect();
        counts.sort_unstable();
        // Sorted by count within a replica: keep the last of each.
        counts.reverse();
        counts.dedup_by_key(|&mut (replica, _)| replica);
        counts.reverse();
        Self(counts)
    }
}

impl std::fmt::Debug for VectorClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for VectorClock {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for VectorClock {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::readable::sorted_pairs(deserializer).map(Self)
    }
}
