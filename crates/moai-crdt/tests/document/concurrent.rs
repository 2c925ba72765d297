//! What is written at the same time.

use moai_core::value;
use moai_crdt::{Change, Merge, OrMap, Path, Schema};

use crate::{Writer, at, meet, replica, stamp};

#[test]
fn maps_made_at_the_same_time_hide_each_other() {
    let schema = Schema::new();
    let (mut one, mut other) = (Writer::new(1, &schema), Writer::new(2, &schema));
    one.write("/a/b/x", &value!(1));
    other.write("", &value!({"a": {"b": {"y": 2}, "c": {}}}));
    assert_eq!(meet(&mut one, &mut other), value!({"a": {"b": {"x": 1, "y": 2}, "c": {}}}));
    assert!(one.doc.conflicts().is_empty());
}

#[test]
fn a_field_is_lost_when_its_map_is_removed_by_one_who_has_not_seen_it() {
    let (mut one, mut other) = Writer::pair(&value!({"a": {"old": 1, "deep": {"x": 1}}}), &Schema::new());
    one.remove("/a");
    other.write("/a/deep/y", &value!(2));
    assert_eq!(meet(&mut one, &mut other), value!({"a": {"deep": {"y": 2}}}));
}

#[test]
fn a_field_is_lost_when_its_map_is_replaced_by_a_number() {
    let (mut one, mut other) = Writer::pair(&value!({"a": {"old": 1}}), &Schema::new());
    one.write("/a", &value!(5));
    other.write("/a/new", &value!(2));
    assert_eq!(meet(&mut one, &mut other), value!({"a": {"new": 2}}));
    assert_eq!(one.doc.conflicts().len(), 1);
    // Writing under it leaves the number; writing the place itself settles it.
    one.write("/a/newer", &value!(3));
    assert_eq!(one.doc.conflicts().len(), 1);
    one.write("/a", &value!({"new": 2}));
    assert_eq!(meet(&mut one, &mut other), value!({"a": {"new": 2}}));
    assert!(other.doc.conflicts().is_empty());
}

#[test]
fn removing_the_last_two_fields_at_the_same_time_removes_the_map() {
    let (mut one, mut other) = Writer::pair(&value!({"a": {"x": 1, "y": 2}}), &Schema::new());
    one.remove("/a/x");
    other.remove("/a/y");
    assert_eq!(meet(&mut one, &mut other), value!({"a": {}}));
}

#[test]
fn a_map_that_came_back_vanishes_with_its_field() {
    let (mut one, mut other) = Writer::pair(&value!({"a": {"x": 1}}), &Schema::new());
    one.remove("/a");
    other.write("/a/y", &value!(2));
    meet(&mut one, &mut other);
    one.remove("/a/y");
    assert_eq!(meet(&mut one, &mut other), value!({"a": {}}));
}

#[test]
fn a_removal_does_not_arrive() {
    let (mut one, mut other) = Writer::pair(&value!({"a": {"x": 1}, "b": [1], "c": 1}), &Schema::new());
    other.doc.apply(&one.remove("/a"));
    other.doc.apply(&one.write("", &value!({"c": 1})));
    assert_eq!(other.value(), value!({"c": 1}));
    assert_eq!(one.doc, other.doc);
    assert!(one.remove("/nothing/there").is_empty());
}

#[test]
fn the_later_stamp_loses() {
    let schema = Schema::new();
    let (mut one, mut other) = (Writer::new(1, &schema), Writer::new(2, &schema));
    let _ = one.doc.assign(one.me, stamp(9), &at("/x"), &value!("later"), &schema).unwrap();
    let _ = other.doc.assign(other.me, stamp(8), &at("/x"), &value!("earlier"), &schema).unwrap();
    assert_eq!(meet(&mut one, &mut other), value!({"x": "later"}));
    // Whoever has seen it replaces it, whatever their clock says.
    let _ = other.doc.assign(other.me, stamp(1), &at("/x"), &value!("after"), &schema).unwrap();
    assert_eq!(meet(&mut one, &mut other), value!({"x": "after"}));
}

#[test]
fn equal_stamps_are_decided_by_who_merges() {
    let schema = Schema::new();
    let (mut one, mut other) = (Writer::new(1, &schema), Writer::new(2, &schema));
    one.write("/x", &value!("one"));
    other.write("/x", &value!("other"));
    let greater = if one.me > other.me { "one" } else { "other" };
    assert_eq!(meet(&mut one, &mut other), value!({"x": greater}));
}

#[test]
fn an_element_is_lost_to_a_removal_that_has_not_seen_it() {
    let (mut one, mut other) = Writer::pair(&value!({"s": [1, 2]}), &Schema::new().set("/s").unwrap());
    one.write("/s", &value!([]));
    other.insert("/s", 2);
    other.write("/s", &value!([1, 2, 3]));
    assert_eq!(meet(&mut one, &mut other), value!({"s": [2, 3]}), "an assign that names 1 again is no write");
}

#[test]
fn a_lost_delta_breaks_those_that_follow() {
    let (mut one, mut other) = Writer::pair(&value!({"a": {"x": 1}, "s": [1]}), &Schema::new().set("/s").unwrap());
    let deltas = [one.write("/a/x", &value!(2)), one.write("/s", &value!([2])), one.write("/a", &value!(1))];
    let [first, second, third] = deltas;
    // The last before the first, each twice, and one of them only as part of a batch.
    let mut batch = second.clone();
    batch.join(&first);
    for delta in [&third, &batch, &second, &third] {
        other.doc.apply(delta);
    }
    assert_eq!(one.doc, other.doc);
    assert!(!other.doc.apply(&first), "nothing is new");
}

#[test]
fn a_document_cannot_stand_in_a_map() {
    let schema = Schema::new().counter("/n").unwrap();
    let mut here = moai_crdt::Causal::<OrMap<String, moai_crdt::Document>>::default();
    let mut there = here.clone();
    for (map, me) in [(&mut here, 1), (&mut there, 2)] {
        let _ = map.update(replica(me), "task".to_owned(), |doc, writer| {
            let mut change = doc.assign(writer, stamp(me), &Path::root(), &value!({"n": 1}), &schema).unwrap();
            change.join(&doc.increment(writer, &at("/n"), 2, &schema).unwrap());
            change
        });
    }
    here.merge(&there);
    there.merge(&here);
    assert_eq!(here, there);
    assert_eq!(here.get("task").map(|doc| doc.to_value()), Some(value!({"n": 6})));
    let _ = here.update(replica(1), "task".to_owned(), |doc, writer| doc.remove(writer, &Path::root()).unwrap());
    assert!(here.is_empty(), "an empty document holds no key");
}

#[test]
fn what_a_lost_delta_killed_hides_what_came_after_it_for_ever() {
    let schema = Schema::new();
    // The delta that killed the map gets lost: the map hides the number that came after.
    let (mut here, mut there) = (Writer::new(1, &schema), Writer::new(2, &schema));
    there.doc.apply(&here.write("/x", &value!({})));
    let _lost = here.write("/x", &value!(5));
    there.doc.apply(&here.write("/x", &value!(6)));
    assert_eq!((here.value(), there.value()), (value!({"x": 6}), value!({"x": {}})));
    assert_eq!(meet(&mut here, &mut there), value!({"x": 6}));

    // The delta that put the map in the number's place gets lost: the emptied map does not show.
    let (mut here, mut there) = (Writer::new(1, &schema), Writer::new(2, &schema));
    there.doc.apply(&here.write("/x", &value!(5)));
    let _lost = here.write("/x", &value!({}));
    there.doc.apply(&here.write("/x", &value!({"k": 1})));
    assert_eq!(there.value(), value!({"x": {"k": 1}}));
    there.doc.apply(&here.write("/x", &value!({})));
    assert_eq!((here.value(), there.value()), (value!({"x": {}}), value!({"x": 5})));
    assert_eq!(meet(&mut here, &mut there), value!({"x": {}}));
}
