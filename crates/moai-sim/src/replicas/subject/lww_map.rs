//! A map in which the last write wins under each key: of the writes there that no later write or removal has seen.

use moai_crdt::{Causal, Delta, LwwMap, ReplicaId};

use crate::replicas::{Happened, Knowledge, Subject, Turn};

/// Operation `2n` sets the key `n`, operation `2n + 1` removes it.
#[derive(Debug)]
pub(in crate::replicas) struct SetRemove;

impl Subject for SetRemove {
    type State = Causal<LwwMap<u8, u64>>;
    type Seen = Vec<(u8, u64)>;
    const OPS: u8 = 6;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<LwwMap<u8, u64>>> {
        let key = turn.op / 2;
        Some(match turn.op % 2 {
            0 => state.set(turn.by, key, turn.stamp, turn.number.into()),
            _ => state.remove(&key),
        })
    }

    fn observe(state: &Self::State) -> Self::Seen {
        state.iter().map(|(key, winner)| (*key, *winner)).collect()
    }

    fn expected(known: Knowledge<'_>) -> Self::Seen {
        let under = |key: u8| {
            let touches = move |it: &Happened| it.turn.op / 2 == key;
            let sets = known.unseen(touches).filter(|it| it.turn.op % 2 == 0);
            let winner = sets.max_by_key(|it| (it.turn.stamp, it.turn.by, it.dots))?;
            Some((key, winner.turn.number.into()))
        };
        (0..3).filter_map(under).collect()
    }

    fn last_dot(state: &Self::State, replica: ReplicaId) -> u64 {
        super::last(state, replica)
    }
}
