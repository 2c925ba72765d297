//! Values from any bytes.
#![no_main]

#[path = "../../../moai-core/tests/corpus/value_canonical.rs"]
mod value_canonical;

libfuzzer_sys::fuzz_target!(|data: &[u8]| value_canonical::check(data));
