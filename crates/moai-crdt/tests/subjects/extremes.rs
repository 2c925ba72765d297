//! The greatest and the least value: of all that were put in.

use moai_crdt::laws::Turn;
use moai_crdt::{Max, Min};

use super::{Delta, History, Subject};

/// Putting in values that rise with time, and such that fall; the greatest is read.
pub(crate) struct Raise;

/// The same, and the least is read.
pub(crate) struct Lower;

/// The two meet in the middle of a short history.
fn value(turn: Turn) -> u64 {
    if turn.op == 0 { turn.number } else { 7_u64.saturating_sub(turn.number) }
}

fn values(history: &History<'_>) -> impl Iterator<Item = u64> {
    history.iter().map(|(_, event)| value(event.turn))
}

impl Subject for Raise {
    type State = Max<u64>;
    type Seen = Option<u64>;
    const OPS: usize = 2;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        Some(state.raise(value(turn)))
    }

    fn observe(state: &Self::State) -> Self::Seen {
        state.get().copied()
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        values(history).max()
    }
}

impl Subject for Lower {
    type State = Min<u64>;
    type Seen = Option<u64>;
    const OPS: usize = 2;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        Some(state.lower(value(turn)))
    }

    fn observe(state: &Self::State) -> Self::Seen {
        state.get().copied()
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        values(history).min()
    }
}
