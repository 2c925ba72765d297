//! A budget that a swarm can spend and never overspend.
//!
//! Whoever grants a part of the budget has the right to spend it, and can hand rights over to others. Each replica
//! spends only rights that it holds, so it needs to ask nobody, and all of them together stay within the budget: also
//! when they cannot reach each other, and whatever gets lost, comes twice or comes late.
//!
//! ```text
//!   grant(a, 10)      a may spend 10
//!   transfer(a, b, 4) a may spend 6, b may spend 4 once it has heard of it
//!   spend(b, 3)       b may spend 1; budget 10, spent 3
//! ```
//!
//! It holds three kinds of numbers that only grow, each written by one replica: what it granted, what it handed to each
//! other one, and what it spent. The greater of two is the later one.
//!
//! **Anomalies.** Rights lie where they are: a replica can be refused while others hold plenty, and must be handed some
//! by them. Rights that a dead replica held are never spent. **Two replicas under one id can overspend**, and so can one
//! that starts again without its durable state under its old id: take a new incarnation, and store before you act on
//! what was spent. [`budget`](BoundedCounter::budget) and [`left`](BoundedCounter::left) are what is known here; that
//! something is left somewhere does not mean that it may be spent here.
//!
//! Source: Balegas et al., "Extending Eventually Consistent Cloud Databases for Enforcing Numeric Invariants", 2015,
//! section III (bounded counter); O'Neil, "The Escrow Transactional Method", 1986.

use moai_core::{Aftermath, Coded};
use serde::{Deserialize, Serialize};

use crate::sorted_map::SortedMap;
use crate::{Merge, Overflow, Part, ReplicaId, Replicated, VectorClock};

/// A budget that a swarm can spend and never overspend.
///
/// Its digest is itself: it holds nothing but numbers.
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{BoundedCounter, BudgetError, Replicated, ReplicaId};
///
/// let (a, b) = (ReplicaId::derive(&agent_id!("a"), 0), ReplicaId::derive(&agent_id!("b"), 0));
/// let (mut left, mut right) = (BoundedCounter::new(), BoundedCounter::new());
/// let _sent = left.grant(a, 10)?;
/// let handed_over = left.transfer(a, b, 4)?;
/// assert_eq!(left.spend(a, 7), Err(BudgetError::NotEnough { wanted: 7, left: 6 }));
///
/// right.apply(&handed_over);
/// let spent = right.spend(b, 3)?;
/// left.apply(&spent);
/// assert_eq!((left.budget(), left.spent(), left.left()), (10, 3, 7));
/// # Ok::<(), BudgetError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default, Hash)]
pub struct BoundedCounter {
    /// What the first of a pair has handed to the second; what it granted stands as handed to itself.
    given: SortedMap<(ReplicaId, ReplicaId), u64>,
    spent: VectorClock,
}

/// A part of the budget was not spent or handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BudgetError {
    /// The replica does not hold enough rights. Others may: ask them to hand some over.
    #[error("{wanted} of the budget was wanted, the right to {left} is held here; nothing changed")]
    NotEnough {
        /// How much was wanted.
        wanted: u64,
        /// How much the replica may spend.
        left: u128,
    },
    /// A number at its limit.
    #[error(transparent)]
    Overflow(#[from] Overflow),
}

impl BudgetError {
    /// Every code that this error can carry.
    pub const CODES: &'static [&'static str] = &["crdt.not_enough", "crdt.overflow"];
}

impl Coded for BudgetError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotEnough { .. } => "crdt.not_enough",
            Self::Overflow(overflow) => overflow.code(),
        }
    }

    fn aftermath(&self) -> Aftermath {
        Aftermath::NothingChanged
    }
}

impl BoundedCounter {
    /// An empty budget.
    #[must_use]
    pub const fn new() -> Self {
        Self { given: SortedMap::new(), spent: VectorClock::new() }
    }

    /// Raises the budget by `n`, which `me` may then spend.
    ///
    /// # Errors
    ///
    /// When `me` would have granted more than a slot holds; nothing changed.
    pub fn grant(&mut self, me: ReplicaId, n: u64) -> Result<Part<Self>, Overflow> {
        self.give(me, me, n)
    }

    /// Spends `n` of what `me` may spend.
    ///
    /// # Errors
    ///
    /// When `me` may not spend as much, or has spent as much as a slot holds; nothing changed.
    pub fn spend(&mut self, me: ReplicaId, n: u64) -> Result<Part<Self>, BudgetError> {
        self.check(me, n)?;
        let spent = self.spent.advance(me, n).map_err(|_| Overflow { what: "what a replica has spent" })?;
        Ok(Part(Self { given: SortedMap::new(), spent: VectorClock::of(me, spent) }))
    }

    /// Hands the right to spend `n` over from `me` to `to`. Handing it to oneself does nothing.
    ///
    /// # Errors
    ///
    /// When `me` may not spend as much, or has handed over as much as a slot holds; nothing changed.
    pub fn transfer(&mut self, me: ReplicaId, to: ReplicaId, n: u64) -> Result<Part<Self>, BudgetError> {
        self.check(me, n)?;
        // The slot of a pair of equals holds what was granted.
        if me == to { Ok(Part(Self::new())) } else { Ok(self.give(me, to, n)?) }
    }

    /// How much `replica` may spend, as far as it is known here. What it has spent or handed over before the rights for
    /// it are known here counts as zero left.
    #[must_use]
    pub fn rights(&self, replica: ReplicaId) -> u128 {
        let (mut held, mut gone) = (0, u128::from(self.spent.get(replica)));
        for &((from, to), n) in self.given.iter() {
            if to == replica {
                held += u128::from(n);
            } else if from == replica {
                gone += u128::from(n);
            }
        }
        held.saturating_sub(gone)
    }

    /// What has been spent, as far as it is known here.
    #[must_use]
    pub fn spent(&self) -> u128 {
        self.spent.iter().map(|(_, n)| u128::from(n)).sum()
    }

    /// How large the budget is at least. Spending can be known before the grant that allowed it; then as much must have
    /// been granted as was spent.
    #[must_use]
    pub fn budget(&self) -> u128 {
        let granted: u128 = self.given.iter().filter(|((from, to), _)| from == to).map(|&(_, n)| u128::from(n)).sum();
        granted.max(self.spent())
    }

    /// What is left of the budget, whoever may spend it, as far as it is known here.
    #[must_use]
    pub fn left(&self) -> u128 {
        self.budget() - self.spent()
    }

    fn check(&self, me: ReplicaId, wanted: u64) -> Result<(), BudgetError> {
        let left = self.rights(me);
        if u128::from(wanted) <= left { Ok(()) } else { Err(BudgetError::NotEnough { wanted, left }) }
    }

    fn give(&mut self, from: ReplicaId, to: ReplicaId, n: u64) -> Result<Part<Self>, Overflow> {
        let what = if from == to { "what a replica has granted" } else { "what a replica has handed to another" };
        let pair = (from, to);
        let sum = self.given.get(&pair).map_or(0, |&sum| sum).checked_add(n).ok_or(Overflow { what })?;
        let mut part = Self::new();
        if sum > 0 {
            self.given.raise(&pair, &sum);
            part.given = SortedMap::one(pair, sum);
        }
        Ok(Part(part))
    }
}

impl Merge for BoundedCounter {
    fn merge(&mut self, other: &Self) -> bool {
        self.given.merge(&other.given) | self.spent.merge(&other.spent)
    }
}

impl Replicated for BoundedCounter {
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
        Part(Self { given: self.given.beyond(&digest.given), spent: self.spent.beyond(&digest.spent) })
    }
}

impl std::fmt::Debug for BoundedCounter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BoundedCounter").field("given", &self.given).field("spent", &self.spent).finish()
    }
}

/// As it is written for people: pairs cannot be keys there.
#[derive(Serialize, Deserialize)]
#[serde(rename = "BoundedCounter", deny_unknown_fields)]
struct Readable {
    given: Vec<(ReplicaId, ReplicaId, u64)>,
    spent: VectorClock,
}

impl Serialize for BoundedCounter {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let given = self.given.iter().map(|&((from, to), n)| (from, to, n)).collect();
        Readable { given, spent: self.spent.clone() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for BoundedCounter {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Readable { given, spent } = Readable::deserialize(deserializer)?;
        let given: Vec<_> = given.into_iter().map(|(from, to, n)| ((from, to), n)).collect();
        if !given.is_sorted_by(|left, right| left.0 < right.0) || given.iter().any(|&(_, n)| n == 0) {
            return Err(serde::de::Error::custom("pairs must be sorted, each once, and no number may be zero"));
        }
        Ok(Self { given: SortedMap::from_sorted(given), spent })
    }
}
