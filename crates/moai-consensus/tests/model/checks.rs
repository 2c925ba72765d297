//! What is checked: that no order of events breaks agreement, and that this check would see it.

use moai_consensus::Choice;
use stateright::{Checker, HasDiscoveries, Model};

use crate::table::Table;

/// What must hold in every state.
const ALWAYS: [&str; 3] = ["agreement", "no honest agent is accused", "every outcome proves itself"];

/// Depth first through so many steps, in an order that the seed says. How many states that were, and what was come across.
fn explore(what: &str, table: Table, steps: usize) -> (usize, Vec<&'static str>) {
    let checker = table.checker().target_state_count(steps).finish_when(HasDiscoveries::AnyFailures).threads(2);
    let checker = checker.spawn_dfs().join();
    for name in ALWAYS {
        if let Some(path) = checker.discovery(name) {
            panic!("{what}: {name} does not hold after {:?}", path.into_actions());
        }
    }
    let (unique, depth, met) = (checker.unique_state_count(), checker.max_depth(), checker.discoveries());
    let met: Vec<&'static str> = met.into_keys().collect();
    println!("{what}: {unique} states of {}, {depth} deep, {met:?}", checker.state_count());
    (unique, met)
}

#[test]
fn some_order_of_events_breaks_agreement() {
    let full = std::env::var("MOAI_MODEL").is_ok_and(|word| word == "full");
    let from = std::env::var("MOAI_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(0_u64);
    let (seeds, steps) = if full { (5, 1_000_000) } else { (1, 15_000) };
    let (yes, no) = (Some(Choice::For), Some(Choice::Against));
    // Who lies may turn the vote; it leads the first view, or the second.
    let tables = [
        ("a liar leads", [yes, yes, no, None], 1, (2, 2, 0)),
        ("a liar leads second", [yes, yes, no, None], 2, (2, 2, 0)),
        ("a liar leads, agents crash", [yes, yes, no, None], 1, (1, 1, 1)),
        ("a liar leads, all are for it", [yes, yes, yes, None], 1, (2, 2, 0)),
    ];
    let (mut states, mut met) = (0, Vec::new());
    for seed in from..from + seeds {
        for (what, choices, led, bounds) in tables {
            let (unique, more) = explore(what, Table::new(&choices, led, bounds, seed), steps);
            states += unique;
            met.extend(more);
        }
    }
    println!("{states} states in all");
    for name in ["an outcome", "a view fails", "a liar is caught"] {
        assert!(met.contains(&name), "{name}: states in which nothing happens prove nothing");
    }
    assert!(states >= if full { 4_000_000 } else { 20_000 }, "only {states} states");
}

/// With two that lie where one may, the same check finds two outcomes: it would see a break.
#[test]
fn a_break_of_agreement_is_not_seen() {
    let two = [Some(Choice::For), Some(Choice::Against), None, None];
    let table = Table::new(&two, 1, (1, 0, 0), 0);
    let checker = table.checker().target_state_count(1_000_000).finish_when(HasDiscoveries::AnyFailures).spawn_bfs();
    let checker = checker.join();
    let path = checker.discovery("agreement").expect("two of four lie, and agreement holds");
    println!("found in {} states, by {:?}", checker.unique_state_count(), path.into_actions());
    assert!(checker.discovery("no honest agent is accused").is_none());
}
