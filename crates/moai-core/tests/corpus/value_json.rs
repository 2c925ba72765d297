//! JSON text that is accepted prints to text that is read back as the same value, and serde_json reads it alike.

use moai_core::{Coded, InvalidInput, Limits, Value};

pub(crate) fn check(data: &[u8]) {
    let limits = Limits { value_bytes: 4096, ..Limits::default() };
    let read = Value::from_json_slice_within(data, &limits);
    match &read {
        Ok(value) => {
            assert!(value.depth() <= limits.value_depth);
            let text = value.to_json().unwrap();
            let again = Value::from_json(&text).unwrap();
            assert_eq!(&again, value);
            assert_eq!(again.to_json().unwrap(), text, "one value has one text");
            assert_eq!(serde_json::from_slice::<Value>(data).unwrap(), *value, "another reader sees another value");
        }
        Err(refused) => assert!(!refused.code().is_empty() && !refused.to_string().is_empty()),
    }
    // Whatever else is JSON within the limits, as text and in canonical form, may not be refused; but for an integer out of range, which the other reader
    // rounds to a float.
    if data.len() <= limits.value_bytes
        && let Ok(value) = serde_json::from_slice::<Value>(data)
        && value.check(&limits).is_ok()
        && !matches!(read, Err(InvalidInput::OutOfRange { .. }))
    {
        assert_eq!(read, Ok(value), "refused, but another reader takes it");
    }
}
