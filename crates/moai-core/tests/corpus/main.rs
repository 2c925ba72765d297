//! What the fuzzer found worth keeping, again as ordinary tests. The checks stand here, `moai-fuzz` only runs them.
#![cfg(feature = "ports")]

mod names;
#[path = "../../../moai-fuzz/corpus/replay.rs"]
mod replay;
mod value_canonical;
mod value_json;

#[test]
fn a_name_that_was_accepted_is_read_back_as_another() {
    replay::replay("names", names::check);
}

#[test]
fn canonical_bytes_that_were_accepted_are_not_the_canonical_ones() {
    replay::replay("value_canonical", value_canonical::check);
}

#[test]
fn json_that_was_accepted_is_read_back_as_something_else() {
    replay::replay("value_json", value_json::check);
}
