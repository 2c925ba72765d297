//! A map of sets: under a key there is what was added and what no later change of that element, or of the key, saw.

use moai_crdt::{Causal, Delta, OrMap, OrSet, ReplicaId};

use crate::replicas::{Happened, Knowledge, Subject, Turn};

/// Two keys with two elements each. For each key: adding 0, removing the key, adding 1, removing 0 below the key.
#[derive(Debug)]
pub(in crate::replicas) struct UpdateRemove;

impl Subject for UpdateRemove {
    type State = Causal<OrMap<u8, OrSet<u8>>>;
    type Seen = Vec<(u8, Vec<u8>)>;
    const OPS: u8 = 8;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<OrMap<u8, OrSet<u8>>>> {
        let key = turn.op / 4;
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

    fn expected(known: Knowledge<'_>) -> Self::Seen {
        let there = |key: u8, element: u8| {
            let touches = move |it: &Happened| {
                it.turn.op / 4 == key
                    && match it.turn.op % 4 {
                        1 => true,
                        2 => element == 1,
                        _ => element == 0,
                    }
            };
            known.unseen(touches).any(|it| it.turn.op % 4 == 2 * element)
        };
        let under = |key| (key, (0..2).filter(|element| there(key, *element)).collect::<Vec<_>>());
        (0..2).map(under).filter(|(_, set)| !set.is_empty()).collect()
    }

    fn last_dot(state: &Self::State, replica: ReplicaId) -> u64 {
        super::last(state, replica)
    }
}
