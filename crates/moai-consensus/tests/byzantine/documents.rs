//! The documents' example, and the same with three who merely disagree.

use moai_consensus::Choice::{Against, For};
use moai_consensus::{Basis, ByzantineConsensus, Decision};
use serde_json::json;

use crate::world::{World, agent};

#[test]
fn three_who_change_their_mind_are_taken_out_as_the_documents_print_it() {
    let byzantine = ByzantineConsensus::new(3, 5).unwrap();
    let mut world = World::of(&byzantine, 10);
    world.all(1..=10, 1, For);
    for round in 2..=5 {
        // Those first: what they say must not depend on who was faster.
        world.all(8..=10, round, Against);
        world.all(1..=7, round, For);
    }
    let outcome = world.outcome();
    assert_eq!((outcome.decision, outcome.basis), (Decision::Approved, Basis::Votes));
    assert_eq!((outcome.votes_for, outcome.votes_against, outcome.votes_abstain), (7, 0, 0));
    assert_eq!(outcome.threshold, Some(7.0));
    assert_eq!(outcome.participants.len(), 7);
    assert_eq!(world.told("fault_tolerance"), 3);
    assert_eq!(world.told("agreement_threshold"), 7);
    assert_eq!(world.told("total_participants"), 10);
    assert_eq!(world.told("honest_participants"), 7);
    assert_eq!(world.told("malicious_detected"), 3);
    assert_eq!(world.told("malicious_agents"), json!(["agent-8", "agent-9", "agent-10"]));
    assert_eq!(world.told("malicious_means"), "unstable");
    assert_eq!(world.told("unstable"), json!(["agent-8", "agent-9", "agent-10"]));
    for empty in ["proven", "silent", "dissenting"] {
        assert_eq!(world.told(empty), json!([]), "{empty}");
    }
    assert_eq!(world.told("byzantine_safe"), true);
    assert_eq!(world.told("rounds"), 5);
    let detected: Vec<_> = byzantine.detected_malicious().into_keys().collect();
    assert_eq!(detected, [agent(10), agent(8), agent(9)]);
    let next = outcome.electorate.without(&detected);
    assert_eq!(next.ids().cloned().collect::<Vec<_>>(), (1..=7).map(agent).collect::<Vec<_>>());
}

#[test]
fn three_who_are_against_it_all_along_are_no_liars() {
    let byzantine = ByzantineConsensus::new(3, 5).unwrap();
    let mut world = World::of(&byzantine, 10);
    for round in 1..=5 {
        world.all(8..=10, round, Against);
        world.all(1..=7, round, For);
    }
    let outcome = world.outcome();
    assert_eq!(outcome.decision, Decision::Approved);
    assert_eq!((outcome.votes_for, outcome.votes_against), (7, 3));
    assert_eq!(world.told("malicious_agents"), json!([]));
    assert_eq!(world.told("malicious_detected"), 0);
    assert_eq!(world.told("honest_participants"), 10);
    assert_eq!(world.told("dissenting"), json!(["agent-8", "agent-9", "agent-10"]));
    assert_eq!(outcome.dissent.len(), 3);
    assert!(outcome.evidence.is_empty() && byzantine.detected_malicious().is_empty());
}

#[test]
fn a_minority_report_is_kept_though_its_last_ballots_were_saved() {
    let mut world = World::of(&ByzantineConsensus::new(3, 3).unwrap(), 10);
    for round in 1..=3 {
        world.all(1..=7, round, For);
        world.all(8..=10, round, Against);
    }
    let outcome = world.outcome();
    // Decided by the seventh of the last round: three were not heard again, and what they had said stands.
    assert_eq!((outcome.votes_for, outcome.votes_against, outcome.votes_saved), (7, 0, 3));
    assert_eq!(world.told("dissenting"), json!(["agent-8", "agent-9", "agent-10"]));
    assert_eq!(outcome.dissent.len(), 3);
    assert_eq!(world.released.len(), 3);
}
