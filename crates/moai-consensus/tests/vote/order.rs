//! The order in which ballots come.
//!
//! Where everybody answers, it changes neither what is decided, nor on what basis, nor the rule, the electorate and what
//! ballots are bound to. Who is still waited for when it is decided does depend on it, and with that the counts,
//! `participants`, `dissent`, `decided_at_vote`, `votes_saved` and the words of `why`. Where it is decided at the deadline
//! (everybody may change their mind till then) nothing at all depends on it.

use moai_consensus::{Algorithm, Choice, Outcome, QuorumAlgorithm, RuleAlgorithm, Threshold, UnanimousAlgorithm};
use proptest::prelude::*;

use crate::world::{World, agents, opening};

/// What each says; `None` is an answer that is no ballot.
fn run(algorithm: &dyn Algorithm, said: &[Option<Choice>], order: &[usize], changes_allowed: bool) -> Outcome {
    let mut asked = opening(agents(said.len()));
    asked.changes_allowed = changes_allowed;
    let mut world = World::open(algorithm, asked);
    for place in order {
        let name = format!("agent-{}", place + 1);
        let _ = match said[*place] {
            Some(choice) => world.say(&name, choice),
            None => world.fail(&name),
        };
    }
    if world.is_open() {
        world.tick(30);
    }
    world.outcome().clone()
}

fn algorithms() -> Vec<Box<dyn Algorithm>> {
    vec![
        Box::new(QuorumAlgorithm::new()),
        Box::new(QuorumAlgorithm::with_threshold(0.66).unwrap()),
        Box::new(UnanimousAlgorithm),
        Box::new(RuleAlgorithm::new(Threshold::MAJORITY.of_cast())),
        Box::new(RuleAlgorithm::new(Threshold::MAJORITY.of_expressed())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_order_of_the_same_answers_decides_the_same(
        answers in proptest::collection::vec((0_usize..4, any::<u32>(), any::<u32>()), 1..12),
    ) {
        let said: Vec<_> = answers.iter().map(|(choice, ..)| Choice::ALL.get(*choice).copied()).collect();
        let order = |key: fn(&(usize, u32, u32)) -> u32| {
            let mut order: Vec<usize> = (0..answers.len()).collect();
            order.sort_by_key(|place| key(&answers[*place]));
            order
        };
        let (one, other) = (order(|keys| keys.1), order(|keys| keys.2));
        for algorithm in algorithms() {
            let [left, right] = [&one, &other].map(|order| run(algorithm.as_ref(), &said, order, false));
            prop_assert_eq!(
                (left.decision, left.basis, &left.rule, left.instance, &left.electorate, left.threshold),
                (right.decision, right.basis, &right.rule, right.instance, &right.electorate, right.threshold)
            );
            // What is counted is true of what was said, however early it was decided.
            for outcome in [&left, &right] {
                let all = |wanted| said.iter().filter(|said| **said == Some(wanted)).count() as u64;
                prop_assert!(outcome.votes_for <= all(Choice::For) && outcome.votes_against <= all(Choice::Against));
                let counted = outcome.votes_for + outcome.votes_against + outcome.votes_abstain;
                prop_assert_eq!(counted, outcome.participants.len() as u64);
                prop_assert_eq!(counted + outcome.invalid.len() as u64 + outcome.votes_saved, said.len() as u64);
            }
            let [left, right] = [&one, &other].map(|order| run(algorithm.as_ref(), &said, order, true));
            prop_assert_eq!(left, right);
        }
    }
}
