//! One-shot agreement from any bytes, and an agent that hears them.
#![no_main]

#[path = "../../../moai-consensus/tests/corpus/one_shot.rs"]
mod one_shot;

libfuzzer_sys::fuzz_target!(|data: &[u8]| one_shot::check(data));
