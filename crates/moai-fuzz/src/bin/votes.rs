//! Messages and records of votes from any bytes.
#![no_main]

#[path = "../../../moai-consensus/tests/corpus/votes.rs"]
mod votes;

libfuzzer_sys::fuzz_target!(|data: &[u8]| votes::check(data));
