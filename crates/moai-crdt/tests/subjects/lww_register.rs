//! A register in which the last write wins: of the writes that no later one has seen, the one with the greatest stamp.

use moai_crdt::laws::Turn;
use moai_crdt::{Causal, LwwRegister, ReplicaId, Stamp};

use super::{Delta, Event, History, Subject};

/// Writing by a clock that stands still for two turns, writing by one that runs backwards, taking back.
pub(crate) struct StampedWrites;

const CLEAR: usize = 2;

/// A value with its stamp and its writer.
pub(crate) type Written = (Stamp, ReplicaId, u64);

/// The stamp that a clock gives which stands still for two turns.
pub(crate) fn slow(turn: Turn) -> Stamp {
    Stamp::from_bits(turn.number / 2)
}

fn stamp(turn: Turn) -> Stamp {
    if turn.op == 0 { slow(turn) } else { Stamp::from_bits(64_u64.saturating_sub(turn.number)) }
}

/// These writes, the winner first.
pub(crate) fn ranked(writes: impl Iterator<Item = Event>, stamp: fn(Turn) -> Stamp) -> Vec<Written> {
    let mut writes: Vec<_> = writes.map(|e| (stamp(e.turn), e.turn.by, e.turn.number)).collect();
    writes.sort_unstable_by(|left, right| right.cmp(left));
    writes
}

/// What a register holds, the winner first.
pub(crate) fn values(register: &LwwRegister<u64>) -> Vec<Written> {
    register.values().into_iter().map(|(stamp, by, value)| (stamp, by, *value)).collect()
}

impl Subject for StampedWrites {
    type State = Causal<LwwRegister<u64>>;
    /// The winner, and all that are left.
    type Seen = (Option<u64>, Vec<Written>);
    const OPS: usize = CLEAR + 1;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        Some(if turn.op == CLEAR { state.clear() } else { state.write(turn.by, stamp(turn), turn.number) })
    }

    fn observe(state: &Self::State) -> Self::Seen {
        (state.get().copied(), values(state))
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        let left = ranked(history.unseen(|_| true).filter(|event| event.turn.op != CLEAR), stamp);
        (left.first().map(|&(_, _, value)| value), left)
    }
}
