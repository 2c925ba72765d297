//! A set in which removing wins: there is what all those say who were the last to touch it.

use moai_crdt::laws::Turn;
use moai_crdt::{Causal, RwSet};

use super::{Delta, History, Subject, small};

/// Operation `2n` adds `n`, operation `2n + 1` removes it.
pub(crate) struct AddRemoveWins;

impl Subject for AddRemoveWins {
    type State = Causal<RwSet<u8>>;
    /// What is there, and what a mark keeps out.
    type Seen = [Vec<u8>; 2];
    const OPS: usize = 4;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        let element = small(turn.op / 2);
        Some(if turn.op.is_multiple_of(2) { state.add(turn.by, element) } else { state.remove(turn.by, element) })
    }

    fn observe(state: &Self::State) -> Self::Seen {
        [state.iter().copied().collect(), state.removed().copied().collect()]
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        let last = |element: u8| history.unseen(move |event| event.turn.op / 2 == usize::from(element)).peekable();
        let touched = |&element: &u8| last(element).peek().is_some();
        let added = |&element: &u8| last(element).all(|event| event.turn.op.is_multiple_of(2));
        (0..2).filter(touched).partition(added).into()
    }
}
