//! A register that keeps every value: there are those that no later write has seen.

use moai_crdt::{Causal, Delta, MvRegister, ReplicaId};

use crate::replicas::{Knowledge, Subject, Turn};

/// Writing, and taking back.
#[derive(Debug)]
pub(in crate::replicas) struct Writes;

const CLEAR: u8 = 3;

impl Subject for Writes {
    type State = Causal<MvRegister<u64>>;
    type Seen = Vec<u64>;
    const OPS: u8 = CLEAR + 1;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<MvRegister<u64>>> {
        Some(if turn.op == CLEAR { state.clear() } else { state.write(turn.by, turn.number.into()) })
    }

    fn observe(state: &Self::State) -> Self::Seen {
        let mut values: Vec<_> = state.values().copied().collect();
        values.sort_unstable();
        values
    }

    fn expected(known: Knowledge<'_>) -> Self::Seen {
        let left = known.unseen(|_| true).filter(|it| it.turn.op != CLEAR);
        let mut values: Vec<_> = left.map(|it| it.turn.number.into()).collect();
        values.sort_unstable();
        values
    }

    fn last_dot(state: &Self::State, replica: ReplicaId) -> u64 {
        super::last(state, replica)
    }
}
