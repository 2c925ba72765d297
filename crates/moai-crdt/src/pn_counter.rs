//! A counter that grows and shrinks.
//!
//! Two counters that only grow: what was added, and what was taken away; it reads as the difference. So nothing is
//! counted twice, and the order in which things come does not matter.
//!
//! **Anomalies.** It has no floor: two replicas that both see 1 and both take it away leave −1. Where a number must not
//! go below zero, take a [`BoundedCounter`](crate::BoundedCounter). Two replicas under one id lose counts, and a dead
//! replica's slots stay, as in a [`GCounter`](crate::GCounter).
//!
//! Source: Shapiro, Preguiça, Baquero, Zawirski, "A comprehensive study of Convergent and Commutative Replicated Data
//! Types", 2011, section 3.1.3; deltas after Almeida, Shoker, Baquero, 2018, section 4.

use serde::{Deserialize, Serialize};

use crate::heirs::Heirs;
use crate::wire::wire_fields;
use crate::{Merge, Overflow, Part, ReplicaId, Replicated, VectorClock};

/// A counter that grows and shrinks.
///
/// Its digest is itself: it holds nothing but numbers.
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{Merge, PnCounter, ReplicaId};
///
/// let (a, b) = (ReplicaId::derive(&agent_id!("a"), 0), ReplicaId::derive(&agent_id!("b"), 0));
/// let (mut left, mut right) = (PnCounter::new(), PnCounter::new());
/// let _lost = left.add(a, 5)?;
/// let _lost = right.decrement(b)?;
/// left.merge(&right);
/// assert_eq!(left.value(), 4);
/// # Ok::<(), moai_crdt::Overflow>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PnCounter {
    added: VectorClock,
    taken: VectorClock,
    retired: Heirs,
}

impl PnCounter {
    /// A counter at zero.
    #[must_use]
    pub const fn new() -> Self {
        Self { added: VectorClock::new(), taken: VectorClock::new(), retired: Heirs::new() }
    }

    /// Adds one.
    ///
    /// # Errors
    ///
    /// When `me` has added as much as a slot holds; nothing changed.
    #[inline]
    pub fn increment(&mut self, me: ReplicaId) -> Result<Part<Self>, Overflow> {
        self.add(me, 1)
    }

    /// Takes one away.
    ///
    /// # Errors
    ///
    /// When `me` has taken away as much as a slot holds; nothing changed.
    #[inline]
    pub fn decrement(&mut self, me: ReplicaId) -> Result<Part<Self>, Overflow> {
        self.subtract(me, 1)
    }

    /// Adds `n`.
    ///
    /// # Errors
    ///
    /// When `me` would have added more than a slot holds; nothing changed.
    #[inline]
    pub fn add(&mut self, me: ReplicaId, n: u64) -> Result<Part<Self>, Overflow> {
        let count = self.added.advance(me, n).map_err(|_| Overflow { what: "a counter" })?;
        Ok(Part(Self { added: VectorClock::of(me, count), ..Self::new() }))
    }

    /// Takes `n` away.
    ///
    /// # Errors
    ///
    /// When `me` would have taken away more than a slot holds; nothing changed.
    #[inline]
    pub fn subtract(&mut self, me: ReplicaId, n: u64) -> Result<Part<Self>, Overflow> {
        let count = self.taken.advance(me, n).map_err(|_| Overflow { what: "a counter" })?;
        Ok(Part(Self { taken: VectorClock::of(me, count), ..Self::new() }))
    }

    /// What was added less what was taken away, as far as it is known here.
    #[must_use]
    pub fn value(&self) -> i128 {
        let sum = |clock: &VectorClock| -> i128 { clock.iter().map(|(_, count)| i128::from(count)).sum() };
        // Fewer than 2^63 replicas fit into memory, so the sum stays within its type.
        sum(&self.added) - sum(&self.taken)
    }

    /// What each replica has added, the retired ones too.
    #[must_use]
    pub fn added(&self) -> &VectorClock {
        &self.added
    }

    /// What each replica has taken away, the retired ones too.
    #[must_use]
    pub fn taken(&self) -> &VectorClock {
        &self.taken
    }

    /// Marks `dead` as gone: from now on `into` answers for what it counted. See
    /// [`GCounter::retire`](crate::GCounter::retire).
    pub fn retire(&mut self, dead: ReplicaId, into: ReplicaId) -> Part<Self> {
        Part(Self { retired: self.retired.retire(dead, into), ..Self::new() })
    }

    /// Who answers for `replica`: itself, or its heir, or the heir's heir. Where the way leads in a circle, itself.
    #[must_use]
    pub fn heir(&self, replica: ReplicaId) -> ReplicaId {
        self.retired.last(replica)
    }

    /// What `replica` answers for: its own counts, unless it is retired, and those of the retired whose heir it is.
    #[must_use]
    pub fn of(&self, replica: ReplicaId) -> i128 {
        let count = |counted: &ReplicaId| i128::from(self.added.get(*counted)) - i128::from(self.taken.get(*counted));
        self.retired.estate(&replica).into_iter().map(count).sum()
    }
}

impl Merge for PnCounter {
    fn merge(&mut self, other: &Self) -> bool {
        let grew = self.added.merge(&other.added) | self.taken.merge(&other.taken);
        self.retired.merge(&other.retired) | grew
    }
}

impl Replicated for PnCounter {
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
        Part(Self {
            added: self.added.beyond(&digest.added),
            taken: self.taken.beyond(&digest.taken),
            retired: self.retired.beyond(&digest.retired),
        })
    }
}

wire_fields!(17: impl[] PnCounter { added, taken, retired });
