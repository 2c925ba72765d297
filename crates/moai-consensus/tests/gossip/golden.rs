//! Runs of a fixed seed, as they were when they were written down: every later version must repeat them. A second
//! program, written from the documentation alone, came to the same.

use moai_consensus::{GossipMode, GossipRun};

use crate::{ballots, gossip};

/// For each round: in favour, against, abstained, and how many agreed as a share.
fn told(run: &GossipRun) -> Vec<String> {
    let round = |round: &moai_consensus::GossipRound| {
        let counts = round.counts;
        format!("{}: {}/{}/{} {}", round.round, counts.in_favour, counts.against, counts.abstained, round.agreement)
    };
    run.rounds.iter().map(round).collect()
}

fn run(mode: GossipMode, fanout: u32, counts: [usize; 4], seed: u64) -> Vec<String> {
    told(&gossip(mode, fanout, 12, seed).run(&ballots(counts)).unwrap())
}

#[test]
fn the_documents_example_takes_another_course() {
    assert_eq!(
        run(GossipMode::MajorityDynamics, 5, [15, 5, 0, 0], 30),
        ["1: 16/4/0 4/5", "2: 17/3/0 17/20", "3: 20/0/0 1"]
    );
}

#[test]
fn a_majority_of_a_thousand_takes_another_course() {
    assert_eq!(
        run(GossipMode::MajorityDynamics, 3, [520, 430, 30, 20], 2026),
        [
            "1: 563/415/2 563/980",
            "2: 593/387/0 593/980",
            "3: 639/341/0 639/980",
            "4: 705/275/0 141/196",
            "5: 795/185/0 159/196",
            "6: 890/90/0 89/98",
            "7: 951/29/0 951/980"
        ]
    );
}

#[test]
fn ballots_take_another_course() {
    assert_eq!(
        run(GossipMode::Epidemic, 3, [60, 25, 10, 5], 2026),
        ["1: 60/25/10 0", "2: 60/25/10 0", "3: 60/25/10 1/19", "4: 60/25/10 1"]
    );
}

#[test]
fn a_snowball_takes_another_course() {
    assert_eq!(
        run(GossipMode::Snowball { k: 10, alpha: 7, beta: 4 }, 3, [130, 60, 10, 0], 2026),
        ["1: 161/33/6 0", "2: 192/8/0 0", "3: 199/1/0 0", "4: 200/0/0 12/25", "5: 200/0/0 181/200", "6: 200/0/0 1"]
    );
}
