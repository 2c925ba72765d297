//! What is written is read.

use moai_core::{Value, value};
use moai_crdt::{Document, Path, Schema};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use crate::{Doc, Writer, at, replica, stamp};

/// Any value, with empty maps and arrays at every level, and keys that need care in a path.
fn any_value() -> impl Strategy<Value = Value> {
    let key = prop_oneof![any::<String>(), "[ab/~*]{0,2}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter_map("finite", |float| Value::try_from(float).ok()),
        any::<String>().prop_map(Value::from),
        Just(value!([])),
        Just(value!({})),
    ];
    leaf.prop_recursive(5, 48, 5, move |inner| {
        prop_oneof![
            1 => vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => btree_map(key.clone(), inner, 0..5).prop_map(Value::from),
        ]
    })
}

/// Every place that a value's maps lead to.
fn places(value: &Value, path: &Path, found: &mut Vec<(Path, Value)>) {
    found.push((path.clone(), value.clone()));
    for (key, value) in value.as_map().into_iter().flatten() {
        places(value, &path.clone().then(key.as_str()), found);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_document_reads_otherwise_than_it_was_written(values in vec(any_value(), 1..4)) {
        let schema = Schema::new();
        let (mut here, mut there) = (Doc::default(), Doc::default());
        for value in &values {
            let delta = here.assign(replica(1), stamp(1), &Path::root(), value, &schema).unwrap();
            prop_assert_eq!(&here.to_value(), value);
            there.apply(&delta);
            prop_assert_eq!(&here, &there);
            let again = here.assign(replica(1), stamp(2), &Path::root(), value, &schema).unwrap();
            prop_assert!(again.is_empty(), "writing what is there writes nothing");
        }
        prop_assert!(here.conflicts().is_empty());
        let mut all = Vec::new();
        places(&here.to_value(), &Path::root(), &mut all);
        for (path, value) in all {
            prop_assert_eq!(here.get(&path), Some(value));
        }
    }

    #[test]
    fn a_whole_document_differs_from_its_leaves_written_one_by_one(value in any_value()) {
        let mut all = Vec::new();
        places(&value, &Path::root(), &mut all);
        let schema = Schema::new();
        let mut doc = Doc::default();
        for (path, value) in all {
            let value = if value.as_map().is_some() { value!({}) } else { value };
            let _ = doc.assign(replica(1), stamp(1), &path, &value, &schema).unwrap();
        }
        prop_assert_eq!(doc.to_value(), value);
    }

    #[test]
    fn a_wide_change_makes_another_document_elsewhere(before in any_value(), after in any_value(), lost in any::<bool>()) {
        let schema = Schema::new().set("/a").unwrap().set("/*/b").unwrap();
        let mut here = Doc::default();
        // What the schema does not take is refused, and then nothing at all may have changed.
        let mut there = Doc::default();
        for value in [before, after] {
            let old = here.clone();
            match here.assign(replica(1), stamp(1), &Path::root(), &value, &schema) {
                Ok(delta) if lost => {
                    let repair = here.delta_for(&there.digest());
                    prop_assert_eq!(repair.is_empty(), delta.is_empty());
                    there.apply(&repair);
                }
                Ok(delta) => { there.apply(&delta); }
                Err(_) => prop_assert_eq!(&old, &here),
            }
            prop_assert_eq!(&here, &there);
        }
    }
}

#[test]
fn an_empty_map_or_array_vanishes() {
    let mut doc = Writer::new(1, &Schema::new());
    assert!(doc.doc.is_empty());
    assert_eq!((doc.value(), doc.doc.get(&Path::root())), (Value::Null, None));
    for value in [value!({}), value!([]), value!({"a": {"b": {}}, "c": []}), Value::Null] {
        doc.write("", &value);
        assert_eq!(doc.value(), value);
        assert_eq!(doc.doc.get(&Path::root()), Some(value));
        assert!(!doc.doc.is_empty());
    }
    doc.remove("");
    assert!(doc.doc.is_empty());
}

#[test]
fn a_map_vanishes_with_its_last_field() {
    let mut doc = Writer::new(1, &Schema::new());
    doc.write("/a/b", &value!(1));
    doc.remove("/a/b");
    assert_eq!(doc.value(), value!({"a": {}}));
}

#[test]
fn a_set_vanishes_with_its_last_element() {
    let mut doc = Writer::new(1, &Schema::new().set("/s").unwrap());
    doc.insert("/s", 1);
    doc.take_out("/s", 1);
    assert_eq!(doc.value(), value!({"s": []}));
}

#[test]
fn a_map_within_a_register_cannot_be_read() {
    let mut doc = Writer::new(1, &Schema::new().register("/r").unwrap());
    doc.write("/r", &value!({"a": {"b": [1]}}));
    assert_eq!(doc.doc.get(&at("/r/a/b")), Some(value!([1])));
    assert_eq!(doc.doc.get(&at("/r/a/b/0")), None, "the items of an array have no place");
    assert_eq!(doc.doc.get(&at("/r/x")), None);
}

#[test]
fn debug_shows_order_of_history() {
    let mut doc = Writer::new(1, &Schema::new());
    for key in ["b", "c", "a"] {
        doc.write(&format!("/{key}"), &value!(1));
    }
    let document: &Document = &doc.doc;
    assert_eq!(format!("{document:?}"), format!("{:?}", value!({"a": 1, "b": 1, "c": 1})));
}
