//! Swarms of nobody, of one, of two; and such that say nothing.

use moai_consensus::{Decision, GossipMode, Ratio};

use crate::{AGAINST, FOR, ballots, epidemic, gossip, majority, ratio};

const EXACT: [GossipMode; 2] = [GossipMode::Epidemic, GossipMode::MajorityDynamics];

#[test]
fn an_empty_swarm_approves_or_never_ends() {
    for mode in EXACT {
        for threshold in ["0", "0.5", "1"] {
            let decision = gossip(mode, 5, 7, 1).decide(&[], ratio(threshold)).unwrap();
            assert_eq!(decision.decision(), Decision::Rejected, "{mode:?} {threshold}: {decision:?}");
            assert_eq!((decision.run.rounds_completed(), decision.run.agreement()), (1, Ratio::ONE));
        }
    }
}

#[test]
fn one_agent_waits_for_others() {
    for mode in EXACT {
        let decide = |ballot| gossip(mode, 10, 7, 1).decide(&[ballot], ratio("0.5")).unwrap();
        assert!(decide(FOR).decision() == Decision::Approved && decide(AGAINST).decision() == Decision::Rejected);
        assert_eq!(decide(FOR).run.rounds_completed(), 1);
        assert_eq!(decide(None).decision(), Decision::Rejected);
    }
}

#[test]
fn two_agents_that_contradict_each_other_change_sides() {
    // Each sees a tie and keeps its own.
    let run = majority(1, 7, 1).run(&[FOR, AGAINST]).unwrap();
    assert!(!run.converged);
    assert_eq!((run.last, run.rounds_completed()), (run.initial, 7));
    assert_eq!(majority(1, 7, 1).decide(&[FOR, AGAINST], ratio("0.4")).unwrap().decision(), Decision::Timeout);
    // A count of all ballots knows no tie.
    assert_eq!(epidemic(1, 7, 1).decide(&[FOR, AGAINST], ratio("0.4")).unwrap().decision(), Decision::Approved);
}

#[test]
fn a_swarm_that_is_silent_approves() {
    for mode in EXACT {
        let decision = gossip(mode, 5, 7, 1).decide(&ballots([0, 0, 0, 20]), ratio("0")).unwrap();
        assert_eq!(decision.decision(), Decision::Rejected);
        assert_eq!(decision.run.last.silent, 20);
    }
}

#[test]
fn a_swarm_that_abstains_approves() {
    for mode in EXACT {
        let decision = gossip(mode, 5, 7, 1).decide(&ballots([0, 0, 20, 0]), ratio("0")).unwrap();
        assert_eq!(decision.decision(), Decision::Rejected);
        assert_eq!(decision.run.last.abstained, 20);
    }
    let snowball = GossipMode::Snowball { k: 5, alpha: 3, beta: 2 };
    let decision = gossip(snowball, 5, 7, 1).decide(&ballots([0, 0, 20, 0]), ratio("0")).unwrap();
    assert_eq!(decision.decision(), Decision::Rejected);
}

#[test]
fn silence_is_consent() {
    for mode in EXACT {
        // 10 of 10 who are heard, of 20 members.
        let decide = |threshold| gossip(mode, 5, 20, 1).decide(&ballots([10, 0, 0, 10]), ratio(threshold)).unwrap();
        assert!(decide("0.5").decision() == Decision::Rejected && decide("0.49").decision() == Decision::Approved);
        assert_eq!((decide("0.5").run.last.silent, decide("0.5").run.last.in_favour), (10, 10));
    }
}

#[test]
fn a_threshold_of_one_passes_without_one_of_them() {
    for mode in EXACT {
        let decide = |counts| gossip(mode, 5, 20, 1).decide(&ballots(counts), Ratio::ONE).unwrap();
        assert_eq!(decide([20, 0, 0, 0]).decision(), Decision::Approved);
        assert!(!decide([19, 1, 0, 0]).passed && !decide([19, 0, 1, 0]).passed && !decide([19, 0, 0, 1]).passed);
    }
}
