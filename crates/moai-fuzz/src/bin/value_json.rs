//! Values from any text.
#![no_main]

#[path = "../../../moai-core/tests/corpus/value_json.rs"]
mod value_json;

libfuzzer_sys::fuzz_target!(|data: &[u8]| value_json::check(data));
