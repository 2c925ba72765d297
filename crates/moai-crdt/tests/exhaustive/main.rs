//! Every history of so many steps: three replicas, two operations each, and the six directed merges. Six steps are
//! 12⁶ = 2,985,984 histories for each type; none is left out, and none is taken for another by symmetry.
//!
//! `cargo test` alone goes four steps far, 20,736 histories, so that it is quick; `cargo xtask test` and all that CI runs
//! set [`STEPS`] to five, and `cargo xtask test full` to six.
//!
//! What is held against each history, and a failure's report, stand in `explorer.rs`; the types and how to put in a
//! further one in `../subjects/mod.rs`.

mod explorer;
#[path = "../subjects/mod.rs"]
mod subjects;

use explorer::{CHOICES, explore};
use subjects::naive::{NaiveAddRemove, fault};
use subjects::*;

/// The variable that says how many steps are tried.
const STEPS: &str = "MOAI_HISTORY_STEPS";

/// An interpreter is some hundred times slower.
fn steps() -> u32 {
    let asked = std::env::var(STEPS).ok();
    let asked = asked.map(|steps| steps.parse().unwrap_or_else(|_| panic!("{STEPS} is `{steps}`, not a number")));
    asked.unwrap_or(if cfg!(miri) { 2 } else { 4 })
}

fn every_history_holds<S: Subject>() {
    let steps = steps();
    match explore::<S>(steps) {
        Ok(histories) => {
            assert_eq!(histories, (CHOICES as u64).pow(steps), "some histories were left out");
            println!("{histories} histories of {steps} steps");
        }
        Err(failure) => panic!("{failure}"),
    }
}

macro_rules! every_history {
    ($($name:ident: $subject:ident;)*) => {
        mod every_history_of {
            $(#[test]
            fn $name() {
                super::every_history_holds::<super::$subject>();
            })*
        }
    };
}
for_each_subject!(every_history);

/// The word that the report of the planted fault must hold.
fn caught<const FAULT: u8>(word: &str) {
    let failure = explore::<NaiveAddRemove<FAULT>>(4).expect_err("a planted fault goes unnoticed").to_string();
    assert!(failure.contains(word), "caught, but as something else: {failure}");
}

#[test]
fn a_plain_set_without_a_fault_passes() {
    let steps = if cfg!(miri) { 2 } else { 4 };
    assert_eq!(explore::<NaiveAddRemove<{ fault::NONE }>>(steps).map_err(|f| f.to_string()), Ok(12_u64.pow(steps)));
}

#[test]
fn a_merge_that_forgets_what_is_gone_is_caught() {
    caught::<{ fault::MERGE_FORGETS_KILLS }>("of merges shows");
}

#[test]
fn a_removal_that_is_forgotten_is_caught() {
    caught::<{ fault::REMOVAL_IS_FORGOTTEN }>("deltas give something else than the whole");
}

#[test]
fn a_merge_that_always_says_new_is_caught() {
    caught::<{ fault::MERGE_ALWAYS_SAYS_NEW }>("says");
}

#[test]
fn a_delta_that_forgets_what_it_killed_is_caught() {
    caught::<{ fault::DELTA_FORGETS_KILLS }>("deltas");
}

#[test]
fn a_delta_that_forgets_what_it_replaced_is_caught() {
    caught::<{ fault::DELTA_FORGETS_REPLACED }>("deltas");
}

#[test]
fn deltas_that_need_an_order_are_caught() {
    caught::<{ fault::DELTAS_ONLY_IN_ORDER }>("deltas");
}

#[test]
fn a_join_that_keeps_one_delta_is_caught() {
    caught::<{ fault::JOIN_KEEPS_ONE }>("joined");
}

#[test]
fn a_digest_that_misses_removals_is_caught() {
    caught::<{ fault::DIGEST_MISSES_REMOVALS }>("digest");
}

#[test]
fn a_set_that_drops_everything_is_caught() {
    caught::<{ fault::DROPS_EVERYTHING }>("specification");
}

/// It keeps every law: only the specification can tell.
#[test]
fn a_removal_that_wins_is_caught() {
    caught::<{ fault::REMOVAL_WINS }>("specification");
}
