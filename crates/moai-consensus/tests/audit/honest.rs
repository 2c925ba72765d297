//! Whatever happens in a vote, what is written of it holds.

use moai_consensus::{Algorithm, Choice, Input, OnDeadline, QuorumAlgorithm, UnanimousAlgorithm, WeightedAlgorithm};
use moai_core::{AlgorithmName, algorithm_name};
use proptest::prelude::*;

use crate::scribe::{Scribe, audit, byzantine, chained, gossip, id, opening, verified};

#[derive(Debug, Clone)]
enum Step {
    Say(usize, Choice, i32, bool),
    Fail(usize),
    Pass(i64),
    Veto(usize),
    Cancel,
    Break,
    Accuse(usize),
}

fn choice() -> impl Strategy<Value = Choice> {
    prop_oneof![4 => Just(Choice::For), 3 => Just(Choice::Against), 1 => Just(Choice::Abstain)]
}

fn step() -> impl Strategy<Value = Step> {
    // Agent 6 is a stranger, and the round is now and then another one.
    prop_oneof![
        24 => (1..=6_usize, choice(), prop_oneof![8 => Just(0), 1 => Just(-1), 1 => Just(1)], any::<bool>())
            .prop_map(|(who, choice, round, other)| Step::Say(who, choice, round, other)),
        2 => (1..=6_usize).prop_map(Step::Fail),
        3 => (1..12_i64).prop_map(Step::Pass),
        1 => (1..=6_usize).prop_map(Step::Veto),
        1 => Just(Step::Cancel),
        1 => Just(Step::Break),
        1 => (1..=5_usize).prop_map(Step::Accuse),
    ]
}

fn algorithms() -> [(AlgorithmName, Box<dyn Algorithm>); 5] {
    [
        (algorithm_name!("quorum"), Box::new(QuorumAlgorithm::new())),
        (algorithm_name!("weighted"), Box::new(WeightedAlgorithm::new())),
        (algorithm_name!("unanimous"), Box::new(UnanimousAlgorithm)),
        (algorithm_name!("byzantine"), Box::new(byzantine())),
        (algorithm_name!("gossip"), Box::new(gossip())),
    ]
}

fn take(scribe: &mut Scribe, step: Step) {
    match step {
        Step::Say(who, choice, round, other) => {
            let mut ballot = scribe.ballot(&format!("agent-{who}"), choice);
            ballot.round = ballot.round.saturating_add_signed(round).max(1);
            if other {
                ballot.reason = "as others think".into();
            }
            scribe.give(Input::Ballot(ballot.into()));
        }
        Step::Fail(who) => {
            let (voter, round) = (id(&format!("agent-{who}")), scribe.session.round());
            scribe.give(Input::Failed { voter, round, cause: "it crashed".into() });
        }
        Step::Pass(seconds) => scribe.tick(scribe.now.unix_micros() / 1_000_000 + seconds),
        Step::Veto(who) => {
            scribe.give(Input::Veto { by: id(&format!("agent-{who}")), reason: "not today".into() });
        }
        Step::Cancel => drop(scribe.give(Input::Cancel { reason: "no longer wanted".into() })),
        Step::Break => drop(scribe.give(Input::Broken { why: "the line is cut".into() })),
        Step::Accuse(who) => {
            let evidence = scribe.evidence(&format!("agent-{who}"));
            scribe.give(Input::Evidence(evidence.into()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn an_honest_vote_is_called_forged(
        which in 0..5_usize,
        policy in prop_oneof![
            Just(OnDeadline::Timeout), Just(OnDeadline::DecideByCast), Just(OnDeadline::Approve), Just(OnDeadline::Reject)
        ],
        changes in prop::bool::weighted(0.2),
        steps in prop::collection::vec(step(), 0..40),
        ends in any::<bool>(),
    ) {
        let (name, algorithm) = algorithms().into_iter().nth(which).unwrap();
        // Where ballots are confirmed round by round nobody may change their mind.
        let changes = changes && name.as_str() != "byzantine";
        let mut scribe = Scribe::lapsing(algorithm.as_ref(), opening("p", name, 5), policy, changes);
        steps.into_iter().for_each(|step| take(&mut scribe, step));
        if ends {
            scribe.tick(1_000);
        }
        let decided = scribe.session.outcome().is_some();
        let audited = verified(audit(), &chained(scribe.written)).map_err(|flawed| TestCaseError::fail(flawed.to_string()))?;
        prop_assert_eq!(audited.recomputed, u64::from(decided));
        prop_assert_eq!(audited.open.len(), usize::from(!decided));
        prop_assert!(audited.is_complete());
    }
}

#[test]
fn an_algorithm_that_is_not_known_is_called_verified() {
    let name = algorithm_name!("house-rule");
    let mut scribe = Scribe::open(&QuorumAlgorithm::new(), opening("p", name.clone(), 3));
    scribe.say("agent-1", Choice::For);
    scribe.say("agent-2", Choice::For);
    let audited = verified(audit(), &chained(scribe.written)).unwrap();
    assert_eq!((audited.recomputed, audited.not_recomputed.get(&name)), (0, Some(&1)));
    assert!(!audited.is_complete());
}

#[test]
fn settings_that_were_in_use_earlier_are_not_taken() {
    let earlier = || QuorumAlgorithm::with_threshold(0.66).unwrap();
    let mut scribe = Scribe::open(&earlier(), opening("p", algorithm_name!("quorum"), 3));
    for voter in ["agent-1", "agent-2", "agent-3"] {
        scribe.say(voter, Choice::For);
    }
    let records = chained(scribe.written);
    let refused = verified(audit(), &records).unwrap_err();
    assert_eq!((refused.seq, moai_core::Coded::code(&refused)), (2, "audit.instance"));
    let knows_both = audit().with_earlier(algorithm_name!("quorum"), earlier());
    assert_eq!(verified(knows_both, &records).unwrap().recomputed, 1);
}
