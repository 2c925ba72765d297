//! A set in which adding wins.
//!
//! Whoever adds an element while somebody else removes it keeps it: a removal takes back only the additions that it has
//! seen. Elements leave nothing behind when they go.
//!
//! **Anomalies.** A removal that has not seen an addition does not undo it, so an element can come back that "was
//! removed" on another replica. That is the promise, not a fault; where removal must win, take
//! [`RwSet`](crate::RwSet).
//!
//! Source: Bieniusa et al., "An optimized conflict-free replicated set", 2012; as a dot store in Almeida, Shoker,
//! Baquero, 2018, section 7.4, figure 5.

use std::borrow::Borrow;
use std::hash::Hash;

use crate::delegate::delegate_store;
use crate::store::{DotMap, DotSet};
use crate::{Causal, Delta, DotStore, ReplicaId, Writer};

/// A set in which an addition wins over a concurrent removal. It can be nested in an [`OrMap`](crate::OrMap).
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{Causal, Merge, OrSet, ReplicaId};
///
/// let (a, b) = (ReplicaId::derive(&agent_id!("a"), 0), ReplicaId::derive(&agent_id!("b"), 0));
/// let mut left = Causal::<OrSet<&str>>::default();
/// let _lost = left.add(a, "task-1");
/// let mut right = left.clone();
///
/// let _lost = left.remove(&"task-1");
/// let _lost = right.add(b, "task-1"); // at the same time
/// left.merge(&right);
/// right.merge(&left);
/// assert!(left.contains(&"task-1"));
/// assert_eq!(left, right);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct OrSet<T: Hash + Eq>(DotMap<T, DotSet>);

/// What a set's changes look like.
type Change<T> = <DotMap<T, DotSet> as DotStore>::Change;

impl<T: Ord + Hash + Clone> OrSet<T> {
    /// Whether `element` is in the set.
    #[must_use]
    pub fn contains<Q>(&self, element: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.0.contains_key(element)
    }

    /// How many elements there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The elements, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(element, _)| element)
    }

    /// Adds an element.
    #[inline(always)]
    pub fn add(&mut self, writer: &mut Writer<'_>, element: T) -> Change<T> {
        let dot = writer.dot();
        self.0.update(element, |dots| dots.replace(dot, ()))
    }

    /// Removes an element, as far as its additions are known here.
    pub fn remove<Q>(&mut self, element: &Q) -> Change<T>
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.0.remove(element)
    }

    /// Removes every element that is known here.
    pub fn clear(&mut self) -> Change<T> {
        std::mem::take(&mut self.0).removal()
    }
}

impl<T: Ord + Hash + Clone> Causal<OrSet<T>> {
    /// Adds an element.
    #[inline]
    pub fn add(&mut self, me: ReplicaId, element: T) -> Delta<OrSet<T>> {
        self.mutate(me, |set, writer| set.add(writer, element))
    }

    /// Removes an element, as far as its additions are known here. Without it, nothing happens.
    pub fn remove<Q>(&mut self, element: &Q) -> Delta<OrSet<T>>
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.retract(|set| set.remove(element))
    }

    /// Removes every element that is known here.
    pub fn clear(&mut self) -> Delta<OrSet<T>> {
        self.retract(OrSet::clear)
    }
}

delegate_store!(impl[T: Ord + Hash + Clone] OrSet<T> => DotMap<T, DotSet>);

impl<T: Hash + Eq> Default for OrSet<T> {
    fn default() -> Self {
        Self(DotMap::default())
    }
}

impl<T: Ord + Hash + Clone + std::fmt::Debug> std::fmt::Debug for OrSet<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
