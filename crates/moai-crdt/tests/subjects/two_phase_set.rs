//! A set from which an element goes once: there is what was added and what nobody removed who had seen an addition.

use moai_crdt::TwoPhaseSet;
use moai_crdt::laws::Turn;

use super::{Delta, History, Subject, small};

/// Operation `2n` adds `n`, operation `2n + 1` removes it.
pub(crate) struct AddRemoveOnce;

impl Subject for AddRemoveOnce {
    type State = TwoPhaseSet<u8>;
    /// What is there, and what is gone.
    type Seen = [Vec<u8>; 2];
    const OPS: usize = 4;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        let element = small(turn.op / 2);
        Some(if turn.op.is_multiple_of(2) { state.add(element) } else { state.remove(&element) })
    }

    fn observe(state: &Self::State) -> Self::Seen {
        [state.iter().copied().collect(), state.removed().copied().collect()]
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        [false, true].map(|gone| {
            let there = |&element: &u8| {
                let add = usize::from(element) * 2;
                let mut added = history.iter().filter(|(_, event)| event.turn.op == add).map(|(at, _)| at).peekable();
                added.peek().is_some() && gone == added.any(|at| history.seen_by(at, |event| event.turn.op == add + 1))
            };
            (0..2).filter(there).collect()
        })
    }
}
