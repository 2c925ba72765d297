//! A set that only grows: there is what was added.

use moai_crdt::GSet;
use moai_crdt::laws::Turn;

use super::{Delta, History, Subject, small};

/// Adding one of three elements.
pub(crate) struct AddOnly;

impl Subject for AddOnly {
    type State = GSet<u8>;
    type Seen = Vec<u8>;
    const OPS: usize = 3;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        Some(state.add(small(turn.op)))
    }

    fn observe(state: &Self::State) -> Self::Seen {
        state.iter().copied().collect()
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        (0..3).filter(|&element| history.iter().any(|(_, event)| event.turn.op == usize::from(element))).collect()
    }
}
