//! A map of maps of registers: there are the writes that no later write, and no later removal of their key or of the key
//! above it, has seen.

use moai_crdt::laws::Turn;
use moai_crdt::{Causal, LwwRegister, OrMap};

use super::lww_register::{Written, ranked, slow, values};
use super::{Delta, Event, History, Subject, small};

/// Two keys, under each two more. For each upper key: writing under 0, removing the upper key, writing under 1, removing
/// the key 0 below.
pub(crate) struct WriteRemoveAbove;

type Inner = OrMap<u8, LwwRegister<u64>>;

/// Whether an event touches this place.
fn touches(above: usize, below: usize, event: Event) -> bool {
    let keys: &[usize] = [&[0][..], &[0, 1], &[1], &[0]][event.turn.op % 4];
    event.turn.op / 4 == above && keys.contains(&below)
}

impl Subject for WriteRemoveAbove {
    type State = Causal<OrMap<u8, Inner>>;
    /// Each place with what is left there, and keys with nothing under them if there should be any.
    type Seen = Vec<(u8, Vec<(u8, Vec<Written>)>)>;
    const OPS: usize = 8;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        let (above, write) = (small(turn.op / 4), turn.op.is_multiple_of(2));
        Some(match turn.op % 4 {
            1 => state.remove(&above),
            op => state.update(turn.by, above, |map, writer| {
                let below = small(op / 2);
                if !write {
                    return map.remove(&0);
                }
                map.update(writer, below, |register, writer| register.write(writer, slow(turn), turn.number))
            }),
        })
    }

    fn observe(state: &Self::State) -> Self::Seen {
        let under = |map: &Inner| map.iter().map(|(key, register)| (*key, values(register))).collect();
        state.iter().map(|(key, map)| (*key, under(map))).collect()
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        let left = |above, below| {
            let last = history.unseen(move |event| touches(above, below, event));
            ranked(last.filter(|event| event.turn.op.is_multiple_of(2)), slow)
        };
        let under = |above| {
            let all = (0..2).map(|below| (small(below), left(above, below)));
            (small(above), all.filter(|(_, left)| !left.is_empty()).collect::<Vec<_>>())
        };
        (0..2).map(under).filter(|(_, below)| !below.is_empty()).collect()
    }
}
