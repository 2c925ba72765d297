//! Names, keys, moments and journal heads from any text.
#![no_main]

#[path = "../../../moai-core/tests/corpus/names.rs"]
mod names;

libfuzzer_sys::fuzz_target!(|data: &[u8]| names::check(data));
