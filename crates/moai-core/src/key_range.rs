//! A stretch of keys.

use serde::{Deserialize, Serialize};

use crate::{Limits, StateKey};

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
    #[serde(deserialize_with = "Option::deserialize")]
    pub from: Option<StateKey>,
    /// The first key behind the range.
    #[serde(deserialize_with = "Option::deserialize")]
    pub to: Option<StateKey>,
}

impl KeyRange {
    /// Every key.
    pub const ALL: Self = Self { from: None, to: None };

    /// Every key that begins with `prefix`, itself included.
    ///
    /// Keys begin as their bytes do: `a` is no beginning of `á`, which is one character.
    ///
    /// ```
    /// use moai_core::{KeyRange, StateKey};
    ///
    /// let tasks = KeyRange::prefix(&StateKey::new("task/")?);
    /// assert!(tasks.contains(&StateKey::new("task/7")?));
    /// assert!(!tasks.contains(&StateKey::new("tasks")?));
    /// # Ok::<(), moai_core::InvalidInput>(())
    /// ```
    #[must_use]
    pub fn prefix(prefix: &StateKey) -> Self {
        Self { from: Some(prefix.clone()), to: first_behind(prefix.as_str()) }
    }

    /// Whether `key` lies in the range.
    #[must_use]
    pub fn contains(&self, key: &StateKey) -> bool {
        self.from.as_ref().is_none_or(|from| from <= key) && self.to.as_ref().is_none_or(|to| key < to)
    }

    /// How many bytes the keys have that bound it.
    #[cfg(feature = "ports")]
    pub(crate) fn bytes(&self) -> usize {
        [&self.from, &self.to].into_iter().flatten().map(|key| key.as_str().len()).sum()
    }

    /// Whether no key lies in the range: it ends where it begins, or before.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!((&self.from, &self.to), (Some(from), Some(to)) if from >= to)
    }
}

/// The first key that is greater than every key that begins with `prefix`; `None` when there is none.
///
/// That is the prefix with a greater last character, or, behind the greatest, with a greater character before it. What is
/// no key is passed over, for no key begins with it: more text mends no rule (normal form C is closed under taking parts:
/// Unicode Standard Annex 15, section 1.2) but that no key ends in a space, and a space is greater than no character that
/// a key can hold, so that none is ever looked at here.
fn first_behind(prefix: &str) -> Option<StateKey> {
    let mut rest = prefix.chars();
    while let Some(last) = rest.next_back() {
        let before = rest.as_str();
        let greater = (last..=char::MAX).skip(1);
        // Greater characters are not shorter: behind the first that does not fit, none does.
        let room = Limits::KEY_BYTES.saturating_sub(before.len());
        let fitting = greater.take_while(|next| next.len_utf8() <= room);
        if let Some(key) = fitting.filter_map(|next| StateKey::new(format!("{before}{next}")).ok()).next() {
            return Some(key);
        }
    }
    None
}
