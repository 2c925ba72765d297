//! A map of sets: under a key there is what was added and what no later event on that element, or on the key, saw.

use moai_crdt::laws::Turn;
use moai_crdt::{Causal, OrMap, OrSet};

use super::{Delta, Event, History, Subject, small};

/// Two keys with two elements each. For each key: adding 0, removing the key, adding 1, removing 0 below the key.
pub(crate) struct UpdateRemove;

fn key(event: Event) -> u8 {
    small(event.turn.op / 4)
}

impl Subject for UpdateRemove {
    type State = Causal<OrMap<u8, OrSet<u8>>>;
    type Seen = Vec<(u8, Vec<u8>)>;
    const OPS: usize = 8;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        let key = small(turn.op / 4);
        Some(match turn.op % 4 {
            0 => state.update(turn.by, key, |set, writer| set.add(writer, 0)),
            1 => state.remove(&key),
            2 => state.update(turn.by, key, |set, writer| set.add(writer, 1)),
            _ => state.update(turn.by, key, |set, _| set.remove(&0)),
        })
    }

    fn observe(state: &Self::State) -> Self::Seen {
        state.iter().map(|(key, set)| (*key, set.iter().copied().collect())).collect()
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        let there = |at, element| {
            let touches = move |event: Event| match event.turn.op % 4 {
                1 => key(event) == at,
                2 => key(event) == at && element == 1,
                _ => key(event) == at && element == 0,
            };
            history.unseen(touches).any(|event| event.turn.op % 4 == 2 * usize::from(element))
        };
        let under = |key| (key, (0..2).filter(|&element| there(key, element)).collect::<Vec<_>>());
        (0..2).map(under).filter(|(_, set)| !set.is_empty()).collect()
    }
}
