//! Who answers for what the dead have counted.

use serde::{Deserialize, Serialize};

use crate::sorted_map::SortedMap;
use crate::{Merge, ReplicaId};

/// For each retired replica the one that answers for it. Of several the greatest, so that all agree.
#[derive(Clone, PartialEq, Eq, Default, Hash)]
pub(crate) struct Heirs(SortedMap<ReplicaId, ReplicaId>);

impl Heirs {
    pub(crate) const fn new() -> Self {
        Self(SortedMap::new())
    }

    /// Marks `dead`, and returns its mark. Nobody is their own heir.
    pub(crate) fn retire(&mut self, dead: ReplicaId, into: ReplicaId) -> Self {
        if dead == into {
            return Self::new();
        }
        self.0.raise(&dead, &into);
        self.0.get(&dead).map_or(Self::new(), |&heir| Self(SortedMap::one(dead, heir)))
    }

    /// Who answers for `replica` in the end.
    pub(crate) fn last(&self, replica: ReplicaId) -> ReplicaId {
        *last_heir(&replica, self.0.len(), |replica| self.0.get(replica))
    }

    /// The marks that `other` lacks.
    pub(crate) fn beyond(&self, other: &Self) -> Self {
        Self(self.0.beyond(&other.0))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Goes from heir to heir, at most `limit` steps: an heir may die too. Where the way leads in a circle, because two were
/// retired into each other at the same time, everyone on it and before it answers for itself.
pub(crate) fn last_heir<'a, K>(start: &'a K, limit: usize, heir_of: impl Fn(&K) -> Option<&'a K>) -> &'a K {
    let mut last = start;
    for _ in 0..=limit {
        match heir_of(last) {
            Some(heir) => last = heir,
            None => return last,
        }
    }
    start
}

impl Merge for Heirs {
    fn merge(&mut self, other: &Self) -> bool {
        self.0.merge(&other.0)
    }
}

impl std::fmt::Debug for Heirs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Heirs {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Heirs {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::readable::sorted_map(deserializer, |dead, into| dead != into).map(Self)
    }
}
