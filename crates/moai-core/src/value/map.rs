//! Values by their keys.

use std::collections::{BTreeMap, btree_map};
use std::mem;

use super::Value;

/// Values by their keys, sorted by the bytes of the keys: a B-tree that is dropped without recursion.
///
/// ```
/// use moai_core::{Map, Value, value};
///
/// let mut task = Map::new();
/// task.insert("name", "index");
/// task.insert("cpu", Value::try_from(0.75)?);
/// assert_eq!(task.keys().collect::<Vec<_>>(), ["cpu", "name"]);
/// assert_eq!(Value::Map(task), value!({"name": "index", "cpu": 0.75}));
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
// Derived comparisons call those of `Value`, which do not recurse, so these do not either.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Map(pub(super) BTreeMap<String, Value>);

impl Map {
    /// An empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
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

    /// Whether the key is there.
    #[must_use]
    pub fn contains_key(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// What the key holds.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// What the key holds, to be changed.
    #[must_use]
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.0.get_mut(key)
    }

    /// Sets what the key holds, and gives what it held before.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        self.0.insert(key.into(), value.into())
    }

    /// Takes the key out, and gives what it held.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.0.remove(key)
    }

    /// The place of the key, to be looked at and filled in one step.
    pub fn entry(&mut self, key: impl Into<String>) -> btree_map::Entry<'_, String, Value> {
        self.0.entry(key.into())
    }

    /// Keeps the pairs that the predicate holds for.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut Value) -> bool) {
        self.0.retain(|key, value| keep(key, value));
    }

    /// Takes out all pairs.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The keys in order.
    pub fn keys(&self) -> btree_map::Keys<'_, String, Value> {
        self.0.keys()
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> btree_map::Values<'_, String, Value> {
        self.0.values()
    }

    /// The pairs in the order of their keys.
    pub fn iter(&self) -> btree_map::Iter<'_, String, Value> {
        self.0.iter()
    }

    /// The pairs in the order of their keys; the values can be changed.
    pub fn iter_mut(&mut self) -> btree_map::IterMut<'_, String, Value> {
        self.0.iter_mut()
    }

    /// The plain B-tree.
    #[must_use]
    pub fn into_btree_map(mut self) -> BTreeMap<String, Value> {
        mem::take(&mut self.0)
    }
}

impl From<BTreeMap<String, Value>> for Map {
    fn from(pairs: BTreeMap<String, Value>) -> Self {
        Self(pairs)
    }
}

/// Of two equal keys the last stays.
impl<const N: usize> From<[(String, Value); N]> for Map {
    fn from(pairs: [(String, Value); N]) -> Self {
        Self(pairs.into())
    }
}

/// Of two equal keys the last stays.
impl FromIterator<(String, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl Extend<(String, Value)> for Map {
    fn extend<I: IntoIterator<Item = (String, Value)>>(&mut self, pairs: I) {
        self.0.extend(pairs);
    }
}

impl IntoIterator for Map {
    type Item = (String, Value);
    type IntoIter = btree_map::IntoIter<String, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_btree_map().into_iter()
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = (&'a String, &'a Value);
    type IntoIter = btree_map::Iter<'a, String, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a mut Map {
    type Item = (&'a String, &'a mut Value);
    type IntoIter = btree_map::IterMut<'a, String, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter_mut()
    }
}
