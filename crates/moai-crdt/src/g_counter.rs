//! A counter that only grows.
//!
//! Each replica counts in a slot of its own; the counter reads as the sum. Of two counts for one replica the greater is
//! the later one, so merging takes it, and nothing is counted twice however often it comes.
//!
//! **A dead replica's slot stays.** [`retire`](GCounter::retire) marks it: its count goes on standing in the sum, and an
//! heir answers for it. The slot cannot be given back: to a state that has forgotten a replica, a late copy of what that
//! replica counted looks new, and would be counted again. Moving the count into the heir's slot would do exactly that
//! until everyone had done the same.
//!
//! **Anomalies.** Two replicas that count under one id lose what the one with less has counted: an agent that starts
//! again without its durable state takes a new incarnation, see [`ReplicaId`]. A counter that reads 10 may have been at
//! 11 elsewhere, never the other way round: it is a lower bound, everywhere and always.
//!
//! Source: Shapiro, Preguiça, Baquero, Zawirski, "A comprehensive study of Convergent and Commutative Replicated Data
//! Types", 2011, section 3.1.2; deltas after Almeida, Shoker, Baquero, 2018, section 4.

use serde::{Deserialize, Serialize};

use crate::heirs::Heirs;
use crate::wire::wire_fields;
use crate::{Merge, Overflow, Part, ReplicaId, Replicated, VectorClock};

/// A counter that only grows.
///
/// Its digest is itself: it holds nothing but numbers.
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{GCounter, Replicated, ReplicaId};
///
/// let (a, b) = (ReplicaId::derive(&agent_id!("a"), 0), ReplicaId::derive(&agent_id!("b"), 0));
/// let (mut left, mut right) = (GCounter::new(), GCounter::new());
/// let part = left.increment(a)?;
/// let _lost = right.add(b, 2)?;
///
/// right.apply(&part);
/// right.apply(&part); // as often as you like
/// assert_eq!(right.value(), 3);
/// left.apply(&right.delta_for(&left.digest()));
/// assert_eq!(left, right);
/// # Ok::<(), moai_crdt::Overflow>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GCounter {
    counts: VectorClock,
    retired: Heirs,
}

impl GCounter {
    /// A counter at zero.
    #[must_use]
    pub const fn new() -> Self {
        Self { counts: VectorClock::new(), retired: Heirs::new() }
    }

    /// Counts one.
    ///
    /// # Errors
    ///
    /// When `me` has counted as much as a slot holds; nothing changed.
    #[inline]
    pub fn increment(&mut self, me: ReplicaId) -> Result<Part<Self>, Overflow> {
        self.add(me, 1)
    }

    /// Counts `n`.
    ///
    /// # Errors
    ///
    /// When `me` would have counted more than a slot holds; nothing changed.
    #[inline]
    pub fn add(&mut self, me: ReplicaId, n: u64) -> Result<Part<Self>, Overflow> {
        let count = self.counts.advance(me, n).map_err(|_| Overflow { what: "a counter" })?;
        Ok(Part(Self { counts: VectorClock::of(me, count), retired: Heirs::new() }))
    }

    /// What has been counted, as far as it is known here.
    #[must_use]
    pub fn value(&self) -> u128 {
        self.counts.iter().map(|(_, count)| u128::from(count)).sum()
    }

    /// What each replica has counted, the retired ones too.
    #[must_use]
    pub fn counts(&self) -> &VectorClock {
        &self.counts
    }

    /// Marks `dead` as gone: from now on `into` answers for what it counted. The sum stays as it is, and so it is when
    /// `dead` turns out to have counted more.
    ///
    /// Anyone may do it, at any time, as often as they like. When several choose several heirs, the greatest is it. A
    /// replica is never its own heir.
    ///
    /// ```
    /// use moai_core::agent_id;
    /// use moai_crdt::{GCounter, Merge, ReplicaId};
    ///
    /// let me = agent_id!("agent-1");
    /// let (first_life, second_life) = (ReplicaId::derive(&me, 0), ReplicaId::derive(&me, 1));
    /// let mut counter = GCounter::new();
    /// let _sent = counter.add(first_life, 40)?;
    /// let not_yet_retired = counter.clone();
    ///
    /// let _sent = counter.add(second_life, 2)?;
    /// let _sent = counter.retire(first_life, second_life);
    /// counter.merge(&not_yet_retired);
    /// assert_eq!((counter.value(), counter.of(second_life)), (42, 42));
    /// # Ok::<(), moai_crdt::Overflow>(())
    /// ```
    pub fn retire(&mut self, dead: ReplicaId, into: ReplicaId) -> Part<Self> {
        Part(Self { counts: VectorClock::new(), retired: self.retired.retire(dead, into) })
    }

    /// Who answers for `replica`: itself, or its heir, or the heir's heir. Where the way leads in a circle, itself.
    #[must_use]
    pub fn heir(&self, replica: ReplicaId) -> ReplicaId {
        self.retired.last(replica)
    }

    /// What `replica` answers for: its own count, unless it is retired, and those of the retired whose heir it is.
    #[must_use]
    pub fn of(&self, replica: ReplicaId) -> u128 {
        if self.retired.is_empty() {
            return u128::from(self.counts.get(replica));
        }
        self.retired.estate(&replica).into_iter().map(|counted| u128::from(self.counts.get(*counted))).sum()
    }
}

impl Merge for GCounter {
    fn merge(&mut self, other: &Self) -> bool {
        self.counts.merge(&other.counts) | self.retired.merge(&other.retired)
    }
}

impl Replicated for GCounter {
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
        let (counts, retired) = (self.counts.beyond(&digest.counts), self.retired.beyond(&digest.retired));
        Part(Self { counts, retired })
    }
}

wire_fields!(16: impl[] GCounter { counts, retired });
