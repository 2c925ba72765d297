//! Majority dynamics, against a model, and what it does to a thin majority.

use moai_consensus::{Choice, Decision, GossipDraws, GossipDynamics, MajoritySwarm, Ratio};
use proptest::prelude::*;

use crate::{ABSTAIN, AGAINST, Ballots, FOR, any_ballots, ballots, majority, ratio};

/// A round, told as the documents tell it.
fn round(before: &Ballots, draws: GossipDraws, fanout: usize) -> Ballots {
    let step = |agent: usize| {
        let own = before[agent]?;
        let mut said = vec![own];
        said.extend(draws.peers(agent, before.len(), &mut vec![0; fanout]).iter().filter_map(|peer| before[*peer]));
        said.retain(|choice| *choice != Choice::Abstain);
        let votes = said.iter().filter(|choice| **choice == Choice::For).count();
        Some(match () {
            () if votes * 2 > said.len() => Choice::For,
            () if votes * 2 < said.len() => Choice::Against,
            () => own,
        })
    };
    (0..before.len()).map(step).collect()
}

proptest! {
    #[test]
    fn a_round_does_otherwise_than_the_documents_say(ballots in any_ballots(100), seed: u64, fanout in 1_usize..=10) {
        let swarm = MajoritySwarm::new(&ballots, fanout);
        let (mut state, mut model) = (swarm.start(), ballots.clone());
        for number in 1..=4 {
            let draws = GossipDraws::new(seed, number);
            model = round(&model, draws, fanout);
            let before = state.clone();
            swarm.step_range(&before, draws, 0..ballots.len(), &mut state);
            prop_assert_eq!(&state, &model);
        }
    }

    #[test]
    fn a_silent_agent_is_made_to_speak(ballots in any_ballots(100), seed: u64) {
        let run = majority(5, 7, seed).run(&ballots).unwrap();
        prop_assert_eq!(run.last.silent, run.initial.silent);
        prop_assert_eq!(run.last.members(), ballots.len() as u64);
    }

    #[test]
    fn an_agreement_at_the_share_ends_the_rounds(ballots in any_ballots(40), seed: u64) {
        let run = majority(2, 20, seed).run(&ballots).unwrap();
        for round in &run.rounds {
            let (agreeing, heard) = (round.counts.largest(), round.counts.heard());
            prop_assert_eq!(round.converged, agreeing == heard || agreeing * 20 > 19 * heard);
        }
    }
}

#[test]
fn a_thin_majority_that_is_overturned_turns_the_decision_too() {
    let ballots = ballots([11, 9, 0, 0]);
    let mut overturned = 0;
    for seed in 0..500 {
        let decision = majority(5, 20, seed).decide(&ballots, Ratio::HALF).unwrap();
        assert!(decision.passed && decision.decision() != Decision::Rejected, "seed {seed}");
        assert_eq!((decision.run.initial.in_favour, decision.run.initial.against), (11, 9));
        if decision.run.is_overturned() && decision.run.converged {
            assert_eq!((decision.run.last.in_favour, decision.run.last.against), (0, 20), "seed {seed}");
            assert_eq!(decision.decision(), Decision::Approved);
            overturned += 1;
        }
    }
    assert!((1..250).contains(&overturned), "{overturned}");
}

#[test]
fn those_who_abstain_hold_up_the_others() {
    let decision = majority(5, 20, 1).decide(&ballots([60, 5, 35, 0]), ratio("0.59")).unwrap();
    assert_eq!(decision.decision(), Decision::Approved);
    assert_eq!(decision.run.initial.abstained, 35);
    assert!(decision.run.last.in_favour > 95, "{:?}", decision.run.last);
}

#[test]
fn three_agents_that_all_see_each_other_need_more_than_a_round() {
    let run = majority(2, 7, 99).run(&[FOR, AGAINST, FOR]).unwrap();
    assert_eq!((run.rounds_completed(), run.last.in_favour), (1, 3));
    // Of two who took a side, one each: a tie, for ever.
    let run = majority(2, 7, 99).run(&[FOR, AGAINST, ABSTAIN]).unwrap();
    assert_eq!((run.rounds_completed(), run.last), (7, run.initial));
}
