//! What a mutation did, and nothing else.

use moai_core::planted::planted;

use crate::{CausalContext, Change, Dot, DotStore};

/// What a mutation did: the dots that it made and killed, each under the key where it lies.
///
/// It is not a state: it never carries what its sender knows besides, and costs what changed. Send it to the others, or
/// join it with later ones and send them together. **A delta that got lost is repaired by a digest**; deltas may come in
/// any order, and as often as they like.
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{Causal, OrSet, ReplicaId};
///
/// let me = ReplicaId::derive(&agent_id!("agent-1"), 0);
/// let (mut here, mut there) = (Causal::<OrSet<&str>>::default(), Causal::<OrSet<&str>>::default());
/// let mut batch = here.add(me, "a");
/// batch.join(&here.add(me, "b"));
/// assert!(there.apply(&batch));
/// assert_eq!(here, there);
/// ```
#[derive(Clone)]
#[must_use = "a delta that is not sent must be made up for by a digest"]
pub struct Delta<S: DotStore> {
    pub(crate) change: S::Change,
    /// Dots that are dead, and nobody here knows where they lay; none, or not empty. A mutation has none: so they stand
    /// apart, and deltas stay small.
    dead: Option<Box<CausalContext>>,
}

impl<S: DotStore> Delta<S> {
    #[inline]
    pub(crate) const fn of(change: S::Change) -> Self {
        Self { change, dead: None }
    }

    pub(crate) fn with_dead(change: S::Change, dead: CausalContext) -> Self {
        Self { change, dead: (!dead.is_empty()).then(|| Box::new(dead)) }
    }

    /// Dots that are dead, and nobody here knows where they lay.
    pub(crate) fn dead(&self) -> &CausalContext {
        static NONE: CausalContext = CausalContext::new();
        self.dead.as_deref().unwrap_or(&NONE)
    }

    /// From parts that others sent; `dots` are those of the change.
    pub(crate) fn checked(change: S::Change, dead: CausalContext, dots: Vec<Dot>) -> Result<Self, &'static str> {
        CausalContext::from_distinct_dots(dots)?;
        Ok(Self::with_dead(change, dead))
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.dead.is_none() && self.change.is_empty()
    }

    /// Takes in another delta: the two become one.
    pub fn join(&mut self, other: &Self) {
        use crate::Merge;
        if planted("a_joined_delta_that_keeps_one") {
            return;
        }
        self.change.join(&other.change);
        if let Some(dead) = &other.dead {
            self.dead.get_or_insert_default().merge(dead);
        }
    }

    /// Every dot that it speaks of, made or killed.
    #[must_use]
    pub fn dots(&self) -> CausalContext {
        use crate::Merge;
        let mut named = Vec::new();
        self.change.each_dot(&mut |dot| named.push(dot));
        let mut dots = CausalContext::from_dots(named);
        dots.merge(self.dead());
        dots
    }
}

impl<S: DotStore> Default for Delta<S> {
    fn default() -> Self {
        Self::of(S::Change::default())
    }
}

impl<S: DotStore<Change: PartialEq>> PartialEq for Delta<S> {
    fn eq(&self, other: &Self) -> bool {
        self.change == other.change && self.dead == other.dead
    }
}

impl<S: DotStore<Change: Eq>> Eq for Delta<S> {}

impl<S: DotStore<Change: std::fmt::Debug>> std::fmt::Debug for Delta<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delta").field("change", &self.change).field("dead", self.dead()).finish()
    }
}
