//! A set of entries that can be compared with another one elsewhere.

use moai_core::{Digest, DigestBuilder};
use std::collections::BTreeMap;

use super::item_id::{ItemId, Reference};
use super::root::RootSum;
use super::sketch::{Sketch, Symbols};
use super::{ReconcileKey, Root};

/// What one replica holds, as a set of entries: a key, and a digest of what stands under it (version, value, tombstone).
///
/// It is kept beside the store, and told of each change: [`replace`](Self::replace) when what stands under a key changes.
/// The [`root`](Self::root) is ready at any time. The symbols of the last keys that an exchange used are kept in step as well,
/// so that an exchange under one of them does not go over all entries; under another key each exchange does, once.
///
/// An entry takes 32 bytes and the key, and what the tree needs. A change takes eight hashes for the root and some twenty
/// additions for each key whose symbols are kept.
///
/// ```
/// use moai_core::{StateKey, value};
/// use moai_sync::reconcile::ReconcileSet;
///
/// let (mut set, task) = (ReconcileSet::new(), StateKey::new("task/1")?);
/// let (open, done) = (value!("open").digest(), value!("done").digest());
/// let empty = set.root();
/// assert!(set.insert(task.clone(), &open));
/// assert!(set.replace(task.clone(), &open, &done));
/// assert!(!set.remove(&task, &open), "that stands there no more");
/// assert!(set.remove(&task, &done));
/// assert_eq!(set.root(), empty);
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone)]
pub struct ReconcileSet<K> {
    /// By the digest of key and content.
    entries: BTreeMap<Digest, K>,
    sum: RootSum,
    /// The key that was used last stands first.
    sketches: Vec<Sketch>,
    sketches_kept: usize,
    /// Counts changes.
    revision: u64,
}

impl<K> Default for ReconcileSet<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K> ReconcileSet<K> {
    /// An empty set that keeps the symbols of two keys: our own, and that of one peer.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: BTreeMap::new(), sum: RootSum::EMPTY, sketches: Vec::new(), sketches_kept: 2, revision: 0 }
    }

    /// Keeps the symbols of so many keys, one at least. Each makes a change a little slower.
    #[must_use]
    pub fn keeping_sketches(mut self, keys: usize) -> Self {
        self.sketches_kept = keys.max(1);
        self.sketches.truncate(self.sketches_kept);
        self
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The digest of the whole set.
    #[must_use]
    pub fn root(&self) -> Root {
        self.sum.root()
    }

    pub(super) const fn revision(&self) -> u64 {
        self.revision
    }

    /// At least the first `at_least` symbols, and those of the second order, unless that is above the limit of all limits.
    pub(super) fn symbols(&mut self, key: ReconcileKey, at_least: usize) -> Symbols {
        let kept = self.sketches.iter().position(|sketch| sketch.key() == key).map(|at| self.sketches.remove(at));
        let sketch = match kept.filter(|sketch| sketch.symbols().first.len() >= at_least) {
            Some(kept) => kept,
            None => Sketch::build(key, self.entries.keys(), at_least),
        };
        let symbols = sketch.symbols().clone();
        self.sketches.insert(0, sketch);
        self.sketches.truncate(self.sketches_kept);
        symbols
    }
}

impl<K: AsRef<str>> ReconcileSet<K> {
    /// Adds an entry: a key, and the digest of what stands under it. `false` if it was there.
    ///
    /// A key may stand there with several contents, as with siblings; whoever has one content for each key takes
    /// [`replace`](Self::replace).
    pub fn insert(&mut self, key: K, content: &Digest) -> bool {
        let print = print(&key, content);
        if self.entries.contains_key(&print) {
            return false;
        }
        self.sum.insert(&print);
        self.sketches.iter_mut().for_each(|sketch| sketch.insert(&print));
        self.entries.insert(print, key);
        self.revision = self.revision.wrapping_add(1);
        true
    }

    /// Removes an entry. `false` if it was not there.
    pub fn remove(&mut self, key: &K, content: &Digest) -> bool {
        let print = print(key, content);
        if self.entries.remove(&print).is_none() {
            return false;
        }
        self.sum.remove(&print);
        self.sketches.iter_mut().for_each(|sketch| sketch.remove(&print));
        self.revision = self.revision.wrapping_add(1);
        true
    }

    /// Removes what stood under a key and adds what stands there now. `false` if the old was not there: then the new is there
    /// in any case.
    pub fn replace(&mut self, key: K, old: &Digest, new: &Digest) -> bool {
        let was_there = self.remove(&key, old);
        self.insert(key, new);
        was_there
    }
}

impl<K: Clone> ReconcileSet<K> {
    /// The key of the entry with an id.
    pub(super) fn find(&self, id: ItemId, under: ReconcileKey) -> Option<&K> {
        let (first, last) = id.digests();
        self.entries.range(first..=last).find(|(print, _)| ItemId::of(print, under) == id).map(|(_, key)| key)
    }

    /// The keys of the entries that a reference may mean: nearly always one.
    pub(super) fn referred(&self, reference: Reference, under: ReconcileKey) -> impl Iterator<Item = &K> {
        let (first, last) = reference.digests();
        let all = self.entries.range(first..=last);
        all.filter(move |(print, _)| ItemId::of(print, under).reference() == reference).map(|(_, key)| key)
    }
}

/// What an entry is in every exchange: a digest of key and content.
fn print<K: AsRef<str>>(key: &K, content: &Digest) -> Digest {
    DigestBuilder::new("moai/reconcile-entry/1").text(key.as_ref()).digest(content).finish()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn each_key_that_ever_was_used_keeps_its_symbols() {
        let mut set = ReconcileSet::new();
        set.insert("task", &DigestBuilder::new("test/1").finish());
        for key in 0..10 {
            set.symbols(ReconcileKey::from_bytes([key; 16]), 32);
        }
        let keys =
            |set: &ReconcileSet<&str>| set.sketches.iter().map(|kept| kept.key().as_bytes()[0]).collect::<Vec<_>>();
        assert_eq!(keys(&set), [9, 8]);
        set.symbols(ReconcileKey::from_bytes([8; 16]), 32);
        assert_eq!(keys(&set), [8, 9]);
        assert_eq!(keys(&set.keeping_sketches(0)), [8]);
    }

    #[test]
    fn further_symbols_differ_from_those_that_were_sent() {
        let mut set = ReconcileSet::new();
        for number in 0..100 {
            set.insert(format!("task/{number}"), &DigestBuilder::new("test/1").finish());
        }
        let key = ReconcileKey::from_bytes([1; 16]);
        let few = set.symbols(key, 32);
        let many = set.symbols(key, few.first.len() + 1);
        assert!(many.first.len() > few.first.len() && many.first.starts_with(&few.first));
        assert_eq!(many.second, few.second);
        assert!(Arc::ptr_eq(&many.first, &set.symbols(key, 32).first), "they were built anew");
    }
}
