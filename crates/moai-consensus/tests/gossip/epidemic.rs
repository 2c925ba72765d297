//! Ballots that spread: against a model with sets, and against a count of all ballots.

use std::collections::BTreeSet;

use moai_consensus::{
    Any, Choice, Decision, Elector, Electorate, EpidemicSwarm, GossipCounts, GossipDraws, GossipDynamics, Not, Ratio,
    Rule, Threshold, Turnout, Unanimous, learn_ballots,
};
use moai_core::AgentId;
use proptest::prelude::*;

use crate::{Ballots, any_ballots, ballots, epidemic};

type Sets = Vec<BTreeSet<usize>>;

/// A round, told with sets: whoever draws somebody, both have all that either had.
fn round(before: &Sets, ballots: &Ballots, draws: GossipDraws, fanout: usize) -> Sets {
    let mut after = before.clone();
    for agent in 0..ballots.len() {
        for &peer in draws.peers(agent, ballots.len(), &mut vec![0; fanout]) {
            if ballots[agent].is_some() && ballots[peer].is_some() {
                after[agent].extend(&before[peer]);
                after[peer].extend(&before[agent]);
            }
        }
    }
    after
}

fn sets(state: &[u64], width: usize) -> Sets {
    let bits = |row: &[u64]| (0..row.len() * 64).filter(|at| row[at / 64] >> (at % 64) & 1 == 1).collect();
    state.chunks(width).map(bits).collect()
}

proptest! {
    #[test]
    fn bits_spread_otherwise_than_sets(ballots in any_ballots(80), seed: u64, fanout in 1_usize..=4) {
        let swarm = EpidemicSwarm::new(&ballots, fanout);
        let mut state = swarm.start();
        let mut model: Sets =
            ballots.iter().enumerate().map(|(at, ballot)| ballot.map(|_| at).into_iter().collect()).collect();
        for number in 1..=4 {
            let draws = GossipDraws::new(seed, number);
            model = round(&model, &ballots, draws, fanout);
            let mut next = vec![u64::MAX; state.len()];
            swarm.step_range(&state, draws, 0..ballots.len(), &mut next);
            state = next;
            if !ballots.is_empty() {
                prop_assert_eq!(&sets(&state, swarm.width()), &model);
            }
            let heard: BTreeSet<usize> = (0..ballots.len()).filter(|at| ballots[*at].is_some()).collect();
            let agreeing = heard.iter().filter(|agent| model[**agent] == heard).count() as u64;
            prop_assert_eq!(swarm.survey(&state).agreeing, agreeing);
        }
    }

    #[test]
    fn a_converged_swarm_decides_otherwise_than_a_count_of_all_ballots(
        ballots in any_ballots(80), seed: u64, fanout in 1_u32..=10, part in 0_u64..=20,
    ) {
        let threshold = Ratio::new(part, 20).unwrap();
        let decision = epidemic(fanout, 20, seed).decide(&ballots, threshold).unwrap();
        let votes = ballots.iter().filter(|ballot| **ballot == Some(Choice::For)).count() as u64;
        let members = ballots.len() as u64;
        let passes = votes * 20 > part * members || part == 20 && votes == members && members > 0;
        prop_assert_eq!(decision.passed, passes);
        prop_assert_eq!(decision.decision() == Decision::Approved, passes && decision.run.converged);
        prop_assert_eq!(decision.decision() == Decision::Rejected, !passes && decision.run.converged);
        prop_assert_eq!(decision.run.last, GossipCounts::of(&ballots));
    }

    #[test]
    fn an_agent_of_a_converged_swarm_counts_otherwise_than_the_others(ballots in any_ballots(80), seed: u64) {
        let swarm = EpidemicSwarm::new(&ballots, 4);
        let mut state = swarm.start();
        for number in 1..=20 {
            let before = state.clone();
            swarm.step_range(&before, GossipDraws::new(seed, number), 0..ballots.len(), &mut state);
        }
        prop_assume!(swarm.survey(&state).agreeing == GossipCounts::of(&ballots).heard() && !ballots.is_empty());
        for (agent, known) in sets(&state, swarm.width()).into_iter().enumerate() {
            if ballots[agent].is_some() {
                let seen: Ballots = (0..ballots.len()).map(|at| ballots[at].filter(|_| known.contains(&at))).collect();
                prop_assert_eq!(GossipCounts::of(&seen), GossipCounts::of(&ballots));
            }
        }
    }

    #[test]
    fn a_rule_with_weights_is_held_against_other_ballots(
        ballots in any_ballots(60), weights in proptest::collection::vec(0_u64..10, 60), seed: u64, part in 1_u64..20,
    ) {
        let elector = |at: usize| Elector::new(AgentId::new(format!("agent-{at:03}")).unwrap()).weighing(weights[at]);
        let electorate = Electorate::new((0..ballots.len()).map(elector)).unwrap();
        let share = Ratio::new(part, 20).unwrap();
        let weight = |of: &dyn Fn(Option<Choice>) -> bool| -> u64 {
            ballots.iter().zip(&weights).filter(|(ballot, _)| of(**ballot)).map(|(_, weight)| weight).sum()
        };
        let heads = |of: &dyn Fn(Option<Choice>) -> bool| ballots.iter().filter(|ballot| of(**ballot)).count() as u64;
        let is_for = |ballot| ballot == Some(Choice::For);
        let is_cast = |ballot: Option<Choice>| ballot.is_some();
        let members = ballots.len() as u64;

        let heavy = weight(&is_cast) > 0 && weight(&is_for) * 20 > part * weight(&is_cast);
        let turnout = members > 0 && heads(&is_cast) * 20 >= part * members;
        let everybody = members > 0 && heads(&is_for) == members;
        let by_weight = || Threshold::more_than(share).unwrap().of_cast().by_weight();
        let rules: [(Box<dyn Rule>, bool); 5] = [
            (Box::new(by_weight()), heavy),
            (Box::new(Turnout::at_least(share).unwrap()), turnout),
            (Box::new(Unanimous), everybody),
            (Box::new(Not::new(by_weight().shared())), !heavy),
            (Box::new(Any::of([by_weight().shared(), Unanimous.shared()]).unwrap()), heavy || everybody),
        ];
        for (rule, passes) in rules {
            let decision = epidemic(5, 20, seed).decide_by(&electorate, &ballots, rule.as_ref()).unwrap();
            prop_assert_eq!(decision.passed, passes, "{}", rule.words());
        }
    }

    #[test]
    fn what_was_learned_depends_on_the_order(left: [u64; 3], middle: [u64; 3], right: [u64; 3]) {
        let learned = |order: [[u64; 3]; 3]| order.iter().fold([0; 3], |mut known, row| { learn_ballots(&mut known, row); known });
        prop_assert_eq!(learned([left, middle, right]), learned([right, left, middle]));
        prop_assert_eq!(learned([left, left, right]), learned([right, left, right]));
    }
}

#[test]
fn a_swarm_of_a_thousand_does_not_converge_within_the_default() {
    for seed in 0..3 {
        let decision = epidemic(3, 10, seed).decide(&ballots([501, 499, 0, 0]), Ratio::HALF).unwrap();
        assert_eq!(decision.decision(), Decision::Approved, "seed {seed}: {:?}", decision.run.rounds);
    }
}

#[test]
fn a_swarm_that_has_no_time_decides() {
    let decision = epidemic(1, 1, 1).decide(&ballots([100, 0, 0, 0]), Ratio::HALF).unwrap();
    assert!(
        decision.decision() == Decision::Timeout
            && decision.passed
            && decision.decision() != Decision::Approved
            && decision.decision() != Decision::Rejected
    );
}

#[test]
fn one_agent_without_every_ballot_is_left_behind() {
    let (nearly, mut seen) = (Ratio::new(19, 20).unwrap(), 0);
    for seed in 0..100 {
        for round in epidemic(2, 20, seed).run(&ballots([70, 30, 0, 0])).unwrap().rounds {
            assert_eq!(round.converged, round.agreement == Ratio::ONE, "seed {seed}");
            seen += u32::from(round.agreement > nearly && !round.converged);
        }
    }
    assert!(seen > 0, "no run came so near");
}
