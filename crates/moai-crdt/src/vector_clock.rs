//! How much of each replica's history is known.

use moai_core::InvalidInput;
use moai_core::planted::planted;
use serde::{Deserialize, Serialize};

use crate::sorted_map::SortedMap;
use crate::{Causality, Merge, Overflow, ReplicaId, Wire, WireForm, WireReader, WireWriter};

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
pub struct VectorClock(SortedMap<ReplicaId, u64>);

impl VectorClock {
    /// A clock that knows nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(SortedMap::new())
    }

    /// A clock that knows one count.
    #[inline]
    pub(crate) fn of(replica: ReplicaId, count: u64) -> Self {
        if count == 0 { Self::new() } else { Self(SortedMap::one(replica, count)) }
    }

    /// The count of one replica; 0 when nothing of it is known.
    #[must_use]
    pub fn get(&self, replica: ReplicaId) -> u64 {
        self.0.get(&replica).copied().unwrap_or(0)
    }

    /// Counts one more change of `replica`, and returns its number.
    ///
    /// # Errors
    ///
    /// At the end of the numbers; the clock stays as it was.
    #[inline]
    pub fn increment(&mut self, replica: ReplicaId) -> Result<u64, Overflow> {
        self.advance(replica, 1)
    }

    /// Counts `by` more changes of `replica`, and returns the number of the last.
    ///
    /// # Errors
    ///
    /// At the end of the numbers; the clock stays as it was.
    #[inline]
    pub fn advance(&mut self, replica: ReplicaId, by: u64) -> Result<u64, Overflow> {
        match self.0.get_mut(&replica) {
            Some(count) => {
                *count = count.checked_add(by).ok_or(Overflow { what: "a vector clock" })?;
                Ok(*count)
            }
            None => {
                self.raise(replica, by);
                Ok(by)
            }
        }
    }

    /// Learns that `replica` has made at least `count` changes. Returns whether that was new.
    pub fn raise(&mut self, replica: ReplicaId, count: u64) -> bool {
        count > 0 && self.0.raise(&replica, &count)
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

    /// The counts that `other` lacks, or of which it knows less.
    pub(crate) fn beyond(&self, other: &Self) -> Self {
        Self(self.0.beyond(&other.0))
    }

    /// Forgets a replica: for one that is gone for good, whose changes are known to be part of everything.
    pub fn forget(&mut self, replica: ReplicaId) {
        self.0.remove(&replica);
    }
}

/// No zeros.
fn can_be(_: &ReplicaId, count: &u64) -> bool {
    *count > 0
}

impl Merge for VectorClock {
    fn merge(&mut self, other: &Self) -> bool {
        if planted("a_counter_that_forgets_what_others_count") && !self.0.is_empty() {
            return false;
        }
        self.0.merge(&other.0)
    }
}

impl FromIterator<(ReplicaId, u64)> for VectorClock {
    /// Takes counts in any order; of several for one replica the greatest, and no zeros.
    fn from_iter<I: IntoIterator<Item = (ReplicaId, u64)>>(counts: I) -> Self {
        Self(counts.into_iter().filter(|&(_, count)| count > 0).collect())
    }
}

impl std::fmt::Debug for VectorClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for VectorClock {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for VectorClock {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::readable::sorted_map(deserializer, can_be).map(Self)
    }
}

impl Wire for VectorClock {
    fn write(&self, to: &mut WireWriter) {
        to.items(self.0.iter());
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        from.slots(can_be).map(Self)
    }
}

impl WireForm for VectorClock {
    const KIND: u8 = 4;
}
