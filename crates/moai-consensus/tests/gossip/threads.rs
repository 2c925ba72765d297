//! One thread and two come to the same, byte for byte.

use moai_consensus::{EpidemicSwarm, GossipDraws, GossipDynamics, MajoritySwarm, SnowballSwarm};

use crate::{Ballots, ballots};

/// Takes the rounds on two threads, the swarm cut at this agent, and returns the state after each.
#[expect(clippy::disallowed_methods, reason = "this is the caller whose choice it is")]
fn on_two_threads<D: GossipDynamics + Sync>(swarm: &D, rounds: u32, cut: usize) -> Vec<Vec<D::Cell>> {
    let mut states = vec![swarm.start()];
    for round in 1..=rounds {
        let before = &states[states.len() - 1];
        let mut after = before.clone();
        let (left, right) = after.split_at_mut(cut * swarm.width());
        let draws = GossipDraws::new(11, round);
        std::thread::scope(|scope| {
            scope.spawn(|| swarm.step_range(before, draws, cut..swarm.members(), right));
            scope.spawn(|| swarm.step_range(before, draws, 0..cut, left));
        });
        states.push(after);
    }
    states
}

/// Takes the rounds agent by agent, the last one first.
fn one_by_one<D: GossipDynamics>(swarm: &D, rounds: u32) -> Vec<Vec<D::Cell>> {
    let mut states = vec![swarm.start()];
    for round in 1..=rounds {
        let before = &states[states.len() - 1];
        let mut after = before.clone();
        for (agent, next) in after.chunks_mut(swarm.width()).enumerate().rev() {
            swarm.step_range(before, GossipDraws::new(11, round), agent..agent + 1, next);
        }
        states.push(after);
    }
    states
}

fn at_once<D: GossipDynamics>(swarm: &D, rounds: u32) -> Vec<Vec<D::Cell>> {
    let mut states = vec![swarm.start()];
    for round in 1..=rounds {
        let before = &states[states.len() - 1];
        let mut after = before.clone();
        swarm.step_range(before, GossipDraws::new(11, round), 0..swarm.members(), &mut after);
        states.push(after);
    }
    states
}

fn check<D: GossipDynamics + Sync>(swarm: &D) {
    let states = at_once(swarm, 4);
    assert_ne!(states[0], states[1], "nothing happened");
    for cut in [0, 1, swarm.members() / 3, swarm.members()] {
        assert!(on_two_threads(swarm, 4, cut) == states, "cut at {cut}");
    }
    assert!(one_by_one(swarm, 4) == states);
}

/// In no order, so that a part of the swarm is no side of its own.
fn mixed() -> Ballots {
    let ballots = ballots([140, 90, 10, 20]);
    (0..ballots.len()).map(|at| ballots[at * 77 % ballots.len()]).collect()
}

#[test]
fn two_threads_spread_other_ballots_than_one() {
    check(&EpidemicSwarm::new(&mixed(), 2));
}

#[test]
fn two_threads_find_another_majority_than_one() {
    check(&MajoritySwarm::new(&mixed(), 5));
}

#[test]
fn two_threads_roll_another_snowball_than_one() {
    check(&SnowballSwarm::new(&mixed(), 10, 6, 3));
}
