//! A map in which the last write wins under each key: of the writes there that no later write or removal has seen.

use moai_crdt::laws::Turn;
use moai_crdt::{Causal, LwwMap};

use super::lww_register::{Written, ranked, slow, values};
use super::{Delta, Event, History, Subject, small};

/// Operation `2n` sets the key `n`, operation `2n + 1` removes it; the last clears.
pub(crate) struct SetRemove;

const CLEAR: usize = 4;

impl Subject for SetRemove {
    type State = Causal<LwwMap<u8, u64>>;
    /// Under each key the winner, and all that are left.
    type Seen = Vec<(u8, u64, Vec<Written>)>;
    const OPS: usize = CLEAR + 1;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        let key = small(turn.op / 2);
        Some(match turn.op {
            CLEAR => state.clear(),
            op if op % 2 == 0 => state.set(turn.by, key, slow(turn), turn.number),
            _ => state.remove(&key),
        })
    }

    fn observe(state: &Self::State) -> Self::Seen {
        let under = |key: &u8| state.register(key).map(values).unwrap_or_default();
        state.iter().map(|(key, winner)| (*key, *winner, under(key))).collect()
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        let under = |key: u8| {
            let touches = move |e: Event| e.turn.op / 2 == usize::from(key) || e.turn.op == CLEAR;
            let sets = history.unseen(touches).filter(|event| event.turn.op == usize::from(key) * 2);
            let left = ranked(sets, slow);
            left.first().map(|&(_, _, winner)| (key, winner, left.clone()))
        };
        (0..2).filter_map(under).collect()
    }
}
