//! What is checked: that no order of events breaks agreement, and that this check would see it.

use std::time::Instant;

use moai_consensus::Choice;
use stateright::{Checker, HasDiscoveries, Model};

use crate::table::Table;

/// As many states as the words say.
fn states(quick: usize, full: usize) -> usize {
    if std::env::var("MOAI_MODEL").is_ok_and(|word| word == "full") { full } else { quick }
}

#[expect(clippy::disallowed_methods, reason = "how long it took is only shown")]
fn now() -> Instant {
    Instant::now()
}

const FOUR: [Option<Choice>; 4] = [Some(Choice::For), Some(Choice::For), Some(Choice::Against), None];

/// Nothing is found in so many states.
fn holds(what: &str, table: Table, target: usize, depth_first: bool) {
    let (before, builder) = (now(), table.checker().target_state_count(target).threads(2));
    let always = ["agreement", "no honest agent is accused", "every outcome proves itself"];
    let (unique, depth, found, steps) = if depth_first {
        let checker = builder.spawn_dfs().join();
        let found: Vec<&str> = checker.discoveries().into_keys().collect();
        (checker.unique_state_count(), checker.max_depth(), found, checker.model().steps())
    } else {
        let checker = builder.spawn_bfs().join();
        let found: Vec<&str> = checker.discoveries().into_keys().collect();
        (checker.unique_state_count(), checker.max_depth(), found, checker.model().steps())
    };
    println!("{what}: {unique} states, {depth} deep, {steps} steps of agents, {found:?}, {:?}", before.elapsed());
    assert!(always.iter().all(|name| !found.contains(name)), "{what}: {found:?}");
    assert!(unique > target / 4, "{what}: only {unique} states");
    // Depth first comes to outcomes; breadth first to whatever takes few steps.
    assert!(!depth_first || found.contains(&"an outcome"), "{what}: nothing ever happens: {found:?}");
}

#[test]
fn some_order_of_events_breaks_agreement() {
    let quick = states(150_000, 2_500_000);
    holds("one of four lies, depth first", Table::new(&FOUR, 1, (2, 2, 0)), quick, true);
    holds("one of four lies, breadth first", Table::new(&FOUR, 1, (2, 2, 0)), quick, false);
    holds("and agents crash", Table::new(&FOUR, 1, (2, 1, 1)), states(50_000, 1_000_000), true);
}

/// With two that lie where one may, the same check finds two outcomes: it would see a break.
#[test]
fn a_break_of_agreement_is_not_seen() {
    let two = [Some(Choice::For), Some(Choice::Against), None, None];
    let table = Table::new(&two, 1, (1, 0, 0));
    let checker = table.checker().finish_when(HasDiscoveries::AnyFailures).threads(2).spawn_bfs().join();
    let path = checker.discovery("agreement").expect("two of four lie, and agreement holds");
    println!("found in {} states, by {:?}", checker.unique_state_count(), path.into_actions());
    assert!(checker.discovery("no honest agent is accused").is_none());
}
