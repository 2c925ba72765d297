//! Who is writing, while a change is made.

use crate::{CausalContext, Dot, ReplicaId};

/// Gives out the dots for one change: handed to the function that makes it.
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{Causal, OrMap, OrSet, ReplicaId};
///
/// let me = ReplicaId::derive(&agent_id!("agent-1"), 0);
/// let mut tags = Causal::<OrMap<String, OrSet<String>>>::default();
/// // Two tags under one key, as one change with one delta.
/// let delta = tags.update(me, "task-1".to_owned(), |set, writer| {
///     let mut change = set.add(writer, "urgent".to_owned());
///     moai_crdt::Change::join(&mut change, &set.add(writer, "rust".to_owned()));
///     change
/// });
/// assert_eq!(tags.get("task-1").map(|set| set.len()), Some(2));
/// # let _ = delta;
/// ```
#[derive(Debug)]
pub struct Writer<'a> {
    me: ReplicaId,
    seen: &'a mut CausalContext,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(me: ReplicaId, seen: &'a mut CausalContext) -> Self {
        Self { me, seen }
    }

    /// Who writes.
    #[must_use]
    pub fn me(&self) -> ReplicaId {
        self.me
    }

    /// A dot that nothing has carried yet.
    #[inline]
    pub fn dot(&mut self) -> Dot {
        self.seen.next_dot(self.me)
    }
}
