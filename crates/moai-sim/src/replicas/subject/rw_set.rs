//! A set in which removing wins: there is what all those say who were the last to touch it.

use moai_crdt::{Causal, Delta, ReplicaId, RwSet};

use crate::replicas::{Happened, Knowledge, Subject, Turn};

/// Operation `2n` adds `n`, operation `2n + 1` removes it.
#[derive(Debug)]
pub(in crate::replicas) struct AddRemoveWins;

impl Subject for AddRemoveWins {
    type State = Causal<RwSet<u8>>;
    /// What is there, and what a mark keeps out.
    type Seen = [Vec<u8>; 2];
    const OPS: u8 = 6;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<RwSet<u8>>> {
        let element = turn.op / 2;
        Some(if turn.op.is_multiple_of(2) { state.add(turn.by, element) } else { state.remove(turn.by, element) })
    }

    fn observe(state: &Self::State) -> Self::Seen {
        [state.iter().copied().collect(), state.removed().copied().collect()]
    }

    fn expected(known: Knowledge<'_>) -> Self::Seen {
        let last = |element: u8| known.unseen(move |it: &Happened| it.turn.op / 2 == element).peekable();
        let touched = |element: &u8| last(*element).peek().is_some();
        let added = |element: &u8| last(*element).all(|it| it.turn.op.is_multiple_of(2));
        (0..3).filter(touched).partition(added).into()
    }

    fn last_dot(state: &Self::State, replica: ReplicaId) -> u64 {
        super::last(state, replica)
    }
}
