//! A stretch of keys.

use serde::{Deserialize, Serialize};

use crate::StateKey;

/// The keys from `from` (included) up to `to` (not included), in the order of their bytes; an open side has no end.
///
/// ```
/// use moai_core::{KeyRange, StateKey};
///
/// let from_b = KeyRange { from: Some(StateKey::new("b")?), to: None };
/// assert!(from_b.contains(&StateKey::new("bee")?));
/// assert!(!from_b.contains(&StateKey::new("a")?));
/// assert!(KeyRange::ALL.contains(&StateKey::new("anything")?));
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRange {
    /// The first key of the range.
    pub from: Option<StateKey>,
    /// The first key behind the range.
    pub to: Option<StateKey>,
}

impl KeyRange {
    /// Every key.
    pub const ALL: Self = Self { from: None, to: None };

    /// Whether `key` lies in the range.
    #[must_use]
    pub fn contains(&self, key: &StateKey) -> bool {
        self.from.as_ref().is_none_or(|from| from <= key) && self.to.as_ref().is_none_or(|to| key < to)
    }

    /// Whether no key lies in the range: it ends where it begins, or before.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!((&self.from, &self.to), (Some(from), Some(to)) if from >= to)
    }
}
