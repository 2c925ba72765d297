//! Values in a row.

use std::ops::{Deref, DerefMut};
use std::{mem, slice, vec};

use super::Value;

/// Values in a row: a vector of values that is dropped without recursion.
///
/// It reads as a slice.
///
/// ```
/// use moai_core::{Array, Value, value};
///
/// let mut votes: Array = ["yes", "no"].into_iter().map(Value::from).collect();
/// votes.push(7);
/// assert_eq!(votes.len(), 3);
/// assert_eq!(Value::Array(votes), value!(["yes", "no", 7]));
/// ```
// Derived comparisons call those of `Value`, which do not recurse, so these do not either.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Array(pub(super) Vec<Value>);

impl Array {
    /// An empty array.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// An empty array with room for so many items.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    /// Adds an item at the end.
    pub fn push(&mut self, item: impl Into<Value>) {
        self.0.push(item.into());
    }

    /// Takes the last item off.
    pub fn pop(&mut self) -> Option<Value> {
        self.0.pop()
    }

    /// Puts an item before the one at `index`, or at the end if the array does not reach so far.
    pub fn insert(&mut self, index: usize, item: impl Into<Value>) {
        self.0.insert(index.min(self.0.len()), item.into());
    }

    /// Takes out the item at `index`; what follows moves up.
    pub fn remove(&mut self, index: usize) -> Option<Value> {
        (index < self.0.len()).then(|| self.0.remove(index))
    }

    /// Takes out all items.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The plain vector.
    #[must_use]
    pub fn into_vec(mut self) -> Vec<Value> {
        mem::take(&mut self.0)
    }
}

impl Deref for Array {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.0
    }
}

impl DerefMut for Array {
    fn deref_mut(&mut self) -> &mut [Value] {
        &mut self.0
    }
}

impl From<Vec<Value>> for Array {
    fn from(items: Vec<Value>) -> Self {
        Self(items)
    }
}

impl<const N: usize> From<[Value; N]> for Array {
    fn from(items: [Value; N]) -> Self {
        Self(items.into())
    }
}

impl FromIterator<Value> for Array {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl Extend<Value> for Array {
    fn extend<I: IntoIterator<Item = Value>>(&mut self, items: I) {
        self.0.extend(items);
    }
}

impl IntoIterator for Array {
    type Item = Value;
    type IntoIter = vec::IntoIter<Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_vec().into_iter()
    }
}

impl<'a> IntoIterator for &'a Array {
    type Item = &'a Value;
    type IntoIter = slice::Iter<'a, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a mut Array {
    type Item = &'a mut Value;
    type IntoIter = slice::IterMut<'a, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter_mut()
    }
}
