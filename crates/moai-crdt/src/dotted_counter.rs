//! A counter that can be nested, and taken back.
//!
//! Each replica keeps the sum of what it has added, under one dot; adding puts a greater or smaller sum in its place. The
//! counter reads as the sum over all replicas.
//!
//! **Anomalies.** Taking it back, or removing the key under which it lies, takes back the sums that are known there. A
//! replica that adds at the same time puts its new sum in, and with it everything that it had added before: after a
//! removal at 10 a counter can come back with 8, when 7 of the 10 were that replica's and it added 1. Where a removal
//! must take back exactly what it saw, count elements of an [`OrSet`](crate::OrSet).
//!
//! Source: Almeida, Shoker, Baquero, "Delta State Replicated Data Types", 2018, section 7.4; the anomaly is described in
//! Baquero, Almeida, Lerche, "The problem with embedded CRDT counters and a solution", 2016.

use crate::delegate::delegate_store;
use crate::store::{DotFunChange, DotSet};
use crate::{Causal, Delta, DotFun, Overflow, ReplicaId, Writer};

/// A counter that can be nested in an [`OrMap`](crate::OrMap), and taken back.
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{Causal, DottedCounter, Merge, OrMap, ReplicaId};
///
/// let (a, b) = (ReplicaId::derive(&agent_id!("a"), 0), ReplicaId::derive(&agent_id!("b"), 0));
/// let mut left = Causal::<OrMap<&str, DottedCounter>>::default();
/// let mut right = left.clone();
/// let _lost = left.try_update(a, "votes", |votes, writer| votes.add(writer, 2))?;
/// let _lost = right.try_update(b, "votes", |votes, writer| votes.add(writer, -5))?;
/// left.merge(&right);
/// assert_eq!(left.get("votes").map(DottedCounter::value), Some(-3));
/// # Ok::<(), moai_crdt::Overflow>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct DottedCounter(DotFun<i64>);

impl DottedCounter {
    /// The sum of what all replicas have added. It is wider than the parts, and never overflows.
    #[must_use]
    pub fn value(&self) -> i128 {
        self.parts().map(|(_, part)| i128::from(part)).sum()
    }

    /// What each replica has added, sorted by replica.
    pub fn parts(&self) -> impl Iterator<Item = (ReplicaId, i64)> {
        // Of a replica only its last sum counts: it holds those before.
        self.0.newest().map(|(dot, part)| (dot.replica(), *part))
    }

    /// Whether nobody has added anything, or all was taken back. A counter to which 0 was added is not empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds `n`.
    ///
    /// # Errors
    ///
    /// When the sum of what this replica has added would leave the range of `i64`; nothing changed.
    pub fn add(&mut self, writer: &mut Writer<'_>, n: i64) -> Result<DotFunChange<i64>, Overflow> {
        let me = writer.me();
        let sum = plus(self.part(me), n)?;
        Ok(self.put(writer, sum, |replica| replica == me))
    }

    /// Takes the part of a replica that is gone for good over into one's own. The value stays; a replica less has a part.
    ///
    /// **Only one replica may take over a part, and only once all that `dead` has written has arrived there.** Two that
    /// take it over at the same time count it twice; so does a late delta of `dead`, which brings its whole sum. Let
    /// whoever declares the agent dead also name its heir.
    ///
    /// ```
    /// use moai_core::agent_id;
    /// use moai_crdt::{Causal, DottedCounter, Merge, ReplicaId};
    ///
    /// let (old, new) = (ReplicaId::derive(&agent_id!("agent-1"), 0), ReplicaId::derive(&agent_id!("agent-1"), 1));
    /// let mut count = Causal::<DottedCounter>::default();
    /// let _lost = count.add(old, 5)?;
    /// let _lost = count.add(new, 1)?;
    /// let _lost = count.retire(old, new)?;
    /// assert_eq!(count.parts().collect::<Vec<_>>(), [(new, 6)]);
    /// # Ok::<(), moai_crdt::Overflow>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When both parts together would leave the range of `i64`; nothing changed.
    pub fn retire(&mut self, dead: ReplicaId, writer: &mut Writer<'_>) -> Result<DotFunChange<i64>, Overflow> {
        let into = writer.me();
        if dead == into || !self.0.iter().any(|(dot, _)| dot.replica() == dead) {
            return Ok(DotFunChange::default());
        }
        let sum = plus(self.part(into), self.part(dead))?;
        Ok(self.put(writer, sum, |replica| replica == into || replica == dead))
    }

    /// Takes back all that is known here.
    pub fn clear(&mut self) -> DotFunChange<i64> {
        self.0.clear()
    }

    fn part(&self, replica: ReplicaId) -> i64 {
        self.parts().find(|&(known, _)| known == replica).map_or(0, |(_, part)| part)
    }

    /// Puts in the writer's sum, in place of those of the replicas that `replaced` names.
    fn put(&mut self, writer: &mut Writer<'_>, sum: i64, replaced: impl Fn(ReplicaId) -> bool) -> DotFunChange<i64> {
        let mut killed = DotSet::new();
        self.0.retain(|dot| {
            let goes = replaced(dot.replica());
            if goes {
                killed.insert(dot, ());
            }
            !goes
        });
        let dot = writer.dot();
        self.0.insert(dot, sum);
        DotFunChange { made: DotFun::one(dot, sum), killed }
    }
}

fn plus(sum: i64, n: i64) -> Result<i64, Overflow> {
    sum.checked_add(n).ok_or(Overflow { what: "the part of a counter that one replica has added" })
}

impl Causal<DottedCounter> {
    /// Adds `n`.
    ///
    /// # Errors
    ///
    /// When the sum of what this replica has added would leave the range of `i64`; nothing changed.
    pub fn add(&mut self, me: ReplicaId, n: i64) -> Result<Delta<DottedCounter>, Overflow> {
        self.try_mutate(me, |counter, writer| counter.add(writer, n))
    }

    /// Takes the part of a replica that is gone for good over into that of `into`, see [`DottedCounter::retire`].
    ///
    /// # Errors
    ///
    /// When both parts together would leave the range of `i64`; nothing changed.
    pub fn retire(&mut self, dead: ReplicaId, into: ReplicaId) -> Result<Delta<DottedCounter>, Overflow> {
        self.try_mutate(into, |counter, writer| counter.retire(dead, writer))
    }

    /// Takes back all that is known here.
    pub fn clear(&mut self) -> Delta<DottedCounter> {
        self.retract(DottedCounter::clear)
    }
}

delegate_store!(impl[] DottedCounter => DotFun<i64>);

impl std::fmt::Debug for DottedCounter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("DottedCounter").field(&self.value()).finish()
    }
}
