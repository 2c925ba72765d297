//! A crash after any record: what was recorded, played again at its times, goes on to the same end.

use std::sync::Arc;

use moai_consensus::Choice::{Against, For};
use moai_consensus::{Algorithm, ByzantineConsensus, Decision, Entry, Input, Outcome};
use moai_core::Timestamp;

use crate::world::{World, after, agent, agents, opening};

/// What a manager gives to a session for a record.
fn again(entry: &Entry) -> Option<Input> {
    match entry.clone() {
        Entry::Ballot(ballot) => Some(Input::Ballot(ballot)),
        Entry::Invalid { round, invalid, .. } => {
            Some(Input::Failed { voter: invalid.voter, round, cause: invalid.cause })
        }
        Entry::Evidence(evidence) => Some(Input::Evidence(evidence)),
        _ => None,
    }
}

#[test]
fn a_crash_behind_any_record_goes_on_to_the_same_end() {
    let byzantine = ByzantineConsensus::new(1, 3).unwrap();
    let mut world = World::of(&byzantine, 8);
    // One is silent, one fails, one says two things in one round: five are left, which is Q of 8 with one liar.
    let mut inputs: Vec<(Timestamp, Input)> = Vec::new();
    let say = |inputs: &mut Vec<_>, seconds, ballot| inputs.push((after(seconds), Input::Ballot(Arc::new(ballot))));
    for voter in 1..=7 {
        say(&mut inputs, 1, world.ballot(&agent(voter), 1, For));
    }
    say(&mut inputs, 9, world.ballot(&agent(7), 1, Against));
    inputs.push((after(10), Input::Tick));
    for voter in 1..=5 {
        say(&mut inputs, 11, world.ballot(&agent(voter), 2, For));
    }
    inputs.push((after(12), Input::Failed { voter: agent(6), round: 2, cause: "no JSON".into() }));
    for voter in 1..=5 {
        say(&mut inputs, 13, world.ballot(&agent(voter), 3, For));
    }
    inputs.push((after(30), Input::Tick));
    for (time, input) in inputs.clone() {
        world.now = time;
        world.give(input);
    }
    let reference: Outcome = world.outcome().clone();
    assert_eq!((reference.decision, reference.votes_for), (Decision::Approved, 5), "{}", reference.why);
    assert_eq!((reference.silent.len(), reference.invalid.len(), reference.evidence.len()), (1, 1, 1));
    for crash in 1..world.record.len() {
        let mut session = ByzantineConsensus::new(1, 3).unwrap().open(opening(agents(8))).unwrap();
        session.handle(after(0), Input::Start);
        let recorded = &world.record[..crash];
        for (time, entry) in recorded {
            again(entry).into_iter().for_each(|input| drop(session.handle(*time, input)));
        }
        let last = recorded.last().unwrap().0;
        // What came after the crash comes, and what came before comes once more.
        for (time, input) in inputs.iter().filter(|(time, _)| *time >= last) {
            session.handle(*time, input.clone());
        }
        assert_eq!(session.outcome().map(|outcome| outcome.as_ref()), Some(&reference), "a crash behind {crash}");
    }
}
