//! Canonical bytes that are accepted are the canonical bytes of what was read.

use moai_core::{Coded, Limits, Value};

pub(crate) fn check(data: &[u8]) {
    match Value::from_canonical(data, &Limits::default()) {
        Ok(value) => {
            assert_eq!(value.to_canonical(), data);
            assert_eq!(value.canonical_len(), data.len());
            assert_eq!(value.check(&Limits::default()), Ok(()));
            let json = value.to_json().unwrap();
            assert_eq!(Value::from_json(&json).unwrap(), value, "JSON text keeps the value");
        }
        Err(refused) => assert!(!refused.code().is_empty() && !refused.to_string().is_empty()),
    }
}
