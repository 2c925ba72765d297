//! Sets of dots under any operations.
#![no_main]

#[path = "../../../moai-crdt/tests/corpus/causal_context.rs"]
mod causal_context;

libfuzzer_sys::fuzz_target!(|data: &[u8]| causal_context::check(data));
