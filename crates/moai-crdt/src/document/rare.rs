//! A store that is nearly always empty: then it is a null pointer.

use crate::{CausalContext, Change, Dot, DotStore};

/// A store that is nearly always empty. Empty, it takes no memory beyond a pointer.
///
/// Nothing empty ever stands behind the pointer, so equal states are equal.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Rare<S>(Option<Box<S>>);

impl<S> Default for Rare<S> {
    fn default() -> Self {
        Self(None)
    }
}

impl<S: DotStore> Rare<S> {
    /// What is there, if anything is.
    pub(crate) fn get(&self) -> Option<&S> {
        self.0.as_deref()
    }

    /// Does something to the store, which need not be there.
    pub(crate) fn alter<R>(&mut self, change: impl FnOnce(&mut S) -> R) -> R {
        let mut store = self.0.take().unwrap_or_default();
        let result = change(&mut store);
        self.0 = (!store.is_bottom()).then_some(store);
        result
    }
}

impl<S: DotStore> DotStore for Rare<S> {
    type Change = RareChange<S::Change>;

    fn is_bottom(&self) -> bool {
        self.0.is_none()
    }

    fn each_dot(&self, visit: &mut impl FnMut(Dot)) {
        if let Some(store) = self.get() {
            store.each_dot(visit);
        }
    }

    fn merge(&mut self, seen: &CausalContext, other: &Self, theirs: &CausalContext) -> bool {
        match (self.is_bottom(), other.get()) {
            (true, None) => false,
            (false, None) => self.alter(|store| store.merge(seen, &S::default(), theirs)),
            (_, Some(other)) => self.alter(|store| store.merge(seen, other, theirs)),
        }
    }

    fn apply(&mut self, seen: &CausalContext, change: &Self::Change) -> bool {
        change.0.as_deref().is_some_and(|change| self.alter(|store| store.apply(seen, change)))
    }

    fn kill(&mut self, dead: &CausalContext) -> bool {
        !self.is_bottom() && self.alter(|store| store.kill(dead))
    }

    fn removal(&self) -> Self::Change {
        self.get().map_or_else(RareChange::default, |store| store.removal().into())
    }

    fn made_since(&self, seen: &CausalContext) -> Self::Change {
        self.get().map_or_else(RareChange::default, |store| store.made_since(seen).into())
    }
}

/// A change of what is rarely there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RareChange<C>(pub(crate) Option<Box<C>>);

impl<C> Default for RareChange<C> {
    fn default() -> Self {
        Self(None)
    }
}

impl<C: Change> RareChange<C> {
    /// The change, to be added to.
    pub(crate) fn get_mut(&mut self) -> &mut C {
        self.0.get_or_insert_default()
    }
}

impl<C: Change> From<C> for RareChange<C> {
    fn from(change: C) -> Self {
        Self((!change.is_empty()).then(|| Box::new(change)))
    }
}

impl<C: Change> Change for RareChange<C> {
    fn is_empty(&self) -> bool {
        self.0.as_deref().is_none_or(C::is_empty)
    }

    fn join(&mut self, other: &Self) {
        if let Some(other) = other.0.as_deref() {
            self.get_mut().join(other);
        }
    }

    fn each_dot(&self, visit: &mut impl FnMut(Dot)) {
        if let Some(change) = self.0.as_deref() {
            change.each_dot(visit);
        }
    }
}
