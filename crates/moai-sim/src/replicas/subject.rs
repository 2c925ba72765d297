//! A data type on trial.

mod lww_map;
mod mv_register;
mod or_map;
mod or_set;
mod pn_counter;
mod rw_set;

use std::fmt::Debug;

use moai_crdt::{Causal, DotStore, ReplicaId, Replicated, WireForm};

use super::{Knowledge, Turn};

pub(super) use lww_map::SetRemove;
pub(super) use mv_register::Writes;
pub(super) use or_map::UpdateRemove;
pub(super) use or_set::AddRemove;
pub(super) use pn_counter::AddTake;
pub(super) use rw_set::AddRemoveWins;

/// A data type on trial: operations that clash, what a reader sees, and what must be seen, said by who saw what.
pub trait Subject: 'static {
    /// The type.
    type State: Replicated<Delta: WireForm + Debug, Digest: WireForm + PartialEq> + WireForm + Debug;
    /// What a reader can see.
    type Seen: PartialEq + Debug;
    /// How many operations there are.
    const OPS: u8;

    /// Makes an operation; nothing when the type refuses it.
    fn mutate(state: &mut Self::State, turn: Turn) -> Option<<Self::State as Replicated>::Delta>;

    /// What is there.
    fn observe(state: &Self::State) -> Self::Seen;

    /// What must be there when all of this is known. It does not simulate the type.
    fn expected(known: Knowledge<'_>) -> Self::Seen;

    /// The last dot of a replica that a state knows, for a type that has dots.
    fn last_dot(state: &Self::State, replica: ReplicaId) -> u64;
}

fn last<S: DotStore>(state: &Causal<S>, replica: ReplicaId) -> u64 {
    state.seen().last_of(replica)
}
