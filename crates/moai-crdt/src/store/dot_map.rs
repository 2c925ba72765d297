//! Stores under keys.

use std::convert::Infallible;
use std::hash::Hash;

use hashbrown::HashMap;
use hashbrown::hash_map::EntryRef;

use super::{Change, DotStore, Keyed, Meeting};
use crate::{CausalContext, Dot};

/// Stores under keys. A key is there exactly when something under it is alive.
///
/// Looking up and changing one key costs the same however many there are; walking over them sorts them first, so that
/// order never depends on history.
#[derive(Clone)]
pub struct DotMap<K, S>(HashMap<K, S>);

impl<K, S> Default for DotMap<K, S> {
    fn default() -> Self {
        Self(HashMap::default())
    }
}

impl<K: Ord + Hash + Clone, S: DotStore> DotMap<K, S> {
    /// What lies under `key`.
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<&S>
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.0.get(key)
    }

    /// Whether anything lies under `key`.
    #[must_use]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.0.contains_key(key)
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys with what lies under them, sorted by key.
    pub fn iter(&self) -> std::vec::IntoIter<(&K, &S)> {
        let mut all: Vec<(&K, &S)> = self.0.iter().collect();
        all.sort_unstable_by(|left, right| left.0.cmp(right.0));
        all.into_iter()
    }

    /// Every pair in no order: for what does not depend on order.
    pub(crate) fn unordered(&self) -> impl Iterator<Item = (&K, &S)> {
        self.0.iter()
    }

    /// Changes what lies under `key`, which need not be there, and returns the change under its key.
    #[inline(always)]
    pub fn update(&mut self, key: K, change: impl FnOnce(&mut S) -> S::Change) -> Keyed<K, S::Change> {
        let Ok(change) = self.try_update(key, |store| Ok::<_, Infallible>(change(store)));
        change
    }

    /// As [`update`](Self::update), for changes that can fail. One that does must leave the store as it was.
    ///
    /// # Errors
    ///
    /// Those of `change`. A key that was not there is still not there.
    #[inline(always)]
    pub fn try_update<E>(
        &mut self,
        key: K,
        change: impl FnOnce(&mut S) -> Result<S::Change, E>,
    ) -> Result<Keyed<K, S::Change>, E> {
        let mut place = self.0.entry_ref(&key);
        let mut new = S::default();
        let store = match &mut place {
            EntryRef::Occupied(there) => there.get_mut(),
            EntryRef::Vacant(_) => &mut new,
        };
        let change = change(store)?;
        let is_bottom = store.is_bottom();
        match place {
            EntryRef::Occupied(there) if is_bottom => {
                there.remove();
                self.release();
            }
            // The key goes into the change; only one that is new here is copied.
            EntryRef::Vacant(place) if !is_bottom => drop(place.insert_entry_with_key(key.clone(), new)),
            _ => {}
        }
        Ok(Keyed::one(key, change))
    }

    /// Does something to what lies under `key`, which need not be there; the key stays while anything under it is alive.
    pub(crate) fn at(&mut self, key: &K, change: impl FnOnce(&mut S) -> bool) -> bool {
        match self.0.entry_ref(key) {
            EntryRef::Occupied(mut there) => {
                let changed = change(there.get_mut());
                if there.get().is_bottom() {
                    there.remove();
                    self.release();
                }
                changed
            }
            EntryRef::Vacant(place) => {
                let mut store = S::default();
                let changed = change(&mut store);
                if !store.is_bottom() {
                    place.insert_entry_with_key(key.clone(), store);
                }
                changed
            }
        }
    }

    /// From what is alive under keys; none if a key stands twice.
    pub(crate) fn from_distinct(all: Vec<(K, S)>) -> Option<Self> {
        let count = all.len();
        let map = Self(all.into_iter().collect());
        (map.len() == count).then_some(map)
    }

    /// Removes what lies under `key`, as far as it is known here.
    pub fn remove<Q>(&mut self, key: &Q) -> Keyed<K, S::Change>
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let Some((key, store)) = self.0.remove_entry(key) else { return Keyed::default() };
        self.release();
        Keyed::one(key, store.removal())
    }

    /// What is empty holds no memory, whatever it has held.
    fn release(&mut self) {
        if self.0.is_empty() {
            self.0.shrink_to_fit();
        }
    }
}

impl<K: Ord + Hash + Clone, S: DotStore> DotStore for DotMap<K, S> {
    type Change = Keyed<K, S::Change>;

    fn is_bottom(&self) -> bool {
        self.0.is_empty()
    }

    fn each_dot(&self, visit: &mut impl FnMut(Dot)) {
        self.unordered().for_each(|(_, store)| store.each_dot(visit));
    }

    fn merge(&mut self, other: &Self, meeting: &Meeting<'_>) -> bool {
        let mut changed = false;
        // Under keys that only this side has, what the other side knows is dead. Where they know nothing of ours, there
        // is nothing to look for.
        if !meeting.is_apart() {
            let gone = S::default();
            self.0.retain(|key, store| {
                let mut known = false;
                store.each_dot(&mut |dot| known |= meeting.theirs().contains(dot));
                if known && !other.0.contains_key(key) {
                    changed |= store.merge(&gone, meeting);
                }
                !store.is_bottom()
            });
            self.release();
        }
        // As many keys are missing here as they have more of, if none was removed here; and none without a new dot.
        // Fewer than there are already need no room in advance: growing once is enough for them.
        self.0.reserve(other.0.len().saturating_sub(self.0.len()).min(meeting.news()));
        for (key, store) in other.unordered() {
            changed |= self.at(key, |here| here.merge(store, meeting));
        }
        changed
    }

    fn apply(&mut self, seen: &CausalContext, change: &Self::Change) -> bool {
        let mut changed = false;
        for (key, change) in change.iter() {
            changed |= self.at(key, |here| here.apply(seen, change));
        }
        changed
    }

    fn kill(&mut self, dead: &CausalContext) -> bool {
        let mut changed = false;
        self.0.retain(|_, store| {
            changed |= store.kill(dead);
            !store.is_bottom()
        });
        self.release();
        changed
    }

    fn removal(&self) -> Self::Change {
        Keyed::from_vec(self.iter().map(|(key, store)| (key.clone(), store.removal())).collect())
    }

    fn made_since(&self, seen: &CausalContext) -> Self::Change {
        let made = self.unordered().map(|(key, store)| (key, store.made_since(seen)));
        Keyed::from_vec(
            made.filter(|(_, change)| !change.is_empty()).map(|(key, change)| (key.clone(), change)).collect(),
        )
    }
}

impl<K: Eq + Hash, S: PartialEq> PartialEq for DotMap<K, S> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<K: Eq + Hash, S: Eq> Eq for DotMap<K, S> {}

impl<K: Ord + Hash + Clone + std::fmt::Debug, S: DotStore + std::fmt::Debug> std::fmt::Debug for DotMap<K, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
