//! Bugs by intention in the drivers of the stack: its worlds find each of them within a thousand seeds. A bug that survives
//! means that the worlds are too weak.

#![cfg(moai_planted)]

use moai_core::planted::plant;
use moai_sim::Scenario;
use moai_sim::stack::{States, Tasks, Votes};

/// How many seeds a bug may survive.
const SEEDS: u64 = 1_000;

/// The first seed at which a world finds the bug, and what it says.
fn found(name: &'static str, scenario: &impl Scenario) -> Option<(u64, String)> {
    plant(name);
    let found = (0..SEEDS).find_map(|seed| {
        let violation = scenario.run(&scenario.plan(seed)).violation?;
        Some((seed, violation.to_string()))
    });
    plant("");
    found
}

#[track_caller]
fn all_are_found(scenario: &impl Scenario, names: &[&'static str]) {
    let none = (0..100).find_map(|seed| scenario.run(&scenario.plan(seed)).violation);
    assert_eq!(none, None, "a world without a bug fails");
    let mut survivors = Vec::new();
    for name in names {
        match found(name, scenario) {
            Some((seed, what)) => println!("{} {name}: seed {seed}: {what}", scenario.name()),
            None => survivors.push(name),
        }
    }
    assert!(survivors.is_empty(), "survived: {survivors:?}");
}

#[test]
fn a_planted_bug_of_votes_survives() {
    let names = [
        "telling_before_recording",
        "forgetting_what_was_decided",
        "forgetting_ballots_over_a_crash",
        "counting_a_late_ballot",
        "counting_a_changed_mind",
        "taking_silence_for_consent",
        "forgetting_a_word_over_a_crash",
        "giving_before_recording",
        "giving_what_was_not_recorded",
        "never_looking_at_the_clock",
    ];
    all_are_found(&Votes, &names);
}

#[test]
fn a_planted_bug_of_tasks_survives() {
    let names = [
        "using_epochs_again",
        "taking_an_old_lease",
        "acknowledging_before_recording",
        "losing_what_failed",
        "forgetting_keys_over_a_crash",
    ];
    all_are_found(&Tasks, &names);
}

#[test]
fn a_planted_bug_of_states_survives() {
    let names = ["reading_one_too_few", "giving_a_number_twice", "taking_back_what_was_cleared", "storing_over_others"];
    all_are_found(&States, &names);
}
