//! A counter that only grows: what was counted, and whoever answers for it.

use moai_crdt::GCounter;
use moai_crdt::laws::Turn;

use super::{Delta, History, REPLICAS, Subject, replica_id};

/// Counting, retiring replica 0 into oneself, counting twice as much, retiring replica 1 into replica 2.
pub(crate) struct CountRetire;

/// How much an operation counts.
fn counted(turn: Turn) -> u64 {
    if turn.op.is_multiple_of(2) { turn.number * (turn.op as u64 / 2 + 1) } else { 0 }
}

/// Who answers for a replica that a later one may have taken over: of several heirs the last.
pub(crate) fn answers(history: &History<'_>, replica: usize) -> usize {
    let retired = |op| history.iter().filter(move |(_, event)| event.turn.op == op);
    let first = if replica == 0 { retired(1).map(|(_, event)| event.turn.replica).max().unwrap_or(0) } else { replica };
    if first == 1 && retired(3).next().is_some() { 2 } else { first }
}

impl Subject for CountRetire {
    type State = GCounter;
    /// The sum, and what each replica answers for.
    type Seen = (u128, [u128; REPLICAS]);
    const OPS: usize = 4;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        match turn.op {
            1 => Some(state.retire(replica_id(0), turn.by)),
            3 => Some(state.retire(replica_id(1), replica_id(2))),
            _ => state.add(turn.by, counted(turn)).ok(),
        }
    }

    fn observe(state: &Self::State) -> Self::Seen {
        (state.value(), std::array::from_fn(|replica| state.of(replica_id(replica))))
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        let (mut sum, mut of) = (0, [0; REPLICAS]);
        for (_, event) in history.iter() {
            let count = u128::from(counted(event.turn));
            sum += count;
            of[answers(history, event.turn.replica)] += count;
        }
        (sum, of)
    }
}
