//! The text of a name: fixed in the program, or shared on the heap.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Text that is cheap to clone and compared as text, wherever it lives.
#[derive(Clone)]
pub(crate) enum Text {
    /// Stands in the program itself.
    Fixed(&'static str),
    /// Came in at run time.
    Shared(Arc<str>),
}

impl Text {
    pub(crate) const fn fixed(text: &'static str) -> Self {
        Self::Fixed(text)
    }

    pub(crate) fn shared(text: &str) -> Self {
        Self::Shared(Arc::from(text))
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Fixed(text) => text,
            Self::Shared(text) => text,
        }
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        let (one, other) = (self.as_str(), other.as_str());
        // Mostly one is a clone of the other.
        std::ptr::eq(one, other) || one == other
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Text {
    // As `str` does, so that a map can be asked with a borrowed `str`.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}
