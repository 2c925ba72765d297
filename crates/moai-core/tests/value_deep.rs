//! Whoever nests a value deep enough must not bring an agent down: no operation may use the stack for it.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use moai_core::{Array, InvalidInput, Limits, Map, Value, value};

const DEEP: usize = 1_000_000;

fn arrays(depth: usize, innermost: Value) -> Value {
    (0..depth).fold(innermost, |inner, _| Value::Array(Array::from([inner])))
}

/// Arrays and maps in turn, with something before and behind on each level.
fn mixed(depth: usize, innermost: Value) -> Value {
    (0..depth).fold(innermost, |inner, level| {
        if level % 2 == 0 { value!([1, inner, 2]) } else { value!({"a": 1, "b": inner, "c": 2}) }
    })
}

fn hash(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn stands_everything(value: Value, greater: Value, depth: usize) {
    let copy = value.clone();
    assert!(copy == value && copy != greater);
    assert!(copy.cmp(&value).is_eq());
    assert!(value.cmp(&greater).is_lt());
    assert!(greater.cmp(&value).is_gt());
    assert_eq!(hash(&copy), hash(&value));
    assert_ne!(hash(&copy), hash(&greater));
    assert_eq!(value.depth(), depth);
    assert!(format!("{value:?}").contains('…'));
    assert!(format!("{value:#?}").contains('…'));

    let bytes = value.to_canonical();
    assert_eq!(bytes.len(), value.canonical_len());
    assert_eq!(value.digest(), copy.digest());
    let endless = Limits { value_depth: usize::MAX, value_bytes: usize::MAX, ..Limits::default() };
    assert!(Value::from_canonical(&bytes, &endless).unwrap() == value);
    let usual = Limits { value_bytes: usize::MAX, ..Limits::default() };
    assert_eq!(
        Value::from_canonical(&bytes, &usual).unwrap_err(),
        InvalidInput::TooDeep { field: "value", limit: 32, got: 33 }
    );
    assert_eq!(
        value.check(&usual).unwrap_err(),
        InvalidInput::TooDeep { field: "value", limit: 32, got: depth as u64 }
    );

    let error = serde_json::to_string(&value).unwrap_err();
    assert_eq!(error.to_string(), "value is nested deeper than 128");
    #[cfg(feature = "json")]
    {
        let deep = InvalidInput::TooDeep { field: "value", limit: 128, got: depth as u64 };
        assert_eq!(value.to_json().unwrap_err(), deep);
        assert_eq!(serde_json::Value::try_from(copy).unwrap_err(), deep);
    }
}

#[test]
fn a_million_arrays() {
    stands_everything(arrays(DEEP, value!(1)), arrays(DEEP, value!(2)), DEEP);
}

#[test]
fn a_hundred_thousand_arrays_and_maps() {
    stands_everything(mixed(100_000, value!(1)), mixed(100_000, value!(2)), 100_000);
}

#[test]
fn parts_of_a_deep_value_are_dropped_and_compared_without_the_stack() {
    let deep = || arrays(100_000, Value::Null);
    let mut array = Array::from([deep(), deep()]);
    assert!(array == array.clone());
    drop(array.pop());
    drop(array.into_vec());

    let mut map = Map::from([("a".to_owned(), deep()), ("b".to_owned(), deep())]);
    assert!(map == map.clone());
    assert!(map.cmp(&map).is_eq());
    drop(map.insert("a", deep()));
    map.retain(|key, _| key != "a");
    map.clear();
    drop(value!({"a": [{"b": (deep())}]}).into_map());
}

trait IntoMap {
    fn into_map(self) -> Option<Map>;
}

impl IntoMap for Value {
    // A value can be matched by move.
    fn into_map(self) -> Option<Map> {
        match self {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }
}

#[test]
fn wide_and_deep_at_once() {
    let wide = (0..12).fold(Value::Null, |inner, _| Value::Array(Array::from([inner.clone(), inner.clone(), inner])));
    assert_eq!(wide.clone(), wide);
    assert_eq!(wide.depth(), 12);
}

#[cfg(feature = "json")]
mod json {
    use super::*;

    #[test]
    fn deep_text_is_refused_at_any_limit() {
        for open in ["[", "{\"a\":"] {
            let text = open.repeat(100_000);
            for value_depth in [0, 32, 128, 129, 1_000_000, usize::MAX] {
                let limits = Limits { value_depth, ..Limits::default() };
                let limit = value_depth.min(128) as u64;
                assert_eq!(
                    Value::from_json_within(&text, &limits).unwrap_err(),
                    InvalidInput::TooDeep { field: "value", limit, got: limit + 1 }
                );
            }
        }
    }

    #[test]
    fn a_deep_value_of_serde_json_is_taken_apart() {
        let deep = || (0..100_000).fold(serde_json::Value::Null, |inner, _| serde_json::Value::Array(vec![inner]));
        let pair = serde_json::json!([null, null]);
        let serde_json::Value::Array(mut items) = pair else { unreachable!() };
        items.fill_with(deep);
        let object =
            serde_json::Value::Object([("a".to_owned(), serde_json::Value::Array(items))].into_iter().collect());
        assert_eq!(
            Value::try_from(object).unwrap_err(),
            InvalidInput::TooDeep { field: "value", limit: 128, got: 100_002 }
        );
    }
}
