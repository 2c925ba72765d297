//! The state of every type that grows slot by slot: sorted slots, and in each the greater value wins.

use crate::Merge;

/// Slots, sorted by key. Under one key the greater value wins, so it merges when values have a total order.
///
/// One flat vector: two of them are merged and compared side by side, once. A single slot takes no memory beyond itself,
/// so what one mutation touched costs nothing to carry away.
#[derive(Clone)]
pub(crate) struct SortedMap<K, V>(Few<(K, V)>);

/// One slot stands in place; more, or none, in a vector.
#[derive(Clone)]
enum Few<E> {
    One(E),
    More(Vec<E>),
}

impl<K, V> SortedMap<K, V> {
    /// No slot.
    pub(crate) const fn new() -> Self {
        Self(Few::More(Vec::new()))
    }

    /// One slot.
    pub(crate) const fn one(key: K, value: V) -> Self {
        Self(Few::One((key, value)))
    }

    /// All slots, sorted by key.
    pub(crate) fn as_slice(&self) -> &[(K, V)] {
        match &self.0 {
            Few::One(one) => std::slice::from_ref(one),
            Few::More(all) => all,
        }
    }

    fn as_mut_slice(&mut self) -> &mut [(K, V)] {
        match &mut self.0 {
            Few::One(one) => std::slice::from_mut(one),
            Few::More(all) => all,
        }
    }

    /// The slots, sorted by key.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, (K, V)> {
        self.as_slice().iter()
    }

    /// How many slots there are.
    pub(crate) fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether there is no slot.
    pub(crate) fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    /// From slots that are sorted, each key once.
    pub(crate) fn from_sorted(mut all: Vec<(K, V)>) -> Self {
        if all.len() == 1 {
            return Self(all.pop().map_or(Few::More(Vec::new()), Few::One));
        }
        Self(Few::More(all))
    }

    fn into_vec(self) -> Vec<(K, V)> {
        match self.0 {
            Few::One(one) => vec![one],
            Few::More(all) => all,
        }
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    /// What stands under `key`.
    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
    {
        match &self.0 {
            Few::One((known, value)) => (known.borrow() == key).then_some(value),
            Few::More(all) => {
                let at = all.binary_search_by(|(known, _)| known.borrow().cmp(key)).ok()?;
                all.get(at).map(|(_, value)| value)
            }
        }
    }

    /// What stands under `key`, to be raised.
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        match &mut self.0 {
            Few::One((known, value)) => (known == key).then_some(value),
            Few::More(all) => {
                let at = all.binary_search_by(|(known, _)| known.cmp(key)).ok()?;
                all.get_mut(at).map(|(_, value)| value)
            }
        }
    }

    /// Puts a slot under a key that has none.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        if self.is_empty() {
            self.0 = Few::One((key, value));
            return;
        }
        let mut all = std::mem::take(self).into_vec();
        let at = all.partition_point(|(known, _)| *known < key);
        all.insert(at, (key, value));
        self.0 = Few::More(all);
    }

    /// Takes the slot under `key` away.
    pub(crate) fn remove(&mut self, key: &K) {
        let mut all = std::mem::take(self).into_vec();
        all.retain(|(known, _)| known != key);
        *self = Self::from_sorted(all);
    }
}

impl<K: Ord + Clone, V: Ord + Clone> SortedMap<K, V> {
    /// Lets `value` stand under `key` if it is greater than what stands there. Returns whether it was.
    pub(crate) fn raise(&mut self, key: &K, value: &V) -> bool {
        if let Some(known) = self.get_mut(key) {
            return raise(known, value);
        }
        self.insert(key.clone(), value.clone());
        true
    }

    /// The slots that `other` lacks, or in which it has less.
    pub(crate) fn beyond(&self, other: &Self) -> Self {
        let mut theirs = other.iter().peekable();
        let more = self.iter().filter(|(key, value)| {
            while theirs.next_if(|(known, _)| known < key).is_some() {}
            theirs.next_if(|(known, _)| known == key).is_none_or(|(_, known)| known < value)
        });
        Self::from_sorted(more.cloned().collect())
    }

    /// Puts the `missing` slots of `theirs` between ours.
    fn fill_in(&mut self, theirs: &[(K, V)], missing: usize) {
        let mut mine = std::mem::take(self).into_vec().into_iter().peekable();
        let mut all = Vec::with_capacity(mine.len() + missing);
        for slot in theirs {
            while let Some(before) = mine.next_if(|(known, _)| *known < slot.0) {
                all.push(before);
            }
            if mine.peek().is_none_or(|(known, _)| *known != slot.0) {
                all.push(slot.clone());
            }
        }
        all.extend(mine);
        *self = Self::from_sorted(all);
    }
}

impl<K: Ord + Clone, V: Ord + Clone> Merge for SortedMap<K, V> {
    fn merge(&mut self, other: &Self) -> bool {
        let theirs = other.as_slice();
        // A part into a whole: looking its few slots up is cheaper than walking over all of ours.
        if theirs.len() <= self.len() / 8 {
            return theirs.iter().fold(false, |grew, (key, value)| self.raise(key, value) | grew);
        }
        let mine = self.as_mut_slice();
        let (mut grew, mut missing) = (false, 0);
        // Swarms are stable: nearly always both sides know the same keys, each at the same place.
        let mut alike = 0;
        for (left, right) in mine.iter_mut().zip(theirs) {
            if left.0 != right.0 {
                break;
            }
            grew |= raise(&mut left.1, &right.1);
            alike += 1;
        }
        let mut here = mine.iter_mut().skip(alike).peekable();
        for (key, value) in theirs.iter().skip(alike) {
            while here.next_if(|(known, _)| known < key).is_some() {}
            match here.next_if(|(known, _)| known == key) {
                Some((_, known)) => grew |= raise(known, value),
                None => missing += 1,
            }
        }
        if missing > 0 {
            self.fill_in(theirs, missing);
        }
        grew || missing > 0
    }
}

/// Puts the greater of the two into `known`. Returns whether that was new.
fn raise<V: Ord + Clone>(known: &mut V, value: &V) -> bool {
    let greater = *known < *value;
    // Written in any case: numbers that come in no pattern would cost more by a branch that is guessed wrong.
    *known = if greater { value } else { &*known }.clone();
    greater
}

impl<K: Ord, V: Ord> FromIterator<(K, V)> for SortedMap<K, V> {
    /// Takes slots in any order; of several under one key the greatest.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(slots: I) -> Self {
        let mut all: Vec<_> = slots.into_iter().collect();
        // The greatest of a key comes first, and the first of a key stays.
        all.sort_unstable_by(|left, right| left.0.cmp(&right.0).then_with(|| right.1.cmp(&left.1)));
        all.dedup_by(|later, earlier| later.0 == earlier.0);
        Self::from_sorted(all)
    }
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for SortedMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<K: Eq, V: Eq> Eq for SortedMap<K, V> {}

impl<K: std::hash::Hash, V: std::hash::Hash> std::hash::Hash for SortedMap<K, V> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl<K: std::fmt::Debug, V: std::fmt::Debug> std::fmt::Debug for SortedMap<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter().map(|(key, value)| (key, value))).finish()
    }
}

impl<K: serde::Serialize, V: serde::Serialize> serde::Serialize for SortedMap<K, V> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(key, value)| (key, value)))
    }
}
