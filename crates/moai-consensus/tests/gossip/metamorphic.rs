//! What must not change when the question is put otherwise.

use moai_consensus::{Choice, GossipCounts, GossipMode, GossipRun};
use proptest::prelude::*;

use crate::{Ballots, any_ballots, epidemic, gossip};

const MODES: [GossipMode; 3] =
    [GossipMode::Epidemic, GossipMode::MajorityDynamics, GossipMode::Snowball { k: 5, alpha: 3, beta: 3 }];

fn mirrored(ballots: &Ballots) -> Ballots {
    let mirror = |choice| match choice {
        Choice::For => Choice::Against,
        Choice::Against => Choice::For,
        Choice::Abstain => Choice::Abstain,
    };
    ballots.iter().map(|ballot| ballot.map(mirror)).collect()
}

fn mirrored_counts(mut counts: GossipCounts) -> GossipCounts {
    std::mem::swap(&mut counts.in_favour, &mut counts.against);
    counts
}

fn history(run: &GossipRun) -> Vec<(moai_consensus::Ratio, bool)> {
    run.rounds.iter().map(|round| (round.agreement, round.converged)).collect()
}

proptest! {
    #[test]
    fn one_side_is_treated_otherwise_than_the_other(ballots in any_ballots(60), seed: u64) {
        for mode in MODES.into_iter().filter(|mode| !mode.is_probabilistic() || ballots.len() > 6) {
            let gossip = gossip(mode, 3, 10, seed);
            let (run, mirror) = (gossip.run(&ballots).unwrap(), gossip.run(&mirrored(&ballots)).unwrap());
            prop_assert_eq!(history(&run), history(&mirror));
            prop_assert_eq!(run.last, mirrored_counts(mirror.last));
        }
    }

    #[test]
    fn fewer_rounds_are_other_rounds(ballots in any_ballots(60), seed: u64, rounds in 3_u32..20) {
        for mode in MODES.into_iter().filter(|mode| !mode.is_probabilistic() || ballots.len() > 6) {
            let (short, long) = (gossip(mode, 2, rounds, seed), gossip(mode, 2, 20, seed));
            let (short, long) = (short.run(&ballots).unwrap(), long.run(&ballots).unwrap());
            prop_assert_eq!(&short.rounds[..], &long.rounds[..short.rounds.len()]);
        }
    }

    #[test]
    fn who_voted_what_changes_what_is_counted(
        (ballots, shuffled) in any_ballots(60).prop_flat_map(|ballots| (Just(ballots.clone()), Just(ballots).prop_shuffle())),
        seed: u64, part in 0_u64..=20,
    ) {
        let threshold = moai_consensus::Ratio::new(part, 20).unwrap();
        for mode in MODES.into_iter().filter(|mode| !mode.is_probabilistic() || ballots.len() > 6) {
            let decide = |ballots| gossip(mode, 3, 20, seed).decide(ballots, threshold).unwrap();
            let (one, other) = (decide(&ballots), decide(&shuffled));
            prop_assert_eq!((one.passed, one.run.initial), (other.passed, other.run.initial));
        }
    }

    #[test]
    fn what_is_voted_changes_how_ballots_spread(
        (ballots, shuffled) in any_ballots(60).prop_flat_map(|mut ballots| {
            ballots.retain(Option::is_some);
            (Just(ballots.clone()), Just(ballots).prop_shuffle())
        }),
        seed: u64,
    ) {
        // Where nobody is silent, the way of a ballot has nothing to do with what it says.
        prop_assert_eq!(epidemic(2, 20, seed).run(&ballots).unwrap(), epidemic(2, 20, seed).run(&shuffled).unwrap());
    }
}
