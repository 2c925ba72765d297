//! A set in which adding wins: there is what was added and what no later change of that element saw.

use moai_crdt::{Causal, Delta, OrSet, ReplicaId};

use crate::replicas::{Happened, Knowledge, Subject, Turn};

/// Operation `2n` adds `n`, operation `2n + 1` removes it; the last clears.
#[derive(Debug)]
pub(in crate::replicas) struct AddRemove;

const CLEAR: u8 = 8;

impl Subject for AddRemove {
    type State = Causal<OrSet<u8>>;
    type Seen = Vec<u8>;
    const OPS: u8 = CLEAR + 1;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<OrSet<u8>>> {
        let element = turn.op / 2;
        Some(match turn.op {
            CLEAR => state.clear(),
            op if op % 2 == 0 => state.add(turn.by, element),
            _ => state.remove(&element),
        })
    }

    fn observe(state: &Self::State) -> Self::Seen {
        state.iter().copied().collect()
    }

    fn expected(known: Knowledge<'_>) -> Self::Seen {
        let there = |element: &u8| {
            let element = *element;
            let touches = move |it: &Happened| it.turn.op / 2 == element || it.turn.op == CLEAR;
            known.unseen(touches).any(|it| it.turn.op == 2 * element)
        };
        (0..CLEAR / 2).filter(there).collect()
    }

    fn last_dot(state: &Self::State, replica: ReplicaId) -> u64 {
        super::last(state, replica)
    }
}
