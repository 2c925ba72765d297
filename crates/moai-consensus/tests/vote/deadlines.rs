//! What becomes of what is still open at its deadline.

use std::time::Duration;

use moai_consensus::Choice::{Abstain, Against, For};
use moai_consensus::{
    Algorithm, Basis, Decision, Entry, Input, OnDeadline, QuorumAlgorithm, UnanimousAlgorithm, VoteError,
};

use crate::world::{World, agents, at, id, with_veto};

#[test]
fn silence_times_out_whatever_the_rule() {
    for algorithm in [&QuorumAlgorithm::new() as &dyn Algorithm, &UnanimousAlgorithm] {
        let mut world = World::of(algorithm, agents(3));
        assert_eq!(world.armed, [at(30)]);
        world.say("agent-1", For).unwrap();
        world.tick(29);
        assert!(world.is_open());
        world.tick(30);
        let outcome = world.outcome();
        assert_eq!((outcome.decision, outcome.basis), (Decision::Timeout, Basis::Deadline));
        assert_eq!((outcome.silent.as_slice(), outcome.votes_saved), ([id("agent-2"), id("agent-3")].as_slice(), 0));
        assert_eq!(outcome.why, "still open: 1 of 3 answered");
    }
}

#[test]
fn each_policy_does_what_it_says_and_only_one_approves_in_silence() {
    let table = [
        (OnDeadline::Timeout, Decision::Timeout),
        (OnDeadline::Reject, Decision::Rejected),
        (OnDeadline::Approve, Decision::Approved),
        (OnDeadline::DecideByCast, Decision::Timeout),
    ];
    for (on_deadline, decision) in table {
        let mut world = World::lapsing(&QuorumAlgorithm::new(), agents(3), on_deadline);
        world.tick(30);
        assert_eq!((world.outcome().decision, world.outcome().basis), (decision, Basis::Deadline), "{on_deadline:?}");
    }
}

#[test]
fn those_who_voted_decide_by_the_rule_as_if_nobody_else_could_have() {
    let table: [(&[_], _); 5] = [
        (&[For], Decision::Approved),
        (&[For, For, Against], Decision::Approved),
        (&[For, Against], Decision::Rejected),
        (&[For, Abstain], Decision::Rejected),
        (&[Abstain], Decision::Rejected),
    ];
    for (said, decision) in table {
        let mut world = World::lapsing(&QuorumAlgorithm::new(), agents(10), OnDeadline::DecideByCast);
        for (number, choice) in said.iter().enumerate() {
            world.say(&format!("agent-{}", number + 1), *choice).unwrap();
        }
        world.tick(30);
        let outcome = world.outcome();
        assert_eq!((outcome.decision, outcome.basis), (decision, Basis::Deadline), "{said:?}");
        assert!(outcome.why.starts_with("of those who voted: "), "{}", outcome.why);
        assert_eq!(outcome.electorate.len(), 10, "who could vote is not rewritten");
    }
}

#[test]
fn a_vote_that_is_late_is_told_by_how_much_and_kept() {
    let mut world = World::of(&QuorumAlgorithm::new(), agents(3));
    world.now = at(31);
    let ballot = world.ballot("agent-1", For);
    // The clock has not rung: the vote itself finds that it is over.
    let late = world.cast(ballot.clone());
    assert!(matches!(late, Err(VoteError::Late { by, .. }) if by == Duration::from_secs(1)), "{late:?}");
    assert_eq!(world.outcome().decision, Decision::Timeout);
    assert_eq!(world.record.last(), Some(&Entry::Late(ballot.into())));
    world.now = at(30);
    let late = world.say("agent-2", For);
    assert!(matches!(late, Err(VoteError::Late { by, .. }) if by == Duration::ZERO), "at the deadline it is over");
}

#[test]
fn a_veto_behind_the_deadline_changes_nothing_though_the_clock_has_not_rung() {
    let mut world = World::lapsing(&QuorumAlgorithm::new(), with_veto(&["a", "person"], "person"), OnDeadline::Approve);
    world.now = at(30);
    let veto = world.give(Input::Veto { by: id("person"), reason: "too late".into() });
    assert!(matches!(veto, Some(Err(VoteError::Closed { .. }))), "{veto:?}");
    assert_eq!(world.outcome().decision, Decision::Approved);
}
