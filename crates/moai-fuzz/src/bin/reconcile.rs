//! Messages of an exchange between two replicas, from any bytes.
#![no_main]

#[path = "../../../moai-sync/tests/corpus/reconcile.rs"]
mod reconcile;

libfuzzer_sys::fuzz_target!(|data: &[u8]| reconcile::check(data));
