//! A clock: for each replica the greatest count among the known events.

use moai_crdt::VectorClock;
use moai_crdt::laws::{Turn, Whole};

use super::{Delta, History, REPLICAS, Subject, replica_id};

/// Operation 0 counts one of one's own, operation 1 two.
pub(crate) struct Increment;

impl Subject for Increment {
    type State = Whole<VectorClock>;
    type Seen = [u64; REPLICAS];
    const OPS: usize = 2;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        state.advance(turn.by, turn.op as u64 + 1).ok()?;
        Some(state.0.clone())
    }

    fn observe(state: &Self::State) -> Self::Seen {
        std::array::from_fn(|replica| state.get(replica_id(replica)))
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        std::array::from_fn(|replica| {
            history.iter().filter(|(_, e)| e.turn.replica == replica).map(|(_, e)| e.turn.op as u64 + 1).sum()
        })
    }
}
