//! Worlds of each kind, twice: nothing breaks, and the same happens again.

use moai_sim::stack::{Agreements, Crowd, SignedVotes, States, Tasks, Votes};
use moai_sim::{Campaign, Scenario};

/// How many worlds of each kind; `MOAI_WORLDS` asks for more.
fn worlds() -> u64 {
    std::env::var("MOAI_WORLDS").ok().and_then(|worlds| worlds.parse().ok()).unwrap_or(60)
}

#[track_caller]
fn twice(scenario: &impl Scenario) {
    let one = Campaign::new(scenario).seeds(0..worlds()).run();
    assert!(one.failures.is_empty(), "{:#?}", one.failures);
    assert!(one.seen.faults() > one.worlds, "hardly anything went wrong: {one}");
    assert_eq!(one.never_reached(), [""; 0]);
    let other = Campaign::new(scenario).seeds(0..worlds()).run();
    assert_eq!(one.history, other.history, "the same seeds gave other histories");
    println!("{} {one}", scenario.name());
}

#[test]
fn a_world_of_votes_breaks() {
    twice(&Votes);
}

#[test]
fn a_world_of_signed_votes_breaks() {
    twice(&SignedVotes);
}

#[test]
fn a_world_of_tasks_breaks() {
    twice(&Tasks);
}

#[test]
fn a_world_of_states_breaks() {
    twice(&States);
}

#[test]
fn a_world_of_agents_that_come_and_go_breaks() {
    twice(&Crowd);
}

#[test]
fn a_world_of_agreements_breaks() {
    twice(&Agreements);
}
