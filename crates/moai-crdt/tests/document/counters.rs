//! Counters in documents.

use moai_core::{Coded, Value, value};
use moai_crdt::{DocumentError, Schema};

use crate::{Writer, at, meet};

fn counters() -> Schema {
    Schema::new().counter("/n").unwrap()
}

#[test]
fn counting_at_the_same_time_is_lost() {
    let (mut one, mut other) = Writer::pair(&value!({"n": 10}), &counters());
    one.increment("/n", 5).unwrap();
    other.write("/n", &value!(7)); // three less
    assert_eq!(meet(&mut one, &mut other), value!({"n": 12}));
    assert!(one.doc.conflicts().is_empty());
    other.write("/n", &value!(0));
    assert_eq!(meet(&mut one, &mut other), value!({"n": 0}));
}

#[test]
fn a_counter_at_zero_vanishes() {
    let mut doc = Writer::new(1, &counters());
    doc.increment("/n", 0).unwrap();
    assert_eq!(doc.value(), value!({"n": 0}));
    assert!(doc.increment("/n", 0).unwrap().is_empty());
}

#[test]
fn a_counter_wraps() {
    for (edge, by) in [(i64::MAX, 1), (i64::MIN, -1)] {
        let mut doc = Writer::new(1, &counters());
        doc.increment("/n", edge - by).unwrap();
        doc.increment("/n", by).unwrap();
        assert_eq!(doc.value(), value!({"n": edge}));
        let before = doc.doc.clone();
        assert_eq!(doc.increment("/n", by).unwrap_err(), DocumentError::Overflow { path: at("/n") });
        assert_eq!(doc.doc, before);
        doc.increment("/n", -by).unwrap();
    }
    let mut doc = Writer::new(1, &counters());
    doc.write("/n", &value!(i64::MAX));
    let error = doc.assign("/n", &Value::from(u64::MAX)).unwrap_err();
    assert_eq!(error.code(), "crdt.overflow");
    assert_eq!(error.to_string(), r#"the counter "/n" would go beyond its range; nothing changed"#);
}

#[test]
fn one_replicas_share_of_a_counter_wraps() {
    let (mut one, mut other) = Writer::pair(&value!({"n": 0}), &counters());
    one.increment("/n", i64::MAX).unwrap();
    other.increment("/n", -10).unwrap();
    meet(&mut one, &mut other);
    // The sum has room for it, this replica's share of it has not.
    assert!(matches!(one.increment("/n", 1), Err(DocumentError::Overflow { .. })));
    other.increment("/n", 10).unwrap();
}

#[test]
fn a_counter_that_others_drove_beyond_its_range_is_stuck() {
    let (mut one, mut other) = Writer::pair(&value!({"n": 0}), &counters());
    one.increment("/n", i64::MAX).unwrap();
    other.increment("/n", 10).unwrap();
    assert_eq!(meet(&mut one, &mut other), value!({"n": i64::MAX}), "it reads as the nearest");
    assert!(one.increment("/n", 1).is_err() && other.increment("/n", 1).is_err());
    one.increment("/n", -3).unwrap();
    assert_eq!(one.value(), value!({"n": i64::MAX}), "still seven beyond");
    other.write("/n", &value!(5));
    assert_eq!(other.value(), value!({"n": 5}));
    assert_eq!(meet(&mut one, &mut other), value!({"n": 2}));
}

#[test]
fn a_removed_counter_keeps_on_counting() {
    let (mut one, mut other) = Writer::pair(&value!({"n": 10}), &counters());
    one.remove("/n");
    one.increment("/n", 1).unwrap();
    assert_eq!(one.value(), value!({"n": 1}));
    assert_eq!(meet(&mut one, &mut other), value!({"n": 1}));
}

#[test]
fn what_was_replaced_counts_twice_while_a_delta_is_lost() {
    let (mut one, mut other) = Writer::pair(&value!({"n": 0, "x": "first"}), &counters());
    for (by, text) in [(1, "second"), (10, "third"), (-9, "a value after a lost one")] {
        let _lost = one.increment("/n", by).unwrap();
        let _lost = one.write("/x", &value!(text));
        let counted = one.increment("/n", by).unwrap();
        let written = one.write("/x", &value!(format!("not {text}")));
        other.doc.apply(&counted);
        other.doc.apply(&written);
        assert_eq!(other.value(), one.value());
        assert!(other.doc.conflicts().is_empty());
    }
}
