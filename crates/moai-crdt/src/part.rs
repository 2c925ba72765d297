//! The delta of a type that only grows: a part of its state.

use crate::Merge;

/// The delta of a type that only grows: as much of its state as a mutation touched.
///
/// It is a type of its own, so that a part is never taken for the whole: reading one would give a wrong answer. It goes
/// into a state by `apply`, and into another part by `merge`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a part that is not sent must be made up for by a digest or a whole state"]
pub struct Part<T>(pub(crate) T);

impl<T: Merge> Merge for Part<T> {
    fn merge(&mut self, other: &Self) -> bool {
        self.0.merge(&other.0)
    }
}
