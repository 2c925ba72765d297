//! States, deltas and digests from any bytes.
#![no_main]

#[path = "../../../moai-crdt/tests/corpus/wire.rs"]
mod wire;

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::check(data));
