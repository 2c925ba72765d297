//! Bugs by intention: the worlds find each of them within a thousand seeds. A bug that survives means that the worlds are too
//! weak. Two more are led to in `hasty_leader`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use moai_consensus::one_shot::plant;

use crate::worlds::run;

/// The first seed at which a world finds the bug.
fn found(name: &'static str) -> Option<u64> {
    plant(name);
    let found = (0..1_000).find(|seed| {
        let members = [4, 4, 7][(*seed % 3) as usize];
        catch_unwind(AssertUnwindSafe(|| run(*seed, members))).is_err()
    });
    plant("");
    found
}

#[test]
fn a_planted_bug_survives() {
    std::panic::set_hook(Box::new(|_| {}));
    let names = [
        "quorum_of_2f_plus_1",
        "finalizing_after_nullifying",
        "no_check_of_the_justification",
        "counting_a_voter_twice",
        "forgetting_the_journal",
        "refusing_a_reproposal_over_a_late_ballot",
        "a_verdict_that_is_not_recomputed",
        "votes_that_nobody_signed",
        "asking_the_voter_again",
        "voting_again_after_a_restart",
        "counting_a_proven_liar",
        "expiring_without_asking_all",
        "sending_before_persisting",
    ];
    assert_eq!(found(""), None, "a world without a bug fails");
    let all: Vec<_> = names.map(|name| (name, found(name))).to_vec();
    let _ = std::panic::take_hook();
    for (name, seed) in &all {
        println!("{name}: seed {seed:?}");
    }
    let survivors: Vec<_> = all.iter().filter(|(_, seed)| seed.is_none()).map(|(name, _)| name).collect();
    assert!(survivors.is_empty(), "survived: {survivors:?}");
}
