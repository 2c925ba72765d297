//! Snowball: it converges, and says what it is.

use moai_consensus::{Decision, GossipMode, Ratio, SnowballAgent};

use crate::{ABSTAIN, AGAINST, FOR, ballots, gossip, ratio};

const SNOWBALL: GossipMode = GossipMode::Snowball { k: 20, alpha: 14, beta: 5 };

#[test]
fn a_thousand_agents_with_a_clear_majority_do_not_come_to_agree() {
    for seed in 0..10 {
        let decision = gossip(SNOWBALL, 3, 20, seed).decide(&ballots([750, 250, 0, 0]), ratio("0.66")).unwrap();
        assert_eq!(decision.decision(), Decision::Approved, "seed {seed}: {:?}", decision.run.rounds);
        assert!(decision.run.probabilistic && decision.run.warning.is_none());
        assert_eq!(decision.run.last.in_favour, 1_000, "seed {seed}");
    }
}

#[test]
fn an_exact_mode_says_that_it_is_probabilistic() {
    for mode in [GossipMode::Epidemic, GossipMode::MajorityDynamics] {
        assert!(!gossip(mode, 3, 20, 1).run(&ballots([75, 25, 0, 0])).unwrap().probabilistic);
    }
}

#[test]
fn agents_that_are_not_sure_have_converged() {
    // All say the same from the first round on; sure they are after five.
    let run = gossip(SNOWBALL, 3, 20, 1).run(&ballots([100, 0, 0, 0])).unwrap();
    assert_eq!(run.rounds_completed(), 5);
    assert!(run.rounds[..4].iter().all(|round| round.agreement == Ratio::ZERO && !round.converged));
}

#[test]
fn an_agent_that_is_sure_can_be_talked_over() {
    let sure = SnowballAgent::new(FOR).step(2, 1, [FOR, FOR]);
    assert_eq!(sure.sure_of(), FOR);
    assert_eq!(sure.step(2, 1, [AGAINST, AGAINST]), sure);
}

#[test]
fn one_sample_outweighs_several() {
    let twice = SnowballAgent::new(AGAINST).step(2, 9, [FOR, FOR]).step(2, 9, [FOR, FOR]);
    let after = |agent: SnowballAgent, times: usize| {
        (0..times).fold(agent, |agent, _| agent.step(2, 9, [AGAINST, AGAINST])).says()
    };
    assert_eq!([1, 2, 3].map(|times| after(twice, times)), [FOR, FOR, AGAINST]);
}

#[test]
fn a_failure_in_between_does_not_end_the_row() {
    let agent = SnowballAgent::new(FOR).step(2, 2, [FOR, FOR]).step(2, 2, [FOR, AGAINST]).step(2, 2, [FOR, FOR]);
    assert_eq!(agent.sure_of(), None);
    assert_eq!(agent.step(2, 2, [FOR, FOR]).sure_of(), FOR);
}

#[test]
fn an_agent_without_a_side_gets_none_and_a_silent_one_gets_one() {
    assert_eq!(SnowballAgent::new(ABSTAIN).step(2, 9, [FOR, FOR]).says(), FOR);
    assert_eq!(SnowballAgent::new(ABSTAIN).step(2, 9, [FOR, ABSTAIN]).says(), ABSTAIN);
    assert_eq!(SnowballAgent::new(None).step(2, 1, [FOR, FOR]), SnowballAgent::new(None));
}
