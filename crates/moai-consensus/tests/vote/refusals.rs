//! What does not count, and what its voter is told.

use moai_consensus::Choice::{Against, For};
use moai_consensus::{Basis, Contradiction, Decision, Evidence, Input, QuorumAlgorithm, Taken, VoteError};
use moai_core::value;

use crate::world::{World, agents, id, with_veto};

fn three() -> World {
    World::of(&QuorumAlgorithm::new(), agents(3))
}

#[test]
fn a_stranger_does_not_count() {
    let mut world = three();
    for name in ["agent-4", "agent-01", "lead"] {
        assert!(matches!(world.say(name, For), Err(VoteError::NotEligible { voter, .. }) if voter == id(name)));
    }
    assert!(matches!(world.fail("agent-4"), Err(VoteError::NotEligible { .. })));
    assert_eq!(world.record.len(), 1, "nothing of a stranger is kept");
}

#[test]
fn a_ballot_for_something_else_under_the_same_name_does_not_count() {
    let mut world = three();
    let mut ballot = world.ballot("agent-1", For);
    ballot.instance = value!("another electorate").digest();
    assert!(matches!(world.cast(ballot), Err(VoteError::WrongElectorate { .. })));
}

#[test]
fn a_ballot_of_another_round_does_not_count() {
    let mut world = three();
    for got in [0, 2, u32::MAX] {
        let ballot = world.ballot("agent-1", For).in_round(got);
        let refused = world.cast(ballot);
        assert!(
            matches!(refused, Err(VoteError::WrongRound { round: 1, got: told, .. }) if told == got),
            "{refused:?}"
        );
    }
}

#[test]
fn a_second_different_vote_leaves_the_first_and_shows_both() {
    let mut world = three();
    let (first, second) = (world.ballot("agent-1", For), world.ballot("agent-1", Against));
    world.cast(first.clone()).unwrap();
    let refused = world.cast(second.clone());
    let Err(VoteError::Conflicting(evidence)) = refused else { panic!("{refused:?}") };
    assert_eq!(evidence.kind, Contradiction::DoubleBallot);
    assert_eq!((&evidence.first, &evidence.second), (&first, &second));
    assert_eq!(world.evidence, std::slice::from_ref(&evidence));
    world.say("agent-2", For).unwrap();
    let outcome = world.outcome();
    assert_eq!((outcome.votes_for, outcome.votes_against), (2, 0));
    assert_eq!(outcome.evidence, [(*evidence).clone()]);
}

#[test]
fn a_voter_who_sends_a_thousand_ballots_fills_no_memory() {
    let mut world = three();
    world.say("agent-1", For).unwrap();
    for number in 0..1_000 {
        let ballot = world.ballot("agent-1", Against).because(number.to_string());
        let refused = world.cast(ballot.clone());
        assert!(
            matches!(refused, Err(VoteError::Conflicting(told)) if told.second == ballot),
            "each is told of its own"
        );
    }
    assert_eq!((world.evidence.len(), world.record.len()), (1, 3));
}

#[test]
fn the_same_ballot_again_is_no_second_vote() {
    let mut world = three();
    assert_eq!(world.say("agent-1", For).unwrap().taken, Taken::Counted);
    assert_eq!(world.say("agent-1", For).unwrap().taken, Taken::Again);
    assert!(world.is_open() && world.record.len() == 2);
    world.say("agent-2", For).unwrap();
    let again = world.say("agent-1", For).unwrap();
    assert_eq!((again.taken, again.decided), (Taken::Again, Some(Decision::Approved)));
}

#[test]
fn an_answer_that_is_no_ballot_is_neither_for_nor_against_nor_abstain_and_is_all_there_is() {
    let mut world = three();
    assert_eq!(world.fail("agent-1").unwrap().taken, Taken::Noted);
    assert!(matches!(world.say("agent-1", For), Err(VoteError::Spent { cause, .. }) if cause == "no JSON"));
    world.say("agent-2", For).unwrap();
    assert!(world.is_open());
    world.say("agent-3", For).unwrap();
    let outcome = world.outcome();
    assert_eq!((outcome.votes_for, outcome.votes_against, outcome.votes_abstain), (2, 0, 0));
    assert_eq!((outcome.invalid[0].voter.as_str(), outcome.invalid[0].cause.as_str()), ("agent-1", "no JSON"));
    assert_eq!(outcome.participants, [id("agent-2"), id("agent-3")]);
}

#[test]
fn who_has_voted_cannot_be_made_to_fail() {
    let mut world = three();
    world.say("agent-1", For).unwrap();
    world.fail("agent-1").unwrap();
    world.say("agent-2", For).unwrap();
    assert_eq!((world.outcome().votes_for, world.outcome().invalid.len()), (2, 0));
}

#[test]
fn a_veto_counts_only_from_whoever_has_one() {
    let veto = |by| Input::Veto { by: id(by), reason: "not on a Friday".into() };
    let mut world = World::of(&QuorumAlgorithm::new(), with_veto(&["a", "b", "person"], "person"));
    for without in ["a", "stranger"] {
        assert!(matches!(world.give(veto(without)), Some(Err(VoteError::NoVeto { .. }))));
    }
    world.say("a", For).unwrap();
    assert!(world.give(veto("person")).unwrap().is_ok());
    let outcome = world.outcome();
    assert_eq!((outcome.decision, outcome.basis), (Decision::Rejected, Basis::Vetoed));
    assert_eq!(outcome.why, "vetoed by person: not on a Friday");
    assert_eq!(outcome.dissent.len(), 1);
    assert!(matches!(world.give(veto("person")), Some(Err(VoteError::Closed { .. }))));
}

#[test]
fn evidence_that_shows_nothing_or_is_of_another_vote_is_refused() {
    let mut world = three();
    let (yes, no) = (world.ballot("agent-1", For), world.ballot("agent-1", Against));
    let shown = Evidence::of(&yes, &no).unwrap();
    let mut forged = shown.clone();
    forged.second = forged.first.clone();
    let mut elsewhere = shown.clone();
    elsewhere.first.instance = value!("elsewhere").digest();
    elsewhere.second.instance = elsewhere.first.instance;
    for wrong in [forged, elsewhere] {
        let refused = world.give(Input::Evidence(wrong.into()));
        assert!(matches!(refused, Some(Err(VoteError::WrongElectorate { .. }))), "{refused:?}");
    }
    world.give(Input::Evidence(shown.clone().into())).unwrap().unwrap();
    world.say("agent-1", For).unwrap();
    world.say("agent-2", For).unwrap();
    let outcome = world.outcome();
    assert_eq!((outcome.votes_for, outcome.evidence.as_slice()), (2, [shown].as_slice()), "it proves nothing");
}

#[test]
fn a_cancelled_or_broken_vote_is_rejected_and_says_why() {
    for (input, basis) in
        [(Input::Cancel { reason: "x".into() }, Basis::Cancelled), (Input::Broken { why: "x".into() }, Basis::Error)]
    {
        let mut world = three();
        world.say("agent-1", For).unwrap();
        assert_eq!(world.give(input.clone()), None);
        let outcome = world.outcome();
        assert_eq!((outcome.decision, outcome.basis, outcome.why.as_str()), (Decision::Rejected, basis, "x"));
        assert_eq!(world.released.len(), 2);
        assert_eq!(world.give(input), None, "and only once");
    }
}
