//! A set that only grows.
//!
//! What is in it stays in it, so merging is union.
//!
//! **Anomalies.** None, and no way back: nothing can be removed. Where elements come and go, take an
//! [`OrSet`](crate::OrSet).
//!
//! Source: Shapiro, Preguiça, Baquero, Zawirski, "A comprehensive study of Convergent and Commutative Replicated Data
//! Types", 2011, section 3.3.1; deltas after Almeida, Shoker, Baquero, 2018, section 4.

use std::borrow::Borrow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::wire::wire_fields;
use crate::{Merge, Part, Replicated, Wire};

/// A set that only grows.
///
/// Its digest is empty: one that says which elements are there would be as large as the set, so a repair sends the set.
/// Where repairs must be small, take an [`OrSet`](crate::OrSet), whose digest holds numbers.
///
/// ```
/// use moai_crdt::{GSet, Merge, Replicated};
///
/// let (mut left, mut right) = (GSet::new(), GSet::new());
/// let part = left.add("task-1");
/// let _lost = right.add("task-2");
/// right.apply(&part);
/// left.merge(&right);
/// assert_eq!(left, right);
/// assert_eq!(left.iter().collect::<Vec<_>>(), [&"task-1", &"task-2"]);
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct GSet<T>(BTreeSet<T>);

impl<T> GSet<T> {
    /// The empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeSet::new())
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
        self.0.iter()
    }
}

impl<T: Ord + Clone> GSet<T> {
    /// Adds an element.
    pub fn add(&mut self, element: T) -> Part<Self> {
        self.0.insert(element.clone());
        Part(Self(BTreeSet::from([element])))
    }

    /// Whether `element` is in the set.
    #[must_use]
    pub fn contains<Q: Ord + ?Sized>(&self, element: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.0.contains(element)
    }
}

/// All elements at once.
///
/// ```
/// use moai_crdt::GSet;
///
/// assert_eq!(GSet::from_iter(["b", "a", "b"]).iter().collect::<Vec<_>>(), [&"a", &"b"]);
/// ```
impl<T: Ord> FromIterator<T> for GSet<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Self(elements.into_iter().collect())
    }
}

impl<T: Ord + Clone> Merge for GSet<T> {
    fn merge(&mut self, other: &Self) -> bool {
        let before = self.len();
        for element in &other.0 {
            if !self.0.contains(element) {
                self.0.insert(element.clone());
            }
        }
        self.len() > before
    }
}

impl<T: Ord + Clone> Replicated for GSet<T> {
    type Delta = Part<Self>;
    type Digest = ();

    fn apply(&mut self, delta: &Part<Self>) -> bool {
        self.merge(&delta.0)
    }

    fn join(delta: &mut Part<Self>, other: &Part<Self>) {
        delta.merge(other);
    }

    fn digest(&self) {}

    fn delta_for(&self, (): &()) -> Part<Self> {
        Part(self.clone())
    }
}

impl<T> Default for GSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for GSet<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de, T: Deserialize<'de> + Ord> Deserialize<'de> for GSet<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::readable::sorted_list(deserializer).map(|elements| Self(elements.into_iter().collect()))
    }
}

wire_fields!(19: impl[T: Wire + Ord] GSet<T> { 0 });
