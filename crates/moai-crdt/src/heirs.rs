//! Who answers for what the dead have counted.

use moai_core::InvalidInput;
use serde::{Deserialize, Serialize};

use crate::sorted_map::SortedMap;
use crate::{Merge, ReplicaId, Wire, WireReader, WireWriter};

/// For each retired replica the one that answers for it. Of several the greatest, so that all agree.
///
/// Nearly always nobody is retired, and that takes no more than a pointer.
#[derive(Clone, PartialEq, Eq, Default, Hash)]
pub(crate) struct Heirs(Option<Box<SortedMap<ReplicaId, ReplicaId>>>);

static NOBODY: SortedMap<ReplicaId, ReplicaId> = SortedMap::new();

impl Heirs {
    pub(crate) const fn new() -> Self {
        Self(None)
    }

    fn from_map(map: SortedMap<ReplicaId, ReplicaId>) -> Self {
        Self((!map.is_empty()).then(|| Box::new(map)))
    }

    fn as_map(&self) -> &SortedMap<ReplicaId, ReplicaId> {
        self.0.as_deref().unwrap_or(&NOBODY)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Marks `dead`, and returns what was new. Nobody is their own heir.
    pub(crate) fn retire(&mut self, dead: ReplicaId, into: ReplicaId) -> Self {
        let new = dead != into && self.0.get_or_insert_default().raise(&dead, &into);
        if new { Self::from_map(SortedMap::one(dead, into)) } else { Self::new() }
    }

    /// Who answers for `replica` in the end.
    pub(crate) fn last(&self, replica: ReplicaId) -> ReplicaId {
        let map = self.as_map();
        *last_heir(&replica, map.len(), |replica| map.get(replica))
    }

    /// Those for whom `replica` answers.
    pub(crate) fn estate<'a>(&'a self, replica: &'a ReplicaId) -> Vec<&'a ReplicaId> {
        let map = self.as_map();
        estate(
            replica,
            last_heir(replica, map.len(), |replica| map.get(replica)),
            map.iter().map(|(dead, heir)| (heir, dead)),
        )
    }

    /// The marks that `other` lacks.
    pub(crate) fn beyond(&self, other: &Self) -> Self {
        Self::from_map(self.as_map().beyond(other.as_map()))
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

/// Those for whom `start` answers, itself first, where `last` is its last heir: from heirs to the dead whose heirs they are,
/// each once. To ask everyone for their last heir instead would take a long chain of them as often as it is long.
pub(crate) fn estate<'a, K: Ord>(start: &'a K, last: &K, dead: impl Iterator<Item = (&'a K, &'a K)>) -> Vec<&'a K> {
    if start != last {
        return Vec::new();
    }
    let mut dead: Vec<(&K, &K)> = dead.collect();
    dead.sort_unstable();
    let mut all = vec![start];
    // Who has an heir and is the last all the same is in a circle, or goes into one, and answers for nobody else.
    if dead.iter().any(|(_, dead)| *dead == start) {
        return all;
    }
    let mut at = 0;
    while let Some(&heir) = all.get(at) {
        let from = dead.partition_point(|(known, _)| *known < heir);
        all.extend(dead.iter().skip(from).take_while(|(known, _)| *known == heir).map(|(_, dead)| *dead));
        at += 1;
    }
    all
}

/// Nobody is their own heir.
fn can_be(dead: &ReplicaId, into: &ReplicaId) -> bool {
    dead != into
}

impl Merge for Heirs {
    fn merge(&mut self, other: &Self) -> bool {
        other.0.as_ref().is_some_and(|theirs| self.0.get_or_insert_default().merge(theirs))
    }
}

impl std::fmt::Debug for Heirs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_map().fmt(f)
    }
}

impl Serialize for Heirs {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_map().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Heirs {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::readable::sorted_map(deserializer, can_be).map(Self::from_map)
    }
}

impl Wire for Heirs {
    fn write(&self, to: &mut WireWriter) {
        to.items(self.as_map().iter());
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        from.slots(can_be).map(Self::from_map)
    }
}
