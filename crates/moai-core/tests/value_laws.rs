//! The laws of values, on any values.

use std::cmp::Ordering;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use moai_core::{Limits, Number, Value};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-3..3_i64).prop_map(Value::from),
        any::<f64>().prop_filter_map("finite", |float| Value::try_from(float).ok()),
        // Floats that are integers, or next to one.
        (any::<i64>(), -1..=1).prop_filter_map("finite", |(near, step)| {
            let float = near as f64;
            Value::try_from(if step < 0 {
                float.next_down()
            } else if step > 0 {
                float.next_up()
            } else {
                float
            })
            .ok()
        }),
        (-3..3_i8).prop_filter_map("finite", |small| Value::try_from(f64::from(small)).ok()),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![any::<String>(), "[ab]{0,2}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(text.clone(), inner, 0..6).prop_map(Value::from),
        ]
    })
}

/// Values of few sorts, so that equal ones and common beginnings are frequent.
fn similar() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![Just(Value::Null), (0..2_u8).prop_map(Value::from), "[ab]?".prop_map(Value::from)];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map("[ab]?", inner, 0..3).prop_map(Value::from),
        ]
    })
}

fn hash(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The documented order once more, by plain recursion.
fn order(one: &Value, other: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::Text(_) => 3,
        Value::Array(_) => 4,
        Value::Map(_) => 5,
    };
    match (one, other) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
        (Value::Array(a), Value::Array(b)) => {
            a.iter().zip(b.iter()).map(|(a, b)| order(a, b)).find(|o| o.is_ne()).unwrap_or(a.len().cmp(&b.len()))
        }
        (Value::Map(a), Value::Map(b)) => a
            .iter()
            .zip(b.iter())
            .map(|((k, a), (l, b))| k.cmp(l).then_with(|| order(a, b)))
            .find(|o| o.is_ne())
            .unwrap_or(a.len().cmp(&b.len())),
        _ => rank(one).cmp(&rank(other)),
    }
}

fn consistent(a: &Value, b: &Value) -> Result<(), TestCaseError> {
    prop_assert_eq!(a.cmp(b), order(a, b));
    prop_assert_eq!(a.cmp(b), b.cmp(a).reverse());
    prop_assert_eq!(a == b, a.cmp(b).is_eq());
    prop_assert_eq!(a == b, a.to_canonical() == b.to_canonical());
    prop_assert_eq!(a == b, a.digest() == b.digest());
    if a == b {
        prop_assert_eq!(hash(a), hash(b));
    }
    Ok(())
}

fn transitive(values: &mut [Value; 3]) -> Result<(), TestCaseError> {
    values.sort();
    let [a, b, c] = values;
    prop_assert!(a <= b && b <= c && a <= c);
    Ok(())
}

proptest! {
    #[test]
    fn what_is_encoded_decodes_to_the_same(value in value()) {
        let bytes = value.to_canonical();
        prop_assert_eq!(bytes.len(), value.canonical_len());
        prop_assert_eq!(Value::from_canonical(&bytes, &Limits::default()).unwrap(), value);
    }

    #[test]
    fn a_clone_is_equal(value in value()) {
        prop_assert_eq!(value.clone(), value);
    }

    #[test]
    fn order_equality_hash_and_bytes_agree(a in value(), b in value()) {
        consistent(&a, &b)?;
        consistent(&a, &a.clone())?;
    }

    #[test]
    fn order_equality_hash_and_bytes_agree_on_similar_values(a in similar(), b in similar()) {
        consistent(&a, &b)?;
    }

    #[test]
    fn order_is_transitive(mut values in [value(), value(), value()]) {
        transitive(&mut values)?;
    }

    #[test]
    fn order_is_transitive_on_similar_values(mut values in [similar(), similar(), similar()]) {
        transitive(&mut values)?;
    }

    #[test]
    fn order_is_transitive_on_numbers(mut values in [number(), number(), number()]) {
        transitive(&mut values)?;
        consistent(&values[0], &values[1])?;
    }

    #[test]
    fn numbers_print_and_read_back(value in number()) {
        let number = value.as_number().unwrap();
        prop_assert_eq!(number.to_string().parse::<Number>().unwrap(), number);
    }

    #[test]
    fn any_bytes_are_refused_or_canonical(bytes in vec(prop_oneof![0..12_u8, any::<u8>()], 0..40)) {
        if let Ok(value) = Value::from_canonical(&bytes, &Limits::default()) {
            prop_assert_eq!(value.to_canonical(), bytes);
        }
    }

    #[test]
    fn broken_bytes_are_refused_or_canonical(value in value(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = value.to_canonical();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(value) = Value::from_canonical(&bytes, &Limits::default()) {
            prop_assert_eq!(value.to_canonical(), bytes);
        }
    }
}

#[cfg(feature = "json")]
mod json {
    use super::*;

    proptest! {
        #[test]
        fn what_is_printed_reads_back(value in value()) {
            let text = value.to_json().unwrap();
            prop_assert_eq!(&Value::from_json(&text).unwrap(), &value);
            prop_assert_eq!(Value::from_json(&text).unwrap().to_json().unwrap(), text);
        }

        #[test]
        fn serde_json_reads_and_writes_the_same_values(value in value()) {
            prop_assert_eq!(&serde_json::from_str::<Value>(&value.to_json().unwrap()).unwrap(), &value);
            prop_assert_eq!(&Value::from_json(&serde_json::to_string(&value).unwrap()).unwrap(), &value);
            prop_assert_eq!(Value::try_from(serde_json::Value::try_from(value.clone()).unwrap()).unwrap(), value);
        }

        #[test]
        fn text_is_accepted_exactly_if_serde_json_accepts_it(
            parts in vec(prop_oneof![
                prop::sample::select(vec![
                    "[", "]", "{", "}", ",", ":", "\"", "\\", "\\u", "00e9", "d83d", "\\ude00", "\"a\"", "\"b\":",
                    "0", "1", "-", ".", "e", "E+", " ", "\n", "\u{c}", "null", "true", "false", "é", "\u{1}",
                ]).prop_map(String::from),
                any::<char>().prop_map(String::from),
            ], 0..12)
        ) {
            let text = parts.concat();
            let ours = Value::from_json(&text);
            match serde_json::from_str::<Value>(&text) {
                Ok(theirs) => prop_assert_eq!(ours.unwrap(), theirs),
                Err(_) => prop_assert!(ours.is_err(), "{}", text),
            }
        }
    }
}
