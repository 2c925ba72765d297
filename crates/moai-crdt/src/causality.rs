//! How two histories stand to each other.

/// How one history stands to another. There are four answers, and "concurrent" is one of them: it never hides in a
/// `None`.
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{Causality, ReplicaId, VectorClock};
///
/// let (a, b) = (ReplicaId::derive(&agent_id!("a"), 0), ReplicaId::derive(&agent_id!("b"), 0));
/// let (mut left, mut right) = (VectorClock::new(), VectorClock::new());
/// left.increment(a)?;
/// assert_eq!(right.compare(&left), Causality::Before);
/// right.increment(b)?;
/// assert_eq!(right.compare(&left), Causality::Concurrent);
/// # Ok::<(), moai_crdt::Overflow>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Causality {
    /// The same history.
    Equal,
    /// The other one knows all of this one, and more.
    Before,
    /// This one knows all of the other one, and more.
    After,
    /// Each knows something that the other does not.
    Concurrent,
}

impl Causality {
    /// From what each side has that the other lacks.
    pub(crate) const fn from_surplus(left_has_more: bool, right_has_more: bool) -> Self {
        match (left_has_more, right_has_more) {
            (false, false) => Self::Equal,
            (false, true) => Self::Before,
            (true, false) => Self::After,
            (true, true) => Self::Concurrent,
        }
    }
}
