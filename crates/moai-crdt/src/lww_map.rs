//! A map in which, under each key, the last write wins.
//!
//! An [`OrMap`] of [`LwwRegister`]s with the words of a map. A removal takes back the values that it has seen, so a value
//! written at the same time stays, whatever the stamps say.
//!
//! **Anomalies.** Those of [`LwwRegister`] under each key; and a key can come back after a removal, by a write that the
//! removal had not seen. Of several values written at the same time a removal may have seen the winner only: then the
//! one that had lost is read.
//!
//! Source: as [`OrMap`] and [`LwwRegister`].

use std::borrow::Borrow;
use std::hash::Hash;

use crate::delegate::delegate_store;
use crate::{Causal, Delta, DotStore, LwwRegister, OrMap, ReplicaId, Stamp, Writer};

/// A map in which, under each key, the last write wins. It can be nested in an [`OrMap`](crate::OrMap).
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{Causal, LwwMap, Merge, ReplicaId, Stamp};
///
/// let (a, b) = (ReplicaId::derive(&agent_id!("a"), 0), ReplicaId::derive(&agent_id!("b"), 0));
/// let at = Stamp::from_bits;
/// let mut left = Causal::<LwwMap<&str, u32>>::default();
/// let mut right = left.clone();
/// let _lost = left.set(a, "price", at(1), 10);
/// let _lost = right.set(b, "price", at(2), 12); // at the same time
/// left.merge(&right);
/// assert_eq!(left.get("price"), Some(&12));
///
/// let _lost = left.remove("price");
/// assert_eq!(left.get("price"), None);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct LwwMap<K: Hash + Eq, V>(OrMap<K, LwwRegister<V>>);

/// What a map's changes look like.
type Change<K, V> = <OrMap<K, LwwRegister<V>> as DotStore>::Change;

impl<K: Ord + Hash + Clone, V: Clone> LwwMap<K, V> {
    /// The value under `key` that won.
    #[inline]
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.register(key)?.get()
    }

    /// All that is known under `key`: values that lost, stamps, ties by agent.
    #[inline]
    #[must_use]
    pub fn register<Q>(&self, key: &Q) -> Option<&LwwRegister<V>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.0.get(key)
    }

    /// Whether there is a value under `key`.
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

    /// The keys with the values that won, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter().filter_map(|(key, register)| Some((key, register.get()?)))
    }

    /// The keys, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.0.keys()
    }

    /// Puts a value under `key`, in place of those that are known here.
    #[inline]
    pub fn set(&mut self, writer: &mut Writer<'_>, key: K, stamp: Stamp, value: V) -> Change<K, V> {
        self.0.update(writer, key, |register, writer| register.write(writer, stamp, value))
    }

    /// Removes the values under `key` that are known here.
    pub fn remove<Q>(&mut self, key: &Q) -> Change<K, V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.0.remove(key)
    }

    /// Removes every key that is known here.
    pub fn clear(&mut self) -> Change<K, V> {
        self.0.clear()
    }
}

impl<K: Ord + Hash + Clone, V: Clone> Causal<LwwMap<K, V>> {
    /// Puts a value under `key`, in place of those that are known here.
    #[inline]
    pub fn set(&mut self, me: ReplicaId, key: K, stamp: Stamp, value: V) -> Delta<LwwMap<K, V>> {
        self.mutate(me, |map, writer| map.set(writer, key, stamp, value))
    }

    /// Removes the values under `key` that are known here. Without any, nothing happens.
    pub fn remove<Q>(&mut self, key: &Q) -> Delta<LwwMap<K, V>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.retract(|map| map.remove(key))
    }

    /// Removes every key that is known here.
    pub fn clear(&mut self) -> Delta<LwwMap<K, V>> {
        self.retract(LwwMap::clear)
    }
}

delegate_store!(impl[K: Ord + Hash + Clone, V: Clone] LwwMap<K, V> => OrMap<K, LwwRegister<V>>);

impl<K: Hash + Eq, V> Default for LwwMap<K, V> {
    fn default() -> Self {
        Self(OrMap::default())
    }
}

impl<K: Ord + Hash + Clone + std::fmt::Debug, V: Clone + std::fmt::Debug> std::fmt::Debug for LwwMap<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
