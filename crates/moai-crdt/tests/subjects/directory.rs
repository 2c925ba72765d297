//! Names behind ids: every life that was written down, and at each replica one for each id.

use std::sync::LazyLock;

use moai_core::{AgentId, agent_id};
use moai_crdt::Directory;
use moai_crdt::laws::{Turn, Whole};

use super::{Delta, History, Subject, replica_id};

/// Writing down two lives of one id, of which who knows one refuses the other; and two of another id.
pub(crate) struct Learn;

static AGENTS: LazyLock<[AgentId; 2]> = LazyLock::new(|| [agent_id!("agent-a"), agent_id!("agent-b")]);

impl Subject for Learn {
    type State = Whole<Directory>;
    /// By operation: the lives that are known; and the ids that collide.
    type Seen = ([bool; 4], [bool; 2]);
    const OPS: usize = 4;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        state.learn(replica_id(turn.op / 2), &AGENTS[turn.op % 2], 0).ok()?;
        Some(state.0.clone())
    }

    fn observe(state: &Self::State) -> Self::Seen {
        let mut there = [false; 4];
        for (id, agent, _) in state.iter() {
            let at = |op: &usize| (replica_id(op / 2), &AGENTS[op % 2]) == (id, agent);
            there[(0..4).find(at).expect("somebody wrote it down")] = true;
        }
        (there, [0, 1].map(|id| state.collisions().any(|collision| collision == replica_id(id))))
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        let there: [_; 4] = std::array::from_fn(|op| history.iter().any(|(_, event)| event.turn.op == op));
        (there, [there[0] && there[1], there[2] && there[3]])
    }

    fn refuses(history: &History<'_>, turn: Turn) -> bool {
        let (there, _) = Self::expected(history);
        !there[turn.op] && there[turn.op ^ 1]
    }
}
