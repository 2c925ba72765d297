//! A map of data that merges.
//!
//! A key is there exactly when something under it is alive: nobody creates a key, so two replicas that write under one
//! key at the same time write into the same place. Removing a key takes back what is known under it; what others write
//! under it at the same time stays.
//!
//! **Anomalies.** After a removal, a concurrent writer's part of the key comes back alone: a map entry with two fields
//! can reappear with the one that was written. A counter under a removed key comes back with what its concurrent writers
//! had counted in all, see [`DottedCounter`](crate::DottedCounter).
//!
//! Source: Almeida, Shoker, Baquero, "Delta State Replicated Data Types", 2018, section 7.4.5 (causal map).

use std::borrow::Borrow;
use std::hash::Hash;

use crate::delegate::delegate_store;
use crate::store::{DotMap, Keyed};
use crate::{Causal, Delta, DotStore, ReplicaId, Writer};

/// A map whose values merge: sets, flags, registers, counters and maps, nested as deep as you like.
///
/// The bound on `S` says what can be nested: whatever carries dots.
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{Causal, Merge, OrMap, OrSet, ReplicaId};
///
/// let (a, b) = (ReplicaId::derive(&agent_id!("a"), 0), ReplicaId::derive(&agent_id!("b"), 0));
/// let mut left = Causal::<OrMap<&str, OrSet<&str>>>::default();
/// let mut right = left.clone();
/// let _lost = left.update(a, "tags", |set, writer| set.add(writer, "urgent"));
/// let _lost = right.update(b, "tags", |set, writer| set.add(writer, "rust"));
///
/// left.merge(&right);
/// let tags: Vec<_> = left.get("tags").into_iter().flat_map(|set| set.iter()).collect();
/// assert_eq!(tags, [&"rust", &"urgent"]);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct OrMap<K: Hash + Eq, S>(DotMap<K, S>);

impl<K: Ord + Hash + Clone, S: DotStore> OrMap<K, S> {
    /// What lies under `key`.
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<&S>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.0.get(key)
    }

    /// Whether anything lies under `key`.
    #[must_use]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
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
    pub fn iter(&self) -> impl Iterator<Item = (&K, &S)> {
        self.0.iter()
    }

    /// The keys, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// Changes what lies under `key`, which need not be there.
    #[inline]
    pub fn update(
        &mut self,
        writer: &mut Writer<'_>,
        key: K,
        change: impl FnOnce(&mut S, &mut Writer<'_>) -> S::Change,
    ) -> Keyed<K, S::Change> {
        self.0.update(key, |store| change(store, writer))
    }

    /// As [`update`](Self::update), for changes that can fail. One that does must leave what lies under the key as it was, as
    /// the mutators of this crate do; if it takes several steps, the first must not be done when a later one fails.
    ///
    /// # Errors
    ///
    /// Those of `change`. A key that was not there is still not there.
    pub fn try_update<E>(
        &mut self,
        writer: &mut Writer<'_>,
        key: K,
        change: impl FnOnce(&mut S, &mut Writer<'_>) -> Result<S::Change, E>,
    ) -> Result<Keyed<K, S::Change>, E> {
        self.0.try_update(key, |store| change(store, writer))
    }

    /// Removes what is known under `key`.
    pub fn remove<Q>(&mut self, key: &Q) -> Keyed<K, S::Change>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.0.remove(key)
    }

    /// Removes every key that is known here.
    pub fn clear(&mut self) -> Keyed<K, S::Change> {
        std::mem::take(&mut self.0).removal()
    }
}

impl<K: Ord + Hash + Clone, S: DotStore> Causal<OrMap<K, S>> {
    /// Changes what lies under `key`, which need not be there.
    #[inline]
    pub fn update(
        &mut self,
        me: ReplicaId,
        key: K,
        change: impl FnOnce(&mut S, &mut Writer<'_>) -> S::Change,
    ) -> Delta<OrMap<K, S>> {
        self.mutate(me, |map, writer| map.update(writer, key, change))
    }

    /// As [`update`](Self::update), for changes that can fail. One that does must leave what lies under the key as it was, as
    /// the mutators of this crate do; if it takes several steps, the first must not be done when a later one fails.
    ///
    /// # Errors
    ///
    /// Those of `change`. A key that was not there is still not there.
    pub fn try_update<E>(
        &mut self,
        me: ReplicaId,
        key: K,
        change: impl FnOnce(&mut S, &mut Writer<'_>) -> Result<S::Change, E>,
    ) -> Result<Delta<OrMap<K, S>>, E> {
        self.try_mutate(me, |map, writer| map.try_update(writer, key, change))
    }

    /// Removes what is known under `key`. Without it, nothing happens.
    pub fn remove<Q>(&mut self, key: &Q) -> Delta<OrMap<K, S>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.retract(|map| map.remove(key))
    }

    /// Removes every key that is known here.
    pub fn clear(&mut self) -> Delta<OrMap<K, S>> {
        self.retract(OrMap::clear)
    }
}

delegate_store!(impl[K: Ord + Hash + Clone, S: DotStore] OrMap<K, S> => DotMap<K, S>);

impl<K: Hash + Eq, S> Default for OrMap<K, S> {
    fn default() -> Self {
        Self(DotMap::default())
    }
}

impl<K: Ord + Hash + Clone + std::fmt::Debug, S: DotStore + std::fmt::Debug> std::fmt::Debug for OrMap<K, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
