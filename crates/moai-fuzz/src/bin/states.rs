//! States and messages of a synchronizer from any bytes.
#![no_main]

#[path = "../../../moai-sync/tests/corpus/states.rs"]
mod states;

libfuzzer_sys::fuzz_target!(|data: &[u8]| states::check(data));
