//! Bugs by intention, and the kind of world that must find each: without such a list a simulator proves nothing.

/// Each bug that a build with `--cfg moai_planted` can have, and the lane that must catch it within a thousand seeds.
pub const PLANTED: &[(&str, &str)] = &[
    ("quorum_of_2f_plus_1", "one-shot"),
    ("finalizing_after_nullifying", "one-shot"),
    ("no_check_of_the_justification", "one-shot"),
    ("counting_a_voter_twice", "one-shot"),
    ("forgetting_the_journal", "one-shot"),
    ("refusing_a_reproposal_over_a_late_ballot", "one-shot"),
    ("a_verdict_that_is_not_recomputed", "one-shot"),
    ("votes_that_nobody_signed", "one-shot"),
    ("asking_the_voter_again", "one-shot"),
    ("voting_again_after_a_restart", "one-shot"),
    ("counting_a_proven_liar", "one-shot"),
    ("expiring_without_asking_all", "one-shot"),
    ("sending_before_persisting", "one-shot"),
    ("proposing_without_the_chain", "one-shot"),
    ("expiring_before_the_deadline", "one-shot"),
];
