//! Two flags: what was set last is read; of values set at the same time true where it wins, false where that does.

use moai_crdt::laws::Turn;
use moai_crdt::{Causal, DwFlag, EwFlag};

use super::{Delta, History, Subject};

/// Setting true, setting false, taking back, where true wins.
pub(crate) struct TrueWins;

/// The same where false wins.
pub(crate) struct FalseWins;

const TRUE: usize = 0;
const CLEAR: usize = 2;

/// What stands: values that were set and that no later event has seen.
fn standing(history: &History<'_>) -> impl Iterator<Item = bool> {
    history.unseen(|_| true).filter(|event| event.turn.op != CLEAR).map(|event| event.turn.op == TRUE)
}

impl Subject for TrueWins {
    type State = Causal<EwFlag>;
    /// What it reads, and whether it was never set.
    type Seen = (bool, bool);
    const OPS: usize = 3;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        Some(if turn.op == CLEAR { state.clear() } else { state.set(turn.by, turn.op == TRUE) })
    }

    fn observe(state: &Self::State) -> Self::Seen {
        (state.get(), state.is_empty())
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        (standing(history).any(|value| value), standing(history).count() == 0)
    }
}

impl Subject for FalseWins {
    type State = Causal<DwFlag>;
    /// What it reads, and whether it was never set.
    type Seen = (bool, bool);
    const OPS: usize = 3;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        Some(if turn.op == CLEAR { state.clear() } else { state.set(turn.by, turn.op == TRUE) })
    }

    fn observe(state: &Self::State) -> Self::Seen {
        (state.get(), state.is_empty())
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        let never_set = standing(history).count() == 0;
        (!never_set && standing(history).all(|value| value), never_set)
    }
}
