//! Contributions: one slot per agent, the newest report counts.

use std::collections::BTreeMap;

use crate::swarm::{Event, Exam, run, steps};
use moai_core::{AgentId, Version, agent_id};
use moai_crdt::{Contribution, Contributions, Merge, Part, Replicated};
use proptest::prelude::*;

fn agent(n: usize) -> AgentId {
    AgentId::new(format!("agent-{n}")).unwrap()
}

fn version(number: u64) -> Version {
    Version::new(number).unwrap()
}

/// Anyone may carry anyone's report: agents are not replicas.
#[derive(Debug, Clone)]
enum Op {
    Set { agent: usize, version: u64, time: i64, value: i64 },
    Retire { dead: usize, into: usize },
}

struct Summed;

/// Each agent's newest report among those seen.
fn newest(seen: &[&Event<Op>]) -> BTreeMap<usize, (u64, i64, i64)> {
    let mut newest = BTreeMap::new();
    for event in seen {
        if let Op::Set { agent, version, time, value } = event.op {
            let last = newest.entry(agent).or_insert((version, time, value));
            *last = (*last).max((version, time, value));
        }
    }
    newest
}

impl Exam for Summed {
    type State = Contributions;
    type Op = Op;

    fn act(state: &mut Contributions, _: usize, op: &Op) -> Option<Part<Contributions>> {
        Some(match *op {
            Op::Set { agent: reporter, version: at, time, value } => {
                state.set(agent(reporter), version(at), time, value)
            }
            Op::Retire { dead, into } => state.retire(&agent(dead), agent(into)),
        })
    }

    /// A slot goes as a whole: the mark brings the report that it stands on, and a report that is not the newest says
    /// nothing.
    fn says(history: &[Event<Op>], grew: bool) -> Vec<usize> {
        let Some(last) = history.last().filter(|_| grew) else { return Vec::new() };
        let Op::Retire { dead, .. } = last.op else { return vec![history.len() - 1] };
        let known: Vec<_> = last.knew.iter().map(|&at| &history[at]).collect();
        let marked = newest(&known).get(&dead).copied();
        let is_it = |event: &Event<Op>| match event.op {
            Op::Set { agent, version, time, value } => agent == dead && marked == Some((version, time, value)),
            Op::Retire { .. } => false,
        };
        last.knew.iter().copied().find(|&at| is_it(&history[at])).into_iter().collect()
    }

    fn check(state: &Contributions, seen: &[&Event<Op>]) {
        let newest = newest(seen);
        let reports: BTreeMap<_, _> = newest.iter().map(|(&n, report)| (agent(n), report)).collect();
        assert_eq!(state.value(), newest.values().map(|&(_, _, value)| i128::from(value)).sum::<i128>());
        let read = state.iter().map(|(agent, last)| (agent, (last.version().get(), last.time(), last.value())));
        assert!(read.eq(reports.iter().map(|(agent, &&report)| (agent, report))), "{state:?} is not {reports:?}");
        // Whoever answers for whom, together it is the sum.
        let answered: i128 = (0..4).map(|n| state.of(&agent(n))).sum();
        assert_eq!(answered, state.value());
    }
}

fn op() -> impl Strategy<Value = Op> {
    let value = prop_oneof![Just(i64::MIN), -2..3_i64, Just(i64::MAX)];
    prop_oneof![
        3 => (0..3_usize, 0..3_u64, -1..2_i64, value)
            .prop_map(|(agent, version, time, value)| Op::Set { agent, version, time, value }),
        1 => (0..3_usize, 0..4_usize).prop_map(|(dead, into)| Op::Retire { dead, into }),
    ]
}

proptest! {
    #[test]
    fn a_contribution_is_lost_or_added_twice(steps in steps(op())) {
        run::<Summed>(&steps);
    }
}

#[test]
fn forty_two_and_thirty_eight_are_eighty_only_until_the_next_sync() {
    let mut agents = [Contributions::new(), Contributions::new(), Contributions::new()];
    let _sent = agents[0].set(agent(1), version(1), 0, 42);
    let _sent = agents[1].set(agent(2), version(1), 0, 38);
    for _ in 0..100 {
        for (from, to) in [(0, 2), (1, 2), (2, 0), (2, 1)] {
            let state = agents[from].clone();
            agents[to].merge(&state);
        }
        assert!(agents.iter().all(|state| state.value() == 80));
    }
    // The two report again what they have, as they do at each sync.
    let _sent = agents[2].set(agent(1), version(2), 5, 42);
    let _sent = agents[2].set(agent(2), version(2), 5, 38);
    assert_eq!(agents[2].value(), 80);
}

#[test]
fn equal_contributions_of_two_agents_count_once() {
    let mut here = Contributions::new();
    let _sent = here.set(agent(1), version(1), 0, 42);
    let _sent = here.set(agent(2), version(1), 0, 42);
    assert_eq!(here.value(), 84);
}

#[test]
fn an_older_report_comes_back() {
    let mut here = Contributions::new();
    let _sent = here.set(agent(1), version(2), 0, 5);
    let part = here.set(agent(1), version(1), 9, 42);
    assert_eq!(here.value(), 5);
    assert!(!Contributions::new().apply(&part), "what changed nothing is not sent");
    let _sent = here.set(agent(1), version(2), 1, 4);
    assert_eq!(here.value(), 4, "a later time wins within one version");
    let _sent = here.set(agent(1), version(2), 1, 3);
    assert_eq!(here.value(), 4, "then the greater value");
}

#[test]
fn a_retired_agent_that_comes_back_is_still_taken_for_dead() {
    let (dead, heir) = (agent(1), agent(2));
    let mut here = Contributions::new();
    let _sent = here.set(dead.clone(), version(1), 0, 38);
    let before = here.clone();
    let mark = here.retire(&dead, heir.clone());
    assert_eq!(mark, here.delta_for(&before.digest()));
    assert_eq!((here.of(&dead), here.of(&heir), here.value()), (0, 38, 38));

    let _sent = here.set(dead.clone(), version(2), 0, 40);
    here.merge(&before);
    here.apply(&mark);
    assert_eq!((here.of(&dead), here.of(&heir), here.value()), (40, 0, 40));
}

#[test]
fn the_heir_of_an_heir_is_forgotten() {
    let mut here = Contributions::new();
    for n in 1..=3 {
        let _sent = here.set(agent(n), version(1), 0, 1);
    }
    let _sent = here.retire(&agent(1), agent(2));
    let _sent = here.retire(&agent(2), agent(3));
    assert_eq!((here.of(&agent(3)), here.heir(&agent(1))), (3, &agent(3)));
    let _sent = here.retire(&agent(3), agent(1));
    assert_eq!((here.of(&agent(1)), here.of(&agent(2)), here.of(&agent(3))), (1, 1, 1), "a circle");
    let nobody = here.retire(&agent(9), agent(1));
    assert!(!here.apply(&nobody), "nothing is known of the dead one");
}

#[test]
fn a_sum_of_extremes_wraps() {
    let mut here = Contributions::new();
    for n in 0..3 {
        let _sent = here.set(agent(n), version(0), i64::MIN, i64::MAX);
    }
    assert_eq!(here.value(), 3 * i128::from(i64::MAX));
}

#[test]
fn contributions_read_differently_in_the_next_version() {
    let mut here = Contributions::new();
    let _sent = here.set(agent_id!("agent-2"), version(1), 1_735_732_800_000_000, 38);
    let _sent = here.set(agent_id!("agent-1"), version(1), -1, 42);
    let _sent = here.retire(&agent_id!("agent-2"), agent_id!("agent-1"));
    let text = concat!(
        r#"{"agent-1":{"version":1,"time":-1,"value":42,"retired_into":null},"#,
        r#""agent-2":{"version":1,"time":1735732800000000,"value":38,"retired_into":"agent-1"}}"#
    );
    assert_eq!(serde_json::to_string(&here).unwrap(), text);
    assert_eq!(here.get(&agent(2)).and_then(Contribution::retired_into), Some(&agent(1)));
    let itself = r#"{"agent-1":{"version":1,"time":0,"value":42,"retired_into":"agent-1"}}"#;
    assert!(serde_json::from_str::<Contributions>(itself).is_err());
}
