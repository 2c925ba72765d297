//! When rounds close, and who is lost by it.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::Choice::{Abstain, Against, For};
use moai_consensus::{Basis, ByzantineConsensus, Contradiction, Decision, Input, OnDeadline, Taken, VoteError};
use serde_json::json;

use crate::world::{World, after, agent};

fn four() -> World {
    World::of(&ByzantineConsensus::default(), 4)
}

#[test]
fn one_answer_repeated_in_every_round_is_enough_and_no_round_waits_for_its_time() {
    let mut world = four();
    for round in 1..=3 {
        assert_eq!(world.round(), round);
        world.all(1..=4, round, For);
    }
    let outcome = world.outcome();
    assert_eq!((outcome.decision, outcome.votes_for, outcome.votes_saved), (Decision::Approved, 3, 1));
    assert_eq!(outcome.decided_at, after(0));
    assert_eq!(world.requests.iter().map(|request| request.round).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(world.requests.iter().map(|request| request.deadline).collect::<Vec<_>>(), [10, 20, 30].map(after));
    assert_eq!(world.armed, [10, 20, 30].map(after));
}

#[test]
fn nothing_is_approved_before_the_last_round() {
    let mut world = four();
    for round in 1..=2 {
        world.all(1..=4, round, For);
        assert!(world.is_open(), "round {round}");
    }
    world.all(1..=2, 3, For);
    assert!(world.is_open());
}

#[test]
fn it_is_rejected_at_the_very_ballot_that_puts_the_quorum_out_of_reach() {
    for no in [Against, Abstain] {
        let mut world = four();
        world.all(1..=1, 1, no);
        assert!(world.is_open(), "three of four are enough");
        world.all(2..=2, 1, no);
        let outcome = world.outcome();
        assert_eq!((outcome.decision, outcome.basis), (Decision::Rejected, Basis::Votes));
        assert_eq!((outcome.decided_at_vote, outcome.votes_saved), (Some(2), 2));
        assert_eq!(world.released, [agent(3), agent(4)]);
    }
}

#[test]
fn a_round_closes_at_its_share_of_the_time_and_silence_is_no_malice() {
    let mut world = four();
    world.all(1..=3, 1, For);
    world.tick(9);
    assert_eq!(world.round(), 1, "the fourth still has time");
    world.tick(10);
    assert_eq!(world.round(), 2);
    for round in 2..=3 {
        world.all(1..=3, round, For);
    }
    let outcome = world.outcome();
    assert_eq!((outcome.decision, outcome.votes_for), (Decision::Approved, 3));
    assert_eq!(outcome.silent, [agent(4)]);
    assert_eq!(world.told("silent"), json!(["agent-4"]));
    for empty in ["malicious_agents", "proven", "unstable", "dissenting"] {
        assert_eq!(world.told(empty), json!([]), "{empty}");
    }
    assert_eq!(world.told("byzantine_safe"), true);
}

#[test]
fn silence_that_leaves_no_quorum_ends_it_with_that_reason() {
    let mut world = four();
    world.all(1..=2, 1, For);
    world.tick(10);
    let outcome = world.outcome();
    assert_eq!((outcome.decision, outcome.basis), (Decision::Rejected, Basis::NoQuorum));
    assert_eq!(outcome.silent, [agent(3), agent(4)]);
    assert_eq!(world.told("malicious_agents"), json!([]));
}

#[test]
fn at_the_deadline_what_was_asked_for_becomes_of_it() {
    let table = [
        (OnDeadline::Timeout, Decision::Timeout),
        (OnDeadline::Reject, Decision::Rejected),
        (OnDeadline::Approve, Decision::Approved),
        (OnDeadline::DecideByCast, Decision::Timeout),
    ];
    for (on_deadline, decision) in table {
        let mut world = World::lapsing(&ByzantineConsensus::default(), 4, on_deadline);
        for round in 1..=2 {
            world.all(1..=4, round, For);
        }
        world.all(1..=2, 3, For);
        world.tick(29);
        assert!(world.is_open());
        world.tick(30);
        let outcome = world.outcome();
        assert_eq!((outcome.decision, outcome.basis), (decision, Basis::Deadline), "{on_deadline:?}");
        assert_eq!((outcome.votes_for, outcome.silent.len()), (2, 2));
        assert_eq!(world.told("silent"), json!(["agent-3", "agent-4"]));
    }
}

#[test]
fn those_who_voted_decide_only_if_they_bear_the_faults_alone() {
    let decide = |voters, against| {
        let mut world = World::lapsing(&ByzantineConsensus::default(), 8, OnDeadline::DecideByCast);
        for round in 1..=3_u32 {
            world.all(1..=against, round, Against);
            world.all(against + 1..=voters, round, For);
            world.tick(u64::from(round) * 10);
        }
        world.outcome().decision
    };
    // Q of 8 is 5, of 4 it is 3, and 3 are too few to bear one liar.
    assert_eq!(decide(4, 0), Decision::Approved);
    assert_eq!(decide(4, 1), Decision::Approved);
    assert_eq!(decide(4, 2), Decision::Rejected);
    assert_eq!(decide(3, 0), Decision::Timeout);
    assert_eq!(decide(0, 0), Decision::Timeout);
}

#[test]
fn who_is_to_approve_unless_somebody_objects_bears_silence_and_no_objections() {
    let mut silent = World::lapsing(&ByzantineConsensus::default(), 4, OnDeadline::Approve);
    for seconds in [10, 20, 29] {
        silent.tick(seconds);
        assert!(silent.is_open());
    }
    silent.tick(30);
    assert_eq!(silent.outcome().decision, Decision::Approved);
    let mut opposed = World::lapsing(&ByzantineConsensus::default(), 4, OnDeadline::Approve);
    opposed.all(1..=2, 1, Against);
    assert_eq!(opposed.outcome().decision, Decision::Rejected);
}

#[test]
fn a_machine_that_slept_through_the_deadline_does_not_approve() {
    let mut world = four();
    world.all(1..=4, 1, For);
    world.now = after(3_600);
    let late = world.say(&agent(1), 2, For);
    assert!(matches!(late, Err(VoteError::Late { by, .. }) if by == Duration::from_secs(3_570)), "{late:?}");
    assert_eq!(world.outcome().decision, Decision::Rejected);
    assert_eq!(world.requests.len(), 2, "nobody is asked in a round that is over");
}

#[test]
fn two_ballots_in_one_round_take_a_voter_out_with_both_kept() {
    let mut world = four();
    world.say(&agent(1), 1, For).unwrap();
    let told = world.say(&agent(1), 1, Against);
    let Err(VoteError::Conflicting(evidence)) = told else { panic!("{told:?}") };
    assert_eq!(evidence.kind, Contradiction::DoubleBallot);
    assert_eq!((evidence.first.choice, evidence.second.choice), (For, Against));
    assert_eq!(world.evidence, std::slice::from_ref(&evidence));
    for round in 1..=3 {
        world.all(2..=4, round, For);
        if world.is_open() {
            // It may say what it likes now.
            let told = world.say(&agent(1), round, For);
            assert!(matches!(told, Err(VoteError::Conflicting(_)) | Ok(_)), "{told:?}");
        }
    }
    let outcome = world.outcome();
    assert_eq!((outcome.decision, outcome.votes_for), (Decision::Approved, 3));
    assert_eq!(outcome.evidence, [(*evidence).clone()]);
    assert_eq!(world.told("unstable"), json!(["agent-1"]));
}

#[test]
fn another_reason_in_the_same_round_is_refused_and_takes_nobody_out() {
    let byzantine = ByzantineConsensus::default();
    let mut world = World::of(&byzantine, 4);
    let ballot = world.ballot(&agent(1), 1, For);
    world.cast(ballot.clone()).unwrap();
    assert!(matches!(world.cast(ballot.because("on second thought")), Err(VoteError::Conflicting(_))));
    for round in 1..=3 {
        world.all(1..=3, round, For);
        let _ = world.say(&agent(4), round, Against);
    }
    assert_eq!(world.outcome().votes_for, 3);
    assert_eq!(world.told("unstable"), json!([]));
    assert!(byzantine.detected_malicious().is_empty());
}

#[test]
fn a_thousand_contradictions_of_one_voter_are_kept_once() {
    let byzantine = ByzantineConsensus::default();
    let mut world = World::of(&byzantine, 4);
    world.say(&agent(1), 1, For).unwrap();
    for number in 0..1_000 {
        let ballot = world.ballot(&agent(1), 1, Against).because(number.to_string());
        assert!(matches!(world.cast(ballot), Err(VoteError::Conflicting(_))));
    }
    assert_eq!(world.evidence.len(), 1);
    assert_eq!(world.record.len(), 4, "opened, the ballot, what contradicts it, and the evidence");
    assert_eq!(byzantine.detected_malicious()[&agent(1)].len(), 1);
}

#[test]
fn who_goes_back_to_the_first_word_stays_out() {
    let mut world = four();
    world.all(1..=4, 1, For);
    world.say(&agent(4), 2, Against).unwrap_err();
    assert!(matches!(world.say(&agent(4), 2, For), Err(VoteError::Conflicting(_))));
    world.all(1..=3, 2, For);
    assert!(matches!(world.say(&agent(4), 3, For), Err(VoteError::Conflicting(_))));
    world.all(1..=3, 3, For);
    assert_eq!((world.outcome().votes_for, world.told("unstable")), (3, json!(["agent-4"])));
}

#[test]
fn more_that_stray_than_may_lie_are_no_safe_vote() {
    let mut world = four();
    world.all(1..=4, 1, For);
    world.all(3..=4, 2, Against);
    let outcome = world.outcome();
    assert_eq!((outcome.decision, outcome.basis), (Decision::Rejected, Basis::Votes));
    assert_eq!(world.told("byzantine_safe"), false);
}

#[test]
fn ballots_of_other_rounds_are_told_so() {
    let mut world = four();
    for round in [0, 2, 7] {
        let refused = world.say(&agent(1), round, For);
        assert!(matches!(refused, Err(VoteError::WrongRound { round: 1, got, .. }) if got == round), "{refused:?}");
    }
    world.all(1..=3, 1, For);
    world.now = after(12);
    let late = world.say(&agent(4), 1, For);
    assert!(matches!(late, Err(VoteError::Late { by, .. }) if by == Duration::from_secs(2)), "{late:?}");
    // It has missed a round, and with it the vote.
    let late = world.say(&agent(4), 2, For);
    assert!(matches!(late, Err(VoteError::Late { by, .. }) if by == Duration::from_secs(2)), "{late:?}");
    assert_eq!(world.say(&agent(1), 1, For).unwrap().taken, Taken::Again, "it had been counted");
    for round in 2..=3 {
        world.all(1..=3, round, For);
    }
    world.later(Duration::from_secs(1));
    assert!(matches!(world.say(&agent(4), 3, For), Err(VoteError::Closed { .. })));
    assert_eq!(world.say(&agent(2), 3, For).unwrap().decided, Some(Decision::Approved));
    assert!(matches!(world.say(&agent(2), 3, Against), Err(VoteError::Conflicting(_))), "seen after the end, too");
}

#[test]
fn strangers_and_ballots_for_something_else_do_not_count() {
    let mut world = four();
    assert!(matches!(world.say(&agent(5), 1, For), Err(VoteError::NotEligible { .. })));
    let mut ballot = world.ballot(&agent(1), 1, For);
    ballot.instance = moai_core::value!("another vote").digest();
    assert!(matches!(world.cast(ballot), Err(VoteError::WrongElectorate { .. })));
}

#[test]
fn an_answer_that_is_no_ballot_loses_its_voter_for_good() {
    let mut world = four();
    let failed = |round| Input::Failed { voter: agent(4), round, cause: "no JSON".into() };
    world.all(4..=4, 1, For);
    world.give(failed(1)).unwrap().unwrap();
    world.all(1..=3, 1, For);
    assert_eq!(world.round(), 2, "who has answered a round has answered it");
    world.give(failed(1)).unwrap().unwrap();
    world.give(failed(2)).unwrap().unwrap();
    assert!(matches!(world.say(&agent(4), 2, For), Err(VoteError::Spent { .. })));
    for round in 2..=3 {
        world.all(1..=3, round, For);
    }
    assert_eq!((world.outcome().votes_for, world.outcome().invalid.len()), (3, 1));
    for empty in ["silent", "unstable", "dissenting"] {
        assert_eq!(world.told(empty), json!([]), "{empty}");
    }
}

#[test]
fn unsigned_evidence_from_elsewhere_takes_nobody_out() {
    let byzantine = ByzantineConsensus::default();
    let mut world = World::of(&byzantine, 4);
    let (yes, no) = (world.ballot(&agent(1), 1, For), world.ballot(&agent(1), 1, Against));
    let made_up = Arc::new(moai_consensus::Evidence::of(&yes, &no).unwrap());
    world.give(Input::Evidence(made_up)).unwrap().unwrap();
    for round in 1..=3 {
        world.all(1..=3, round, For);
        let _ = world.say(&agent(4), round, Against);
    }
    assert_eq!((world.outcome().votes_for, world.told("unstable")), (3, json!([])));
    assert_eq!(world.outcome().evidence.len(), 1);
    assert!(byzantine.detected_malicious().is_empty());
}

#[test]
fn cancelling_breaking_and_a_veto_end_it_in_any_round() {
    let ends = [
        (Input::Cancel { reason: "changed our mind".into() }, Basis::Cancelled),
        (Input::Broken { why: "no network".into() }, Basis::Error),
    ];
    for (end, basis) in ends {
        let mut world = four();
        world.all(1..=4, 1, For);
        assert_eq!(world.give(end), None);
        assert_eq!((world.outcome().decision, world.outcome().basis), (Decision::Rejected, basis));
        assert_eq!(world.released.len(), 4);
    }
    let electors = (1..=4).map(|number| {
        let elector = moai_consensus::Elector::new(agent(number));
        if number == 1 { elector.with_veto() } else { elector }
    });
    let mut world = World::among(&ByzantineConsensus::default(), moai_consensus::Electorate::new(electors).unwrap());
    let veto = |by| Input::Veto { by: agent(by), reason: "not on a Friday".into() };
    assert!(matches!(world.give(veto(2)), Some(Err(VoteError::NoVeto { .. }))));
    assert!(world.give(veto(1)).unwrap().is_ok());
    assert_eq!(world.outcome().basis, Basis::Vetoed);
    assert!(matches!(world.give(veto(1)), Some(Err(VoteError::Closed { .. }))));
}
