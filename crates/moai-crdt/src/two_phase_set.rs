//! A set from which each element can be removed once, for good.
//!
//! An element is unknown, then in the set, then gone. It never goes back on that way: who adds it again after somebody
//! removed it, or at the same time, adds nothing.
//!
//! **It keeps tombstones.** What is gone is remembered for ever, element by element, so it grows with everything that
//! was ever in it.
//!
//! **Anomalies.** A removal wins over an addition that it never saw. Only what is known here can be removed, so a removal
//! on a replica that an addition has not reached does nothing.
//!
//! Source: Shapiro, Preguiça, Baquero, Zawirski, "A comprehensive study of Convergent and Commutative Replicated Data
//! Types", 2011, section 3.3.2; deltas after Almeida, Shoker, Baquero, 2018, section 4.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize};

use crate::{Merge, Part, Replicated};

/// A set from which each element can be removed once, for good.
///
/// Its digest is empty, as that of a [`GSet`](crate::GSet).
///
/// ```
/// use moai_crdt::{Merge, TwoPhaseSet};
///
/// let mut left = TwoPhaseSet::new();
/// let _sent = left.add("lease-1");
/// let mut right = left.clone();
/// let _sent = left.remove(&"lease-1");
/// let _sent = right.add("lease-1");
/// right.merge(&left);
/// assert!(!right.contains(&"lease-1"));
/// let _sent = right.add("lease-1");
/// assert!(!right.contains(&"lease-1"), "never again");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TwoPhaseSet<T> {
    /// Each element that was ever added, and whether it is gone. Of two answers the greater is the later.
    gone: BTreeMap<T, bool>,
}

impl<T> TwoPhaseSet<T> {
    /// The empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self { gone: BTreeMap::new() }
    }

    /// The elements, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.gone.iter().filter(|&(_, gone)| !gone).map(|(element, _)| element)
    }

    /// The elements that were removed, sorted: the tombstones.
    pub fn removed(&self) -> impl Iterator<Item = &T> {
        self.gone.iter().filter(|&(_, gone)| *gone).map(|(element, _)| element)
    }

    /// How many elements there are. It counts them, and so takes longer the more there have been.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

impl<T: Ord + Clone> TwoPhaseSet<T> {
    /// Adds an element, unless it has been removed.
    pub fn add(&mut self, element: T) -> Part<Self> {
        let gone = *self.gone.entry(element.clone()).or_insert(false);
        Part(Self { gone: BTreeMap::from([(element, gone)]) })
    }

    /// Removes an element for good. Without it, nothing happens.
    pub fn remove<Q: Ord + ?Sized>(&mut self, element: &Q) -> Part<Self>
    where
        T: Borrow<Q>,
    {
        let Some((element, _)) = self.gone.get_key_value(element) else { return Part(Self::new()) };
        let element = element.clone();
        self.gone.insert(element.clone(), true);
        Part(Self { gone: BTreeMap::from([(element, true)]) })
    }

    /// Whether `element` is in the set.
    #[must_use]
    pub fn contains<Q: Ord + ?Sized>(&self, element: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.gone.get(element) == Some(&false)
    }
}

impl<T: Ord + Clone> Merge for TwoPhaseSet<T> {
    fn merge(&mut self, other: &Self) -> bool {
        let mut grew = false;
        for (element, &gone) in &other.gone {
            match self.gone.get_mut(element) {
                Some(known) => {
                    grew |= gone & !*known;
                    *known |= gone;
                }
                None => {
                    self.gone.insert(element.clone(), gone);
                    grew = true;
                }
            }
        }
        grew
    }
}

impl<T: Ord + Clone> Replicated for TwoPhaseSet<T> {
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

impl<T> Default for TwoPhaseSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for TwoPhaseSet<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (elements, removed): (Vec<_>, Vec<_>) = (self.iter().collect(), self.removed().collect());
        f.debug_struct("TwoPhaseSet").field("elements", &elements).field("removed", &removed).finish()
    }
}

impl<T: Serialize> Serialize for TwoPhaseSet<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (elements, removed): (Vec<_>, Vec<_>) = (self.iter().collect(), self.removed().collect());
        let mut set = serializer.serialize_struct("TwoPhaseSet", 2)?;
        set.serialize_field("elements", &elements)?;
        set.serialize_field("removed", &removed)?;
        set.end()
    }
}

impl<'de, T: Deserialize<'de> + Ord> Deserialize<'de> for TwoPhaseSet<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "TwoPhaseSet", deny_unknown_fields, bound = "T: Deserialize<'de> + Ord")]
        struct Lists<T> {
            #[serde(deserialize_with = "crate::readable::sorted_list")]
            elements: Vec<T>,
            #[serde(deserialize_with = "crate::readable::sorted_list")]
            removed: Vec<T>,
        }
        let Lists { elements, removed } = Lists::deserialize(deserializer)?;
        let known = elements.len() + removed.len();
        let elements = elements.into_iter().map(|element| (element, false));
        let gone: BTreeMap<T, bool> = elements.chain(removed.into_iter().map(|element| (element, true))).collect();
        if gone.len() < known {
            return Err(serde::de::Error::custom("an element is in the set or removed, not both"));
        }
        Ok(Self { gone })
    }
}
