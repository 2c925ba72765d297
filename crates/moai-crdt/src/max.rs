//! The greatest value that anyone has seen.
//!
//! Of two values the greater stays. Before the first there is nothing.
//!
//! **Anomalies.** There is no way back: a wrong value that is greater than all others stays for ever.
//!
//! Source: Baquero, Almeida, Cunha, Ferreira, "Composition in State-based Replicated Data Types", 2017 (chains,
//! with a bottom put under them).

use serde::{Deserialize, Serialize};

use crate::{Merge, Part, Replicated};

/// The greatest value that anyone has seen.
///
/// Its digest is empty: one that says what is there would be the value itself.
///
/// ```
/// use moai_crdt::{Merge, Max};
///
/// let (mut left, mut right) = (Max::new(), Max::new());
/// let _lost = left.raise(7);
/// let _lost = right.raise(9);
/// left.merge(&right);
/// assert_eq!(left.get(), Some(&9));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Max<T>(Option<T>);

impl<T> Max<T> {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }

    /// The greatest value so far.
    #[must_use]
    pub const fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl<T: Ord + Clone> Max<T> {
    /// Takes in a value: it stays if it is greater than the one so far. Returns what stands now.
    pub fn raise(&mut self, value: T) -> Part<Self> {
        self.merge(&Self(Some(value)));
        Part(self.clone())
    }
}

impl<T: Ord + Clone> Merge for Max<T> {
    fn merge(&mut self, other: &Self) -> bool {
        let Some(theirs) = &other.0 else { return false };
        if self.0.as_ref().is_some_and(|ours| ours >= theirs) {
            return false;
        }
        self.0 = Some(theirs.clone());
        true
    }
}

impl<T: Ord + Clone> Replicated for Max<T> {
    type Delta = Part<Self>;
    type Digest = ();

    fn apply(&mut self, delta: &Part<Self>) -> bool {
        self.merge(&delta.0)
    }

    fn join(delta: &mut Part<Self>, other: &Part<Self>) {
        delta.merge(other);
    }

    fn digest(&self) {}

    fn delta_for(&self, (): &()) -> Part<Self> {
        Part(self.clone())
    }
}

impl<T> Default for Max<T> {
    fn default() -> Self {
        Self::new()
    }
}
