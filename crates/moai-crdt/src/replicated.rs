//! What every mergeable type has in common: it merges whole, by deltas, and by what a digest shows to be missing.

use crate::{Causal, Delta, Digest, DotStore, Merge};

/// A state that merges whole, by deltas, or by what a digest shows to be missing, always with the same result.
///
/// Code that carries state between replicas is written once, against this trait; the law kit (feature `laws`) holds a
/// type against it.
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{Causal, GSet, OrSet, ReplicaId, Replicated};
///
/// /// Brings `there` up to what `here` has.
/// fn repair<T: Replicated>(here: &T, there: &mut T) -> bool {
///     there.apply(&here.delta_for(&there.digest()))
/// }
///
/// let (mut tags, mut names) = (Causal::<OrSet<&str>>::default(), GSet::new());
/// let _lost = tags.add(ReplicaId::derive(&agent_id!("agent-1"), 0), "urgent");
/// let _lost = names.add("agent-1");
/// assert!(repair(&tags, &mut Causal::default()) && repair(&names, &mut GSet::new()));
/// ```
///
/// # What an implementation promises
///
/// - The delta of a mutation, applied elsewhere, gives what merging the whole state would give, for a replica that has
///   what the mutation built on; applied anywhere, it never gives something wrong.
/// - Deltas may come in any order and as often as they like; joining two and applying the result is applying both.
/// - `delta_for` of a digest gives its owner all that merging the whole state would give.
pub trait Replicated: Merge + Clone + Default + PartialEq {
    /// What a mutation did.
    type Delta: Clone;

    /// What a replica has, without the data.
    type Digest: Clone;

    /// Takes in what another replica's mutation did. Returns whether anything was new.
    fn apply(&mut self, delta: &Self::Delta) -> bool;

    /// Makes one delta of two.
    fn join(delta: &mut Self::Delta, other: &Self::Delta);

    /// What this replica has.
    fn digest(&self) -> Self::Digest;

    /// What the replica with this digest lacks.
    fn delta_for(&self, digest: &Self::Digest) -> Self::Delta;
}

impl<S: DotStore + PartialEq> Replicated for Causal<S> {
    type Delta = Delta<S>;
    type Digest = Digest;

    fn apply(&mut self, delta: &Delta<S>) -> bool {
        Self::apply(self, delta)
    }

    fn join(delta: &mut Delta<S>, other: &Delta<S>) {
        delta.join(other);
    }

    fn digest(&self) -> Digest {
        Self::digest(self)
    }

    fn delta_for(&self, digest: &Digest) -> Delta<S> {
        Self::delta_for(self, digest)
    }
}
