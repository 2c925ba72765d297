//! A budget: what was granted, handed over and spent, and who may spend how much.

use moai_crdt::laws::Turn;
use moai_crdt::{BoundedCounter, Replicated};

use super::{Delta, History, REPLICAS, Subject, replica_id};

/// Granting two and handing one of them to the next replica; spending two; handing two to replica 0; granting one.
///
/// So nobody can spend by the next grant of their own alone: it takes two, or what was handed over.
pub(crate) struct GrantSpend;

fn next(replica: usize) -> usize {
    (replica + 1) % 3
}

/// What each replica may spend.
fn rights(history: &History<'_>) -> [i128; REPLICAS] {
    let mut rights = [0; REPLICAS];
    for (_, event) in history.iter() {
        let me = event.turn.replica;
        let (mine, other, others) = [(1, next(me), 1), (-2, 0, 0), (-2, 0, 2), (1, 0, 0)][event.turn.op];
        rights[me] += mine;
        rights[other] += others;
    }
    rights
}

impl Subject for GrantSpend {
    type State = BoundedCounter;
    /// The budget, what is spent, and what each replica may spend.
    type Seen = (u128, u128, [i128; REPLICAS]);
    const OPS: usize = 4;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        match turn.op {
            0 => {
                let mut delta = state.grant(turn.by, 2).ok()?;
                let handed_over = state.transfer(turn.by, replica_id(next(turn.replica)), 1).ok()?;
                Self::State::join(&mut delta, &handed_over);
                Some(delta)
            }
            1 => state.spend(turn.by, 2).ok(),
            2 => state.transfer(turn.by, replica_id(0), 2).ok(),
            _ => state.grant(turn.by, 1).ok(),
        }
    }

    fn observe(state: &Self::State) -> Self::Seen {
        let rights = |replica| state.rights(replica_id(replica)).cast_signed();
        (state.budget(), state.spent(), std::array::from_fn(rights))
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        let sum = |of: [u128; 4]| history.iter().map(|(_, event)| of[event.turn.op]).sum();
        (sum([2, 0, 0, 1]), sum([0, 2, 0, 0]), rights(history))
    }

    fn refuses(history: &History<'_>, turn: Turn) -> bool {
        matches!(turn.op, 1 | 2) && rights(history)[turn.replica] < 2
    }
}
