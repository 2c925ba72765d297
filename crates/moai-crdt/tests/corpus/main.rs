//! What the fuzzer found worth keeping, again as ordinary tests. The checks stand here, `moai-fuzz` only runs them.

mod causal_context;
#[path = "../../../moai-fuzz/corpus/replay.rs"]
mod replay;
mod set_operations;
mod wire;

#[test]
fn runs_of_dots_hold_another_set_than_the_dots_put_in() {
    replay::replay("causal_context", causal_context::check);
}

#[test]
fn replicas_of_a_set_differ_from_what_the_history_says() {
    replay::replay("set_operations", set_operations::check);
}

#[test]
fn bytes_from_a_stranger_break_what_takes_them_in() {
    replay::replay("wire", wire::check);
}
