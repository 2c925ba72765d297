//! A counter that grows and shrinks: what was added less what was taken away, and whoever answers for it.

use moai_crdt::PnCounter;
use moai_crdt::laws::Turn;

use super::g_counter::answers;
use super::{Delta, History, REPLICAS, Subject, replica_id};

/// Adding or taking away, retiring replica 0 into oneself, taking away, retiring replica 1 into replica 2.
pub(crate) struct AddTakeRetire;

impl Subject for AddTakeRetire {
    type State = PnCounter;
    /// The sum, and what each replica answers for.
    type Seen = (i128, [i128; REPLICAS]);
    const OPS: usize = 4;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        match turn.op {
            1 => Some(state.retire(replica_id(0), turn.by)),
            3 => Some(state.retire(replica_id(1), replica_id(2))),
            // Odd moments add, even ones take away.
            0 if turn.number % 2 == 1 => state.add(turn.by, turn.number).ok(),
            _ => state.subtract(turn.by, turn.number).ok(),
        }
    }

    fn observe(state: &Self::State) -> Self::Seen {
        (state.value(), std::array::from_fn(|replica| state.of(replica_id(replica))))
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        let (mut sum, mut of) = (0, [0; REPLICAS]);
        for (_, event) in history.iter().filter(|(_, event)| event.turn.op % 2 == 0) {
            let adds = event.turn.op == 0 && event.turn.number % 2 == 1;
            let n = i128::from(event.turn.number) * if adds { 1 } else { -1 };
            sum += n;
            of[answers(history, event.turn.replica)] += n;
        }
        (sum, of)
    }
}
