//! The one law of data that merges.

/// Data that merges: whatever the order, however often, everybody ends with the same.
///
/// # What an implementation promises
///
/// With `a ⊔ b` for `a` after merging `b`:
///
/// - associative: `(a ⊔ b) ⊔ c = a ⊔ (b ⊔ c)`
/// - commutative: `a ⊔ b = b ⊔ a`
/// - idempotent: `a ⊔ a = a`
///
/// The law kit (feature `laws`) holds a type against them.
pub trait Merge {
    /// Takes in what `other` knows. Returns whether anything was new, so that gossip forwards only what is.
    ///
    /// ```
    /// use moai_core::agent_id;
    /// use moai_crdt::{Merge, ReplicaId, VectorClock};
    ///
    /// let (mut left, mut right) = (VectorClock::new(), VectorClock::new());
    /// left.increment(ReplicaId::derive(&agent_id!("agent-1"), 0))?;
    /// assert!(right.merge(&left));
    /// assert!(!right.merge(&left), "the second time nothing is new");
    /// # Ok::<(), moai_crdt::Overflow>(())
    /// ```
    fn merge(&mut self, other: &Self) -> bool;
}
