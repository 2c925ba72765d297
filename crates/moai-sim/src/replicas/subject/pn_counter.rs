//! A counter that grows and shrinks: what was added less what was taken away.

use moai_crdt::{Part, PnCounter, ReplicaId};

use crate::replicas::{Happened, Knowledge, Subject, Turn};

/// Adding, and taking away.
#[derive(Debug)]
pub(in crate::replicas) struct AddTake;

fn amount(turn: Turn) -> u64 {
    u64::from(turn.number) + 1
}

impl Subject for AddTake {
    type State = PnCounter;
    type Seen = i128;
    const OPS: u8 = 2;

    fn mutate(state: &mut PnCounter, turn: Turn) -> Option<Part<PnCounter>> {
        if turn.op == 0 { state.add(turn.by, amount(turn)).ok() } else { state.subtract(turn.by, amount(turn)).ok() }
    }

    fn observe(state: &PnCounter) -> i128 {
        state.value()
    }

    fn expected(known: Knowledge<'_>) -> i128 {
        let signed = |it: &Happened| i128::from(amount(it.turn)) * if it.turn.op == 0 { 1 } else { -1 };
        known.0.iter().map(signed).sum()
    }

    fn last_dot(_state: &PnCounter, _replica: ReplicaId) -> u64 {
        0
    }
}
