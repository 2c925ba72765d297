//! Assigning writes what differs, and no more.

use moai_core::{Value, value};
use moai_crdt::{Delta, Document, Schema};

use crate::{Writer, meet};

/// Dots made and killed.
fn dots(delta: &Delta<Document>) -> u128 {
    delta.dots().len()
}

#[test]
fn an_unchanged_leaf_is_written_again() {
    let mut doc = Writer::new(1, &Schema::new());
    let before = value!({"a": 1, "b": {"c": "x", "d": [1, 2]}, "e": {"f": null}});
    assert_eq!(dots(&doc.write("", &before)), 7, "three maps, four leaves");
    let after = value!({"a": 1, "b": {"c": "y", "d": [1, 2]}, "e": {"f": null}});
    assert_eq!(dots(&doc.write("", &after)), 2, "one made, one killed");
    assert_eq!(dots(&doc.write("/b/c", &value!("z"))), 2);
    assert_eq!(dots(&doc.write("/b/c", &value!("z"))), 0);
    let fewer = value!({"a": 1, "b": {"c": "z", "d": [1, 2]}});
    assert_eq!(dots(&doc.write("", &fewer)), 2, "a map and its leaf are killed, nothing is made");
    assert_eq!(dots(&doc.write("/g/h", &value!(true))), 2, "a new map with a leaf");
}

#[test]
fn a_set_is_written_whole() {
    let mut doc = Writer::new(1, &Schema::new().set("/s").unwrap());
    assert_eq!(dots(&doc.write("/s", &value!([1, 2, 3, 1]))), 5, "two marks, three elements");
    assert_eq!(dots(&doc.write("/s", &value!([3, 2, 1]))), 0, "order and repetition do not count");
    assert_eq!(dots(&doc.write("/s", &value!([4, 3, 2]))), 2, "one made, one killed");
    assert_eq!(doc.value(), value!({"s": [2, 3, 4]}));
    assert_eq!(dots(&doc.take_out("/s", 9)), 0);
}

#[test]
fn a_change_of_type_leaves_the_old_one() {
    let schema = Schema::new().set("/x/set").unwrap().counter("/x/count").unwrap();
    let mut doc = Writer::new(1, &schema);
    let values = [
        value!({"x": {"set": [1], "count": 3, "deep": {"a": {}}}}),
        value!({"x": 7}),
        value!({"x": {"set": []}}),
        value!({"x": {"count": 0}}),
        value!({"x": [1, 2]}),
        value!("root"),
        value!({}),
    ];
    for value in values {
        doc.write("", &value);
        assert_eq!(doc.value(), value);
        assert!(doc.doc.conflicts().is_empty());
        let live: u128 = doc.doc.digest().live().len();
        let fresh = dots(&Writer::new(2, &schema).write("", &value));
        assert_eq!(live, fresh, "nothing but this value is alive");
    }
}

#[test]
fn shapes_change_into_each_other_with_the_schema() {
    let values = [value!([1, 2]), value!(5), value!({"k": 1})];
    let schemas = [
        Schema::new().set("/x").unwrap(),
        Schema::new().counter("/x").unwrap(),
        Schema::new().map("/x").unwrap(),
        Schema::new(),
    ];
    for (before, first) in schemas.iter().zip(&values) {
        for (after, second) in schemas.iter().zip(&values).chain([(&schemas[3], &values[0]), (&schemas[3], &values[1])])
        {
            let mut doc = Writer::new(1, before);
            doc.write("/x", first);
            doc.schema = after.clone();
            doc.write("/x", second);
            assert_eq!(doc.value().get("x"), Some(second));
            assert!(doc.doc.conflicts().is_empty(), "{first:?} → {second:?}");
        }
    }
}

#[test]
fn a_settled_place_loses_both_sides() {
    // Both see 1 and 2 in a register, and each settles for another one, at the same time.
    let (mut one, mut other) = Writer::pair(&value!({}), &Schema::new());
    one.write("/x", &value!(1));
    other.write("/x", &value!(2));
    meet(&mut one, &mut other);
    one.write("/x", &value!(1));
    other.write("/x", &value!(2));
    assert!(one.doc.conflicts().is_empty() && other.doc.conflicts().is_empty());
    assert_ne!(meet(&mut one, &mut other), value!({}), "each killed what the other one kept");

    // The same with a map and a number.
    let (mut one, mut other) = Writer::pair(&value!({}), &Schema::new());
    one.write("/x", &value!({}));
    other.write("/x", &value!(2));
    meet(&mut one, &mut other);
    one.write("/x", &value!({}));
    other.write("/x", &value!(2));
    assert_eq!(other.value(), value!({"x": 2}));
    assert_eq!(meet(&mut one, &mut other), value!({"x": {}}));
    assert_eq!(one.doc.conflicts().len(), 1);
}

#[test]
fn a_refused_value_is_half_written() {
    let schema = Schema::new().counter("/z/c").unwrap();
    let mut doc = Writer::new(1, &schema);
    doc.write("", &value!({"a": 1, "z": {"c": 1}}));
    let before = doc.doc.clone();
    for refused in [value!({"a": 2, "z": {"c": "x"}}), value!({"z": {"c": 1.5}}), value!({"z": {"c": u64::MAX}})] {
        assert!(doc.assign("", &refused).is_err());
        assert_eq!(doc.doc, before);
        assert_eq!(doc.doc.seen(), before.seen(), "not even a dot was taken");
    }
}

#[test]
fn a_place_takes_more_memory_than_it_should() {
    // A register, its dot and stamp, and one pointer for all else.
    assert!(size_of::<Document>() <= size_of::<Value>() + 16 + 8 + 8, "{}", size_of::<Document>());
}
