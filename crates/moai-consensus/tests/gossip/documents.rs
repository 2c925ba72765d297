//! What the documents show.

use moai_consensus::Decision;

use crate::{ballots, majority, ratio};

#[test]
fn the_example_of_twenty_agents_comes_out_otherwise_for_some_seed() {
    let ballots = ballots([15, 5, 0, 0]);
    let mut longest = 0;
    for seed in 0..20_000 {
        let gossip = majority(5, 7, seed);
        let decision = gossip.decide(&ballots, ratio("0.66")).unwrap();
        let run = &decision.run;
        assert_eq!(decision.decision(), Decision::Approved, "seed {seed}: {decision:?}");
        let last = (run.last.in_favour, run.last.against, run.last.abstained, run.last.silent);
        assert_eq!(last, (20, 0, 0, 0), "seed {seed}");
        assert_eq!(run.agreement(), ratio("1"), "seed {seed}");
        let rounds: Vec<u32> = run.rounds.iter().map(|round| round.round).collect();
        assert!((1..).zip(&rounds).all(|(due, round)| due == *round), "seed {seed}: {rounds:?}");
        let converged: Vec<usize> = (0..rounds.len()).filter(|at| run.rounds[*at].converged).collect();
        assert_eq!(converged, [rounds.len() - 1], "seed {seed}");
        longest = longest.max(run.rounds_completed());
    }
    assert!(longest <= 7, "{longest}");
}

#[test]
fn thirteen_of_twenty_pass_at_66_percent() {
    let ballots = ballots([13, 7, 0, 0]);
    let mut converged = 0;
    for seed in 0..2_000 {
        let decision = majority(5, 20, seed).decide(&ballots, ratio("0.66")).unwrap();
        assert!(!decision.passed && decision.decision() != Decision::Approved, "seed {seed}: {decision:?}");
        assert_eq!(decision.decision() == Decision::Rejected, decision.run.converged, "seed {seed}");
        converged += u32::from(decision.run.converged);
    }
    assert!(converged > 1_990, "{converged}");
}

#[test]
fn the_documents_find_their_keys_missing() {
    let decision = majority(5, 7, 1).decide(&ballots([15, 5, 0, 0]), ratio("0.66")).unwrap();
    let metadata = decision.run.metadata();
    let json = moai_core::Value::Map(metadata).to_json().unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let rounds = decision.run.rounds_completed();
    assert_eq!(json["rounds_completed"], rounds);
    assert_eq!(json["converged"], true);
    assert_eq!(json["agreement_ratio"], 1.0);
    assert_eq!(json["probabilistic"], false);
    assert_eq!(json["initial"]["in_favour"], 15);
    assert_eq!(json["last"]["in_favour"], 20);
    let history = json["round_history"].as_array().unwrap();
    assert_eq!(history.len(), rounds);
    assert_eq!(history[rounds - 1]["round"], rounds);
    assert_eq!(history[rounds - 1]["agreement_ratio"], 1.0);
    assert_eq!(history[rounds - 1]["converged"], true);
}

#[test]
fn a_decision_is_not_what_it_was_after_it_was_written_and_read() {
    let decision = majority(5, 7, 1).decide(&ballots([15, 5, 0, 0]), ratio("0.66")).unwrap();
    let json = serde_json::to_string(&decision).unwrap();
    assert_eq!(serde_json::from_str::<moai_consensus::GossipDecision>(&json).unwrap(), decision);
}
