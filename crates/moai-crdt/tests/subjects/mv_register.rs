//! A register that keeps every value: there are those that no later write has seen.

use moai_crdt::laws::Turn;
use moai_crdt::{Causal, MvRegister};

use super::{Delta, History, Subject};

/// Writing, taking back, and writing what everybody writes.
pub(crate) struct Writes;

const CLEAR: usize = 1;

fn value(turn: Turn) -> u64 {
    if turn.op == 0 { turn.number } else { 0 }
}

impl Subject for Writes {
    type State = Causal<MvRegister<u64>>;
    /// The value if there is one alone, and all values.
    type Seen = (Option<u64>, Vec<u64>);
    const OPS: usize = 3;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        Some(if turn.op == CLEAR { state.clear() } else { state.write(turn.by, value(turn)) })
    }

    fn observe(state: &Self::State) -> Self::Seen {
        let mut values: Vec<_> = state.values().copied().collect();
        values.sort_unstable();
        (state.get().copied(), values)
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        let left = history.unseen(|_| true).filter(|event| event.turn.op != CLEAR);
        let mut values: Vec<_> = left.map(|event| value(event.turn)).collect();
        values.sort_unstable();
        (if let [only] = values[..] { Some(only) } else { None }, values)
    }
}
