//! What is decided, and at which vote.

use moai_consensus::Choice::{Abstain, Against, For};
use moai_consensus::{
    All, Basis, Decision, Entry, QuorumAlgorithm, Ratio, Rule, RuleAlgorithm, Threshold, UnanimousAlgorithm, Veto,
    VoteError, WeightedAlgorithm,
};

use crate::world::{World, agents, id, of, opening, with_veto};

#[test]
fn two_of_three_are_enough_at_the_third_answer_when_the_second_is_against_it() {
    let mut world = World::of(&QuorumAlgorithm::new(), agents(3));
    world.say("agent-1", For).unwrap();
    world.say("agent-2", Against).unwrap();
    assert!(world.is_open());
    assert_eq!(world.say("agent-3", For).unwrap().decided, Some(Decision::Approved));
    let outcome = world.outcome();
    assert_eq!((outcome.votes_for, outcome.votes_against, outcome.votes_abstain), (2, 1, 0));
    assert_eq!(outcome.participants, [id("agent-1"), id("agent-2"), id("agent-3")]);
    assert_eq!((outcome.decided_at_vote, outcome.votes_saved), (Some(3), 0));
    assert!(world.released.is_empty());
}

#[test]
fn a_third_voter_who_cannot_change_it_is_released_and_noted_when_it_votes_all_the_same() {
    let mut world = World::of(&QuorumAlgorithm::new(), agents(3));
    world.say("agent-1", For).unwrap();
    world.say("agent-2", For).unwrap();
    let outcome = world.outcome().clone();
    assert_eq!((outcome.decision, outcome.votes_for, outcome.votes_against), (Decision::Approved, 2, 0));
    assert_eq!((outcome.decided_at_vote, outcome.votes_saved), (Some(2), 1));
    assert_eq!(world.released, [id("agent-3")]);
    let late = world.ballot("agent-3", Against);
    let closed = world.cast(late.clone());
    assert!(matches!(closed, Err(VoteError::Closed { outcome: told, .. }) if *told == outcome));
    assert_eq!(world.record.last(), Some(&Entry::Late(late.into())));
}

fn experts() -> (WeightedAlgorithm, moai_consensus::Electorate) {
    let weights = [("expert-senior", "3.0"), ("expert-mid", "2.0"), ("expert-junior", "1.5")];
    let weighted = weights.iter().fold(WeightedAlgorithm::new(), |all, (name, weight)| {
        all.weigh(id(name), weight.parse::<Ratio>().unwrap()).unwrap()
    });
    (weighted, of(&["agent-regular", "expert-junior", "expert-mid", "expert-senior"]))
}

#[test]
fn three_and_two_of_seven_and_a_half_are_more_than_three_fifths() {
    let (weighted, electorate) = experts();
    let mut world = World::of(&weighted, electorate);
    world.say("expert-senior", For).unwrap();
    assert!(world.is_open());
    world.say("expert-junior", Against).unwrap();
    assert!(world.is_open());
    world.say("expert-mid", For).unwrap();
    let outcome = world.outcome();
    assert_eq!(outcome.decision, Decision::Approved);
    let told = |key: &str| serde_json::to_value(outcome.metadata.get(key).unwrap()).unwrap().as_f64().unwrap();
    assert_eq!(format!("{:.0}%", told("weighted_approval") * 100.0), "67%");
    assert_eq!((told("weighted_for"), told("weighted_against"), told("total_weight")), (5.0, 1.5, 7.5));
    assert_eq!(outcome.why, "5 for, 1.5 against, of 7.5 by weight", "heads decide nothing here");
    assert_eq!(world.released, [id("agent-regular")], "nobody waits for the one who cannot change it");
}

#[test]
fn a_tenth_and_two_tenths_are_three_tenths_and_not_a_bit_more() {
    // In floats 0.1 + 0.2 > 0.3: half of the weight would pass as more than half.
    let weights = [("a", 0.1), ("b", 0.2), ("c", 0.3)];
    let weighted =
        weights.iter().fold(WeightedAlgorithm::new(), |all, (name, weight)| all.weigh(id(name), *weight).unwrap());
    let weighted = weighted.with_threshold(0.5).unwrap();
    for (yes, no) in [(vec!["a", "b"], vec!["c"]), (vec!["c"], vec!["a", "b"])] {
        let mut world = World::of(&weighted, of(&["a", "b", "c"]));
        for name in yes {
            world.say(name, For).unwrap();
        }
        for name in no {
            let _ = world.say(name, Against);
        }
        assert_eq!(world.outcome().decision, Decision::Rejected);
        assert!(
            world.outcome().why.ends_with("of 0.6 by weight: 0.3 of 0.6 for, 0.4 needed"),
            "{}",
            world.outcome().why
        );
    }
}

#[test]
fn a_threshold_of_one_means_all_of_them() {
    let all = QuorumAlgorithm::with_threshold(1.0).unwrap();
    let mut world = World::of(&all, agents(3));
    for name in ["agent-1", "agent-2"] {
        world.say(name, For).unwrap();
        assert!(world.is_open());
    }
    world.say("agent-3", For).unwrap();
    assert_eq!(world.outcome().decision, Decision::Approved);
    let mut world = World::of(&all, agents(3));
    world.say("agent-1", Abstain).unwrap();
    assert_eq!(world.outcome().decision, Decision::Rejected);
}

#[test]
fn all_abstain_is_a_rejection_and_no_division_by_nothing() {
    for rule in [Threshold::MAJORITY, Threshold::MAJORITY.of_cast(), Threshold::MAJORITY.of_expressed()] {
        let mut world = World::of(&RuleAlgorithm::new(rule), agents(3));
        for number in 1..=3 {
            let _ = world.say(&format!("agent-{number}"), Abstain);
        }
        let outcome = world.outcome();
        assert_eq!((outcome.decision, outcome.basis), (Decision::Rejected, Basis::Votes), "{}", outcome.rule);
        assert!(outcome.dissent.is_empty());
    }
}

#[test]
fn thirteen_of_twenty_are_not_more_than_sixty_six_percent() {
    let two_thirds = QuorumAlgorithm::with_threshold(0.66).unwrap();
    for (votes_for, decision) in [(13, Decision::Rejected), (14, Decision::Approved)] {
        let mut world = World::of(&two_thirds, agents(20));
        for number in 1..=20 {
            let _ = world.say(&format!("agent-{number}"), if number <= votes_for { For } else { Against });
        }
        let outcome = world.outcome();
        assert_eq!((outcome.decision, outcome.votes_for), (decision, votes_for));
        assert_eq!(outcome.threshold, Some(0.66));
    }
}

#[test]
fn one_against_what_all_must_want_decides_at_once() {
    for no in [Against, Abstain] {
        let mut world = World::of(&UnanimousAlgorithm, agents(3));
        world.say("agent-2", no).unwrap();
        let outcome = world.outcome();
        assert_eq!((outcome.decision, outcome.decided_at_vote), (Decision::Rejected, Some(1)));
        assert_eq!(world.released, [id("agent-1"), id("agent-3")]);
    }
    let mut world = World::of(&UnanimousAlgorithm, agents(3));
    world.fail("agent-2").unwrap();
    assert_eq!(world.outcome().decision, Decision::Rejected);
}

#[test]
fn an_electorate_of_nobody_is_an_answer_and_asks_nobody() {
    let world = World::of(&QuorumAlgorithm::new(), agents(0));
    let outcome = world.outcome();
    assert_eq!(
        (outcome.decision, outcome.basis, outcome.why.as_str()),
        (Decision::Rejected, Basis::Error, "nobody may vote")
    );
    assert_eq!((outcome.participation(), world.request.is_none(), world.armed.len()), (Ratio::ONE, true, 0));
}

#[test]
fn an_outstanding_veto_lets_nothing_pass() {
    let rule = || RuleAlgorithm::new(All::of([Threshold::MAJORITY.shared(), Veto.shared()]).unwrap());
    let electorate = || with_veto(&["a", "b", "person"], "person");
    let mut world = World::of(&rule(), electorate());
    world.say("a", For).unwrap();
    world.say("b", For).unwrap();
    assert!(world.is_open(), "two of three are for it, and the one with the veto has not spoken");
    world.say("person", Against).unwrap();
    assert_eq!((world.outcome().decision, world.outcome().basis), (Decision::Rejected, Basis::Vetoed));
    let mut world = World::of(&rule(), electorate());
    world.say("a", For).unwrap();
    world.say("b", For).unwrap();
    world.say("person", Abstain).unwrap();
    assert_eq!(world.outcome().decision, Decision::Approved);
}

#[test]
fn who_may_change_their_mind_is_heard_until_the_deadline() {
    let mut asked = opening(agents(2));
    asked.changes_allowed = true;
    let mut world = World::open(&QuorumAlgorithm::new(), asked);
    world.say("agent-1", For).unwrap();
    world.say("agent-2", For).unwrap();
    assert!(world.is_open());
    assert_eq!(world.say("agent-1", Against).unwrap().taken, moai_consensus::Taken::Replaced);
    world.tick(30);
    let outcome = world.outcome();
    assert_eq!((outcome.decision, outcome.votes_for, outcome.votes_against), (Decision::Rejected, 1, 1));
    assert_eq!(outcome.decided_at_vote, None, "the deadline decided it");
}
