//! What agents report: of each the newest report counts, and the last of those who took that one over.

use std::sync::LazyLock;

use moai_core::{AgentId, Version, agent_id};
use moai_crdt::Contributions;
use moai_crdt::laws::Turn;

use super::{Delta, Event, History, REPLICAS, Subject};

/// For each of two agents: a report, and its retiring into the agent of the replica that acts. What would change nothing
/// is not made, so that every event carries the newest report that its author had heard of.
pub(crate) struct ReportRetire;

/// Version and value; then who took it over.
type Report = ((u64, i64), Option<usize>);

static AGENTS: LazyLock<[AgentId; REPLICAS]> =
    LazyLock::new(|| [agent_id!("agent-0"), agent_id!("agent-1"), agent_id!("agent-2"), agent_id!("agent-3")]);

fn agent_of(event: Event) -> usize {
    event.turn.op / 2
}

/// Two turns in a row report at one version; of these the earlier has the greater value.
fn report(turn: Turn) -> (u64, i64) {
    (turn.number / 2 + 1, -turn.number.cast_signed())
}

/// The newest report of an agent that is heard of by hearing of these events.
fn heard(history: &History<'_>, known: u64, agent: usize) -> Option<(u64, i64)> {
    let (mut known, mut newest) = (known, None);
    for (at, &event) in history.events.iter().enumerate().rev() {
        if known >> at & 1 == 1 && agent_of(event) == agent {
            known |= event.knew;
            newest = newest.max((event.turn.op % 2 == 0).then(|| report(event.turn)));
        }
    }
    newest
}

fn newest(history: &History<'_>, agent: usize) -> Option<Report> {
    let newest = heard(history, history.known, agent)?;
    let takes_over = |event: Event| event.turn.op == agent * 2 + 1 && heard(history, event.knew, agent) == Some(newest);
    let heirs = history.iter().filter(|&(_, event)| takes_over(event)).map(|(_, event)| event.turn.replica);
    Some((newest, heirs.max()))
}

impl Subject for ReportRetire {
    type State = Contributions;
    type Seen = (i128, [Option<Report>; 2]);
    const OPS: usize = 4;

    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>> {
        let (agent, (version, value)) = (&AGENTS[turn.op / 2], report(turn));
        let before = state.get(agent).cloned();
        let delta = match turn.op % 2 {
            0 => state.set(agent.clone(), Version::new(version).ok()?, 0, value),
            _ => state.retire(agent, AGENTS[turn.replica].clone()),
        };
        (state.get(agent) != before.as_ref()).then_some(delta)
    }

    fn observe(state: &Self::State) -> Self::Seen {
        let newest = |agent: usize| {
            let last = state.get(&AGENTS[agent])?;
            let heir = last.retired_into().and_then(|into| AGENTS.iter().position(|agent| agent == into));
            Some(((last.version().get(), last.value()), heir))
        };
        (state.value(), std::array::from_fn(newest))
    }

    fn expected(history: &History<'_>) -> Self::Seen {
        let newest = std::array::from_fn(|agent| newest(history, agent));
        (newest.iter().flatten().map(|&((_, value), _)| i128::from(value)).sum(), newest)
    }

    fn refuses(history: &History<'_>, turn: Turn) -> bool {
        let (agent, known) = (turn.op / 2, newest(history, turn.op / 2));
        match turn.op % 2 {
            0 => Some((report(turn), None)) <= known,
            _ => known.is_none_or(|(_, heir)| agent == turn.replica || Some(turn.replica) <= heir),
        }
    }
}
