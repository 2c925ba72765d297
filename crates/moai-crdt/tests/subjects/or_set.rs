//! A set in which adding wins: there is what was added and what no later event on that element saw.

use moai_crdt::laws::Turn;
use moai_crdt::{Causal, OrSet};

use super::{Delta, Event, History, Subject, small};

/// Operation `2n` adds `n`, operation `2n + 1` removes it; the last clears.
pub(crate) struct AddRemove;

const CLEAR: usize = 6;

/// Whether the event touches this element.
pub(crate) fn touches(element: u8, event: Event) -> bool {
    event.turn.op / 2 == usize::from(element) || event.turn.op == CLEAR
}

impl Subject for AddRemove {
    type State = Causal<OrSet<u8>>;
    type Seen = Vec<u8>;
    const OPS: usize = CLEAR + 1;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        let element = small(turn.op / 2);
        Some(match turn.op {
            CLEAR => state.clear(),
            op if op % 2 == 0 => state.add(turn.by, element),
            _ => state.remove(&element),
        })
    }

    fn observe(state: &Self::State) -> Self::Seen {
        state.iter().copied().collect()
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        let there = |&element: &u8| {
            history.unseen(move |event| touches(element, event)).any(|event| event.turn.op == 2 * usize::from(element))
        };
        (0..3).filter(there).collect()
    }
}
