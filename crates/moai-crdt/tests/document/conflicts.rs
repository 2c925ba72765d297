//! What survives side by side is listed.

use moai_core::{Value, value};
use moai_crdt::{Schema, Shape};

use crate::{Writer, at, meet, stamp};

fn listed(doc: &Writer) -> Vec<(String, Vec<(Shape, Value)>)> {
    let conflicts = doc.doc.conflicts().into_iter();
    conflicts
        .map(|one| (one.path.to_string(), one.survivors.into_iter().map(|it| (it.shape, it.value)).collect()))
        .collect()
}

#[test]
fn a_value_that_lost_is_gone() {
    let schema = Schema::new();
    let (mut one, mut other) = (Writer::new(1, &schema), Writer::new(2, &schema));
    let _ = one.doc.assign(one.me, stamp(2), &at("/a/x"), &value!("later"), &schema).unwrap();
    let _ = other.doc.assign(other.me, stamp(1), &at("/a/x"), &value!("earlier"), &schema).unwrap();
    meet(&mut one, &mut other);
    let conflicts = one.doc.conflicts();
    assert_eq!(conflicts.len(), 1);
    assert_eq!(conflicts[0].path, at("/a/x"));
    let survivors: Vec<_> = conflicts[0].survivors.iter().map(|it| (it.value.clone(), it.written)).collect();
    let expected = [(value!("later"), Some((stamp(2), one.me))), (value!("earlier"), Some((stamp(1), other.me)))];
    assert_eq!(survivors, expected);
    one.write("/a/x", &value!("later"));
    assert!(one.doc.conflicts().is_empty(), "writing the value that is shown settles it too");
    meet(&mut one, &mut other);
    assert!(other.doc.conflicts().is_empty());
}

#[test]
fn equal_values_are_a_conflict() {
    let schema = Schema::new();
    let (mut one, mut other) = (Writer::new(1, &schema), Writer::new(2, &schema));
    one.write("/x", &value!([1]));
    other.write("/x", &value!([1]));
    meet(&mut one, &mut other);
    assert_eq!(listed(&one), []);
}

#[test]
fn hidden_shapes_are_not_listed() {
    let schema = Schema::new();
    let mut docs = [
        (Writer::new(1, &schema), value!(7)),
        (Writer::new(2, &Schema::new().counter("/x").unwrap()), value!(5)),
        (Writer::new(3, &Schema::new().set("/x").unwrap()), value!([2, 1])),
        (Writer::new(4, &schema), value!({"y": 1})),
        (Writer::new(5, &schema), value!({"y": 1, "z": {}})),
        (Writer::new(6, &schema), value!({"y": 2})),
    ];
    let mut all = Writer::new(7, &schema);
    for (doc, value) in &mut docs {
        doc.write("/x", value);
        meet(&mut all, &mut doc.clone());
    }
    let winner = if docs[5].0.me > docs[3].0.me.max(docs[4].0.me) { 2 } else { 1 };
    let map = value!({"y": winner, "z": {}});
    assert_eq!(all.value(), value!({"x": (map.clone())}));
    let found = listed(&all);
    let survivors = vec![
        (Shape::Map, map),
        (Shape::Set, value!([1, 2])),
        (Shape::Counter, value!(5)),
        (Shape::Register, value!(7)),
    ];
    assert_eq!(found[0], ("/x".to_owned(), survivors));
    assert_eq!((found.len(), found[1].0.as_str(), found[1].1.len()), (2, "/x/y", 3));

    // A map is shown until all who wrote it took it back.
    for doc in &mut docs[3..] {
        doc.0.remove("/x");
        meet(&mut all, &mut doc.0);
    }
    assert_eq!(all.value(), value!({"x": [1, 2]}));
}

#[test]
fn conflicts_at_the_root_and_below_come_in_any_order() {
    let schema = Schema::new();
    let (mut one, mut other) = (Writer::new(1, &schema), Writer::new(2, &schema));
    one.write("", &value!({"b": 1, "a": {"c": 1}}));
    other.write("", &value!({"b": 2, "a": {"c": 2}}));
    let mut third = Writer::new(3, &schema);
    third.write("", &value!("all"));
    meet(&mut one, &mut other);
    meet(&mut one, &mut third);
    let places: Vec<_> = listed(&one).into_iter().map(|(path, _)| path).collect();
    assert_eq!(places, ["", "/a/c", "/b"]);
}
