//! A store with what is known: the state of every type that can take things back.

use std::ops::Deref;

use moai_core::planted::planted;

use crate::{CausalContext, Delta, Digest, Dot, DotStore, Meeting, Merge, ReplicaId, Writer};

/// A store together with what is known: a replica's state.
///
/// It reads like its store. Its mutators return a [`Delta`]. Two states merge whole, by deltas, or by what a [`Digest`]
/// shows to be missing, with the same result.
///
/// ```text
///   here ── add ──▶ delta ──────────▶ there.apply(&delta)            costs what changed
///   here ◀─ delta_for(&digest) ◀───── there.digest()                 after a loss
///   here ────────── whole state ────▶ there.merge(&here)             always right
/// ```
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{Causal, Merge, OrSet, ReplicaId};
///
/// let (a, b) = (ReplicaId::derive(&agent_id!("a"), 0), ReplicaId::derive(&agent_id!("b"), 0));
/// let (mut left, mut right) = (Causal::<OrSet<&str>>::default(), Causal::<OrSet<&str>>::default());
/// let _lost = left.add(a, "milk");
/// let _lost = right.add(b, "bread");
///
/// let missing = left.delta_for(&right.digest());
/// right.apply(&missing);
/// left.merge(&right);
/// assert_eq!(left, right);
/// assert_eq!(left.iter().collect::<Vec<_>>(), [&"bread", &"milk"]);
/// ```
///
/// A replica that is gone for good needs no retiring here: its elements and values belong to everybody, and beside them
/// it leaves one run in `seen`, sixteen bytes. Only [`DottedCounter`](crate::DottedCounter) keeps a part for each
/// replica, and can [hand it over](crate::DottedCounter::retire).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Causal<S> {
    store: S,
    seen: CausalContext,
}

/// Up to so many dots of a delta are learned one by one. Each of more could have to be put in before all others that came
/// out of order, so they are sorted and put in together.
const FEW: usize = 32;

impl<S: DotStore> Causal<S> {
    /// From parts that others sent; `dots` are those of the store.
    pub(crate) fn checked(store: S, seen: CausalContext, dots: Vec<Dot>) -> Result<Self, &'static str> {
        let Digest { seen, .. } = Digest::checked(seen, CausalContext::from_distinct_dots(dots)?)?;
        Ok(Self { store, seen })
    }

    /// What the replica knows of.
    #[must_use]
    pub fn seen(&self) -> &CausalContext {
        &self.seen
    }

    /// What is alive.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Changes the store as `me`, and returns the delta.
    ///
    /// `change` returns what it did; the types' own mutators do.
    // Always inlined, as all that adds and sets: a change is then made where the delta stands. Handed back and copied, it
    // costs as much as the table.
    #[inline(always)]
    pub fn mutate(&mut self, me: ReplicaId, change: impl FnOnce(&mut S, &mut Writer<'_>) -> S::Change) -> Delta<S> {
        Delta::of(change(&mut self.store, &mut Writer::new(me, &mut self.seen)))
    }

    /// As [`mutate`](Self::mutate), for changes that can fail. One that does must leave the store as it was, and must
    /// not have taken a dot.
    ///
    /// # Errors
    ///
    /// Those of `change`.
    #[inline]
    pub fn try_mutate<E>(
        &mut self,
        me: ReplicaId,
        change: impl FnOnce(&mut S, &mut Writer<'_>) -> Result<S::Change, E>,
    ) -> Result<Delta<S>, E> {
        change(&mut self.store, &mut Writer::new(me, &mut self.seen)).map(Delta::of)
    }

    /// Takes back what is known here, without a dot of one's own.
    pub(crate) fn retract(&mut self, change: impl FnOnce(&mut S) -> S::Change) -> Delta<S> {
        Delta::of(change(&mut self.store))
    }

    /// Takes in what another replica's mutation did. Returns whether anything was new.
    pub fn apply(&mut self, delta: &Delta<S>) -> bool {
        use crate::Change;
        let mut changed = self.store.apply(&self.seen, &delta.change);
        let (seen, mut many, mut count) = (&mut self.seen, Vec::new(), 0);
        delta.change.each_dot(&mut |dot| {
            count += 1;
            if planted("a_sequence_used_again_after_a_crash") {
                return;
            }
            if count > FEW { many.push(dot) } else { changed |= seen.insert(dot) }
        });
        if !many.is_empty() {
            changed |= seen.merge(&CausalContext::from_dots(many));
        }
        let dead = delta.dead();
        if !dead.is_empty() && !planted("a_delta_that_loses_its_removals") {
            // Only what is known here can be alive here.
            if !dead.is_disjoint(&self.seen) {
                changed |= self.store.kill(dead);
            }
            changed |= self.seen.merge(dead);
        }
        changed
    }

    /// What this replica has seen and still holds.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest { seen: self.seen.clone(), live: self.live() }
    }

    /// What the replica with this digest lacks, and what it must erase.
    pub fn delta_for(&self, digest: &Digest) -> Delta<S> {
        let change = self.store.made_since(&digest.seen);
        let live = self.live();
        // What it has not heard of and is dead here already; and what is alive there and was removed here.
        let mut dead = self.seen.without(&digest.seen).without(&live);
        dead.merge(&digest.live.both(&self.seen).without(&live));
        let dead = if planted("a_digest_answered_without_removals") { CausalContext::default() } else { dead };
        Delta::with_dead(change, dead)
    }

    /// The first dot of `me` in `delta` that this replica, which is `me`, has never made: somebody else writes under the
    /// same identity, or this replica has lost what it knew. Stop, and go on under a new incarnation.
    ///
    /// ```
    /// use moai_core::agent_id;
    /// use moai_crdt::{Causal, OrSet, ReplicaId};
    ///
    /// let me = ReplicaId::derive(&agent_id!("agent-1"), 0);
    /// let delta = Causal::<OrSet<&str>>::default().add(me, "written in an earlier life");
    /// let restarted_without_memory = Causal::<OrSet<&str>>::default();
    /// assert!(restarted_without_memory.reused(me, &delta).is_some());
    /// ```
    #[must_use]
    pub fn reused(&self, me: ReplicaId, delta: &Delta<S>) -> Option<Dot> {
        let last = self.seen.last_of(me);
        delta
            .dots()
            .runs()
            .find(|&(replica, _, end)| replica == me && end > last)
            .map(|(_, first, _)| Dot::at(me, first.max(last + 1)))
    }

    fn live(&self) -> CausalContext {
        let mut live = Vec::new();
        self.store.each_dot(&mut |dot| live.push(dot));
        CausalContext::from_dots(live)
    }
}

impl<S: DotStore> Merge for Causal<S> {
    fn merge(&mut self, other: &Self) -> bool {
        if planted("a_merge_that_does_nothing") {
            return false;
        }
        let changed = self.store.merge(&other.store, &Meeting::new(&self.seen, &other.seen));
        self.seen.merge(&other.seen) | changed
    }
}

impl<S> Deref for Causal<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.store
    }
}

impl<S: std::fmt::Debug> std::fmt::Debug for Causal<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Causal").field("store", &self.store).field("seen", &self.seen).finish()
    }
}
