//! A set in which removing wins.
//!
//! Whoever removes an element while somebody else adds it gets it out. Only an addition that has seen the removal brings
//! it back.
//!
//! **It keeps a mark for each removed element**, also for one that was never there: the mark is what beats additions that
//! are still on their way. [`compact`](Causal::<RwSet<T>>::compact) drops the marks that have nothing left to beat.
//!
//! **Anomalies.** An addition that has not seen a removal does nothing, so an element can be missing that was added
//! later by the clock on the wall. After its mark was [forgotten](RwSet::forget) too early, a concurrent addition that
//! arrives late brings the element back, as in an [`OrSet`](crate::OrSet); everybody still ends with the same.
//!
//! Source: Bieniusa et al., "Brief announcement: semantics of eventually consistent replicated sets", 2012; as a dot
//! store in Almeida, Shoker, Baquero, "Delta State Replicated Data Types", 2018, section 7.4 (remove-wins set).

use std::borrow::Borrow;
use std::hash::Hash;

use crate::delegate::delegate_store;
use crate::store::{DotMap, Keyed};
use crate::{Causal, Delta, Digest, DotStore, DwFlag, ReplicaId, Writer};

/// A set in which a removal wins over a concurrent addition. It can be nested in an [`OrMap`](crate::OrMap).
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{Causal, Merge, ReplicaId, RwSet};
///
/// let (a, b) = (ReplicaId::derive(&agent_id!("a"), 0), ReplicaId::derive(&agent_id!("b"), 0));
/// let mut left = Causal::<RwSet<&str>>::default();
/// let mut right = left.clone();
/// let _lost = left.add(a, "task-1");
/// let _lost = right.remove(b, "task-1"); // at the same time
/// left.merge(&right);
/// assert!(!left.contains(&"task-1"));
///
/// let _lost = left.add(a, "task-1"); // knowing of the removal
/// assert!(left.contains(&"task-1"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RwSet<T: Hash + Eq>(DotMap<T, DwFlag>);

/// What a set's changes look like.
type Change<T> = <DotMap<T, DwFlag> as DotStore>::Change;

impl<T: Ord + Hash + Clone> RwSet<T> {
    /// Whether `element` is in the set.
    #[must_use]
    pub fn contains<Q>(&self, element: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.0.get(element).is_some_and(DwFlag::get)
    }

    /// How many elements there are; they are counted one by one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.unordered().filter(|(_, there)| there.get()).count()
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.0.unordered().any(|(_, there)| there.get())
    }

    /// The elements, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().filter(|(_, there)| there.get()).map(|(element, _)| element)
    }

    /// The elements that a mark keeps out, sorted.
    pub fn removed(&self) -> impl Iterator<Item = &T> {
        self.0.iter().filter(|(_, there)| !there.get()).map(|(element, _)| element)
    }

    /// Adds an element, and overrules the removals that are known here.
    pub fn add(&mut self, writer: &mut Writer<'_>, element: T) -> Change<T> {
        self.0.update(element, |there| there.set(writer, true))
    }

    /// Removes an element, which need not be there, and leaves a mark.
    pub fn remove(&mut self, writer: &mut Writer<'_>, element: T) -> Change<T> {
        self.0.update(element, |there| there.set(writer, false))
    }

    /// Drops the mark of a removed element, with the additions that it beat. Does nothing to an element that is in the
    /// set.
    ///
    /// It is safe once every replica has seen the mark, and this one has since heard what they had added until then;
    /// [`compact`](Causal::<RwSet<T>>::compact) checks that. Too early, the removal no longer beats the additions that
    /// are still on their way.
    pub fn forget<Q>(&mut self, element: &Q) -> Change<T>
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        if self.contains(element) { Change::default() } else { self.0.remove(element) }
    }
}

impl<T: Ord + Hash + Clone> Causal<RwSet<T>> {
    /// Adds an element, and overrules the removals that are known here.
    pub fn add(&mut self, me: ReplicaId, element: T) -> Delta<RwSet<T>> {
        self.mutate(me, |set, writer| set.add(writer, element))
    }

    /// Removes an element, which need not be there, and leaves a mark.
    pub fn remove(&mut self, me: ReplicaId, element: T) -> Delta<RwSet<T>> {
        self.mutate(me, |set, writer| set.remove(writer, element))
    }

    /// Drops the mark of a removed element, see [`RwSet::forget`].
    pub fn forget<Q>(&mut self, element: &Q) -> Delta<RwSet<T>>
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.retract(|set| set.forget(element))
    }

    /// Drops the marks that have nothing left to beat: those that everybody has seen, when this replica has seen all
    /// that they had by then.
    ///
    /// `others` are the digests of **every** other replica that adds elements. One that is left out, or begins later
    /// from nothing, can still add what a dropped mark would have kept out. A digest that shows more than is known here
    /// drops nothing: merge first. So the rule is: exchange digests, take in what is missing, compact with the same
    /// digests.
    ///
    /// ```
    /// use moai_core::agent_id;
    /// use moai_crdt::{Causal, Merge, ReplicaId, RwSet};
    ///
    /// let (a, b) = (ReplicaId::derive(&agent_id!("a"), 0), ReplicaId::derive(&agent_id!("b"), 0));
    /// let mut left = Causal::<RwSet<&str>>::default();
    /// let mut right = left.clone();
    /// let _lost = left.remove(a, "task-1");
    /// assert!(left.compact(&[right.digest()]).is_empty(), "right may still add it without knowing");
    ///
    /// right.merge(&left);
    /// let _lost = left.compact(&[right.digest()]);
    /// assert_eq!(left.removed().count(), 0);
    /// ```
    pub fn compact(&mut self, others: &[Digest]) -> Delta<RwSet<T>> {
        let caught_up = others.iter().all(|other| other.seen().without(self.seen()).is_empty());
        if !caught_up {
            return Delta::default();
        }
        let everywhere = others.iter().fold(self.seen().clone(), |both, other| both.both(other.seen()));
        self.retract(|set| {
            let settled = |there: &DwFlag| !there.get() && there.marks().all(|mark| everywhere.contains(mark));
            let marked = set.0.unordered().filter(|(_, there)| settled(there));
            let gone: Vec<_> = marked.map(|(element, there)| (element.clone(), there.removal())).collect();
            for (element, _) in &gone {
                set.0.remove(element);
            }
            Keyed::from_vec(gone)
        })
    }
}

delegate_store!(impl[T: Ord + Hash + Clone] RwSet<T> => DotMap<T, DwFlag>);

impl<T: Hash + Eq> Default for RwSet<T> {
    fn default() -> Self {
        Self(DotMap::default())
    }
}

impl<T: Ord + Hash + Clone + std::fmt::Debug> std::fmt::Debug for RwSet<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
