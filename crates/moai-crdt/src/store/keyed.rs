//! Changes under keys.

use super::Change;
use crate::Dot;

/// Changes, each under the key that it touches, sorted by key; none of them is empty. Nearly always it is one, and one
/// takes no memory beyond itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Keyed<K, C>(Few<K, C>);

#[derive(Clone, PartialEq, Eq)]
enum Few<K, C> {
    None,
    One((K, C)),
    More(Vec<(K, C)>),
}

impl<K, C> Default for Keyed<K, C> {
    fn default() -> Self {
        Self(Few::None)
    }
}

impl<K, C> Keyed<K, C> {
    /// All of them, sorted by key.
    #[must_use]
    pub fn as_slice(&self) -> &[(K, C)] {
        match &self.0 {
            Few::None => &[],
            Few::One(one) => std::slice::from_ref(one),
            Few::More(all) => all,
        }
    }

    /// The changes with their keys, sorted by key.
    pub fn iter(&self) -> std::slice::Iter<'_, (K, C)> {
        self.as_slice().iter()
    }
}

impl<K: Ord, C: Change> Keyed<K, C> {
    /// One change under one key; none, if it is empty.
    #[must_use]
    #[inline]
    pub fn one(key: K, change: C) -> Self {
        if change.is_empty() { Self::default() } else { Self(Few::One((key, change))) }
    }

    /// From changes that are not empty, in any order of keys; those under one key are joined.
    pub(crate) fn from_vec(mut all: Vec<(K, C)>) -> Self {
        if !all.is_sorted_by(|left, right| left.0 < right.0) {
            all.sort_by(|left, right| left.0.cmp(&right.0));
            all.dedup_by(|later, earlier| {
                let same = later.0 == earlier.0;
                if same {
                    earlier.1.join(&later.1);
                }
                same
            });
        }
        match all.len() {
            0 => Self::default(),
            1 => Self(all.pop().map_or(Few::None, Few::One)),
            _ => Self(Few::More(all)),
        }
    }
}

impl<K: Ord + Clone, C: Change> Change for Keyed<K, C> {
    fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    fn join(&mut self, other: &Self) {
        if other.as_slice().is_empty() {
            return;
        }
        // Nearly always one change joins a batch: only its place is looked for.
        if let (Few::More(all), [(key, change)]) = (&mut self.0, other.as_slice()) {
            match all.binary_search_by(|(known, _)| known.cmp(key)) {
                Ok(at) => all.get_mut(at).into_iter().for_each(|(_, known)| known.join(change)),
                Err(at) => all.insert(at, (key.clone(), change.clone())),
            }
            return;
        }
        let mut all = match std::mem::replace(&mut self.0, Few::None) {
            Few::None => Vec::new(),
            Few::One(one) => vec![one],
            Few::More(all) => all,
        };
        // Sorted runs: the sort merges them, equal keys stay in order, and `from_vec` joins them.
        all.extend(other.iter().cloned());
        *self = Self::from_vec(all);
    }

    fn each_dot(&self, visit: &mut impl FnMut(Dot)) {
        self.iter().for_each(|(_, change)| change.each_dot(visit));
    }
}

impl<K: std::fmt::Debug, C: std::fmt::Debug> std::fmt::Debug for Keyed<K, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter().map(|(key, change)| (key, change))).finish()
    }
}
