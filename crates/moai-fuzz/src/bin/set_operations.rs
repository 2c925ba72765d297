//! Three replicas of a set on any network.
#![no_main]

#[path = "../../../moai-crdt/tests/corpus/set_operations.rs"]
mod set_operations;

libfuzzer_sys::fuzz_target!(|data: &[u8]| set_operations::check(data));
