//! A counter that can be taken back, alone and under the keys of a map.
//!
//! A replica's additions make one sum, which whoever takes the counter back takes as a whole. So an addition is gone
//! when a taking back saw it, or a later one of its replica, and that replica's next addition, if there is one, saw the
//! taking back. A next addition that did not puts in the sum again, and all of it is there: the anomaly of the type.

use moai_crdt::laws::Turn;
use moai_crdt::{Causal, DottedCounter, OrMap};

use super::{Delta, Event, History, REPLICAS, Subject, small};

/// Adding, taking back, and adding a negative number that the next addition may just make up for.
pub(crate) struct AddClear;

/// The same under two keys, with the removal of the key in place of taking back.
pub(crate) struct AddUnderKey;

const CLEAR: usize = 1;

fn amount(turn: Turn) -> i64 {
    if turn.op.is_multiple_of(3) { turn.number.cast_signed() } else { 1 - turn.number.cast_signed() }
}

/// The sum under a key, or nothing when every addition is gone.
fn sum(history: &History<'_>, key: usize) -> Option<i128> {
    let here = move |event: Event| event.turn.op / 3 == key;
    let clears = move |event: Event| event.turn.op == key * 3 + CLEAR;
    let mut sum = None;
    for replica in 0..REPLICAS {
        let adds = |event: Event| here(event) && !clears(event) && event.turn.replica == replica;
        let mut additions = history.iter().filter(|&(_, event)| adds(event)).peekable();
        let mut part = None;
        while let Some((at, event)) = additions.next() {
            part = Some(part.unwrap_or(0) + i128::from(amount(event.turn)));
            let next = additions.peek().map_or(u64::MAX, |(_, next)| next.knew);
            // Those that took it back, and not from one from whom it had been taken already: they had nothing to tell.
            let takes = |taken, (by, event): (usize, Event)| {
                let first = clears(event) && event.knew >> at & 1 == 1 && event.knew & taken == 0;
                taken | u64::from(first) << by
            };
            let gone = history.iter().fold(0, takes) & next != 0;
            if gone {
                part = None;
            }
        }
        if let Some(part) = part {
            sum = Some(sum.unwrap_or(0) + part);
        }
    }
    sum
}

impl Subject for AddClear {
    type State = Causal<DottedCounter>;
    /// The value, unless it is empty.
    type Seen = Option<i128>;
    const OPS: usize = 3;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        if turn.op == CLEAR { Some(state.clear()) } else { state.add(turn.by, amount(turn)).ok() }
    }

    fn observe(state: &Self::State) -> Self::Seen {
        (!state.is_empty()).then(|| state.value())
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        sum(history, 0)
    }
}

impl Subject for AddUnderKey {
    type State = Causal<OrMap<u8, DottedCounter>>;
    type Seen = Vec<(u8, i128)>;
    const OPS: usize = 6;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        let key = small(turn.op / 3);
        match turn.op % 3 {
            CLEAR => Some(state.remove(&key)),
            _ => state.try_update(turn.by, key, |counter, writer| counter.add(writer, amount(turn))).ok(),
        }
    }

    fn observe(state: &Self::State) -> Self::Seen {
        state.iter().map(|(key, counter)| (*key, counter.value())).collect()
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        (0..2).filter_map(|key| Some((small(key), sum(history, key)?))).collect()
    }
}
