//! What a schema says, and what it refuses.

use moai_core::{Aftermath, Coded, Value, value};
use moai_crdt::{DocumentError, Path, Schema, Shape};

use crate::{Writer, at};

fn schema() -> Schema {
    let schema = Schema::new().set("/set").and_then(|it| it.counter("/count")).and_then(|it| it.map("/map"));
    schema.and_then(|it| it.register("/reg")).unwrap()
}

#[test]
fn a_star_beats_a_name() {
    let schema = Schema::new().counter("/*/*").unwrap().set("/a/*").unwrap().register("/*/b").unwrap();
    let schema = schema.map("/a/b").unwrap();
    let table = [
        ("/a/b", Some(Shape::Map)),
        ("/a/x", Some(Shape::Set)),
        ("/x/b", Some(Shape::Register)),
        ("/x/y", Some(Shape::Counter)),
        ("/*/y", Some(Shape::Counter)),
        ("/a", None),
        ("/a/b/c", None),
        ("", None),
    ];
    for (path, shape) in table {
        assert_eq!(schema.shape_at(&at(path)), shape, "{path}");
    }
    let first = Schema::new().set("/*/b").unwrap().counter("/a/*").unwrap();
    assert_eq!(first.shape_at(&at("/a/b")), Some(Shape::Counter), "the first name counts");
}

#[test]
fn a_value_that_does_not_fit_is_taken() {
    let table: [(&str, &[Value], &[Value]); 4] = [
        (
            "set",
            &[value!([]), value!([1, [2], {"a": 1}])],
            &[value!(null), value!(true), value!(1), value!("x"), value!({})],
        ),
        (
            "count",
            &[value!(0), value!(-7), value!(i64::MIN)],
            &[value!(null), value!(true), value!(1.0), value!("1"), value!([1]), value!({})],
        ),
        ("map", &[value!({}), value!({"a": 1})], &[value!(null), value!(false), value!(1), value!("x"), value!([])]),
        ("reg", &[value!(null), value!({"a": 1}), value!([1]), value!(1.5), value!("x")], &[]),
    ];
    for (key, good, bad) in table {
        let pointer = format!("/{key}");
        let whole = |value: &Value| value!({(key.to_owned()): (value.clone())});
        let mut doc = Writer::new(1, &schema());
        for value in good {
            doc.write(&pointer, value);
            assert_eq!(doc.doc.get(&at(&pointer)).as_ref(), Some(value));
            assert!(doc.write("", &whole(value)).is_empty());
        }
        let before = doc.doc.clone();
        for value in bad {
            for error in [doc.assign(&pointer, value).unwrap_err(), doc.assign("", &whole(value)).unwrap_err()] {
                assert_eq!(error.code(), "document.unfit", "{key} {value:?}");
                assert!(matches!(error, DocumentError::Unfit { path, .. } if path == at(&pointer)));
            }
        }
        assert_eq!(doc.doc, before);
    }
    let mut doc = Writer::new(1, &schema());
    let error = doc.assign("", &value!({"a": 1, "count": 1.5})).unwrap_err();
    assert_eq!(error.to_string(), r#""/count" is a counter and takes no float; nothing changed"#);
    assert_eq!(error.aftermath(), Aftermath::NothingChanged);
}

#[test]
fn a_write_goes_through_what_is_no_map() {
    let mut doc = Writer::new(1, &schema());
    doc.write("", &value!({"n": 5, "reg": {"a": 1}, "list": [1]}));
    let before = doc.doc.clone();
    for (path, place, shape) in [
        ("/n/a", "/n", Shape::Register),
        ("/reg/a", "/reg", Shape::Register),
        ("/list/0", "/list", Shape::Register),
        ("/set/a", "/set", Shape::Set),
        ("/count/a/b", "/count", Shape::Counter),
    ] {
        let error = DocumentError::NoMap { path: at(place), shape };
        assert_eq!(doc.assign(path, &value!(1)).unwrap_err(), error);
    }
    assert!(matches!(doc.doc.remove(doc.me, &at("/n/a")), Err(DocumentError::NoMap { .. })));
    let error = doc.assign("/n/a", &value!(1)).unwrap_err();
    assert_eq!(error.to_string(), r#""/n" is a register, so nothing lies under it; nothing changed"#);
    assert_eq!(error.code(), "document.no_map");
    assert_eq!(doc.doc, before);
}

#[test]
fn a_set_counts_and_a_counter_takes_elements() {
    let mut doc = Writer::new(1, &schema());
    for path in ["/set", "/map", "/reg", "/other", ""] {
        let error = doc.increment(path, 1).unwrap_err();
        assert_eq!(error.code(), "document.unfit", "{path}");
    }
    for path in ["/count", "/map", "/reg", "/other", ""] {
        let (insert, take) = (
            doc.doc.insert(doc.me, &at(path), &value!(1), &doc.schema),
            doc.doc.take_out(doc.me, &at(path), &value!(1), &doc.schema),
        );
        assert_eq!(insert.unwrap_err().code(), "document.unfit", "{path}");
        assert_eq!(take.unwrap_err().code(), "document.unfit", "{path}");
    }
    assert!(doc.doc.is_empty());
}

#[test]
fn the_root_can_be_nothing_but_a_map() {
    let mut set = Writer::new(1, &Schema::new().set("").unwrap());
    set.insert("", "b");
    set.write("", &value!(["a", "b"]));
    assert_eq!(set.value(), value!(["a", "b"]));
    let mut counter = Writer::new(1, &Schema::new().counter("").unwrap());
    counter.increment("", -3).unwrap();
    assert_eq!(counter.value(), value!(-3));
}

#[test]
fn json_holds_no_schema() {
    let text = r#"{"/count":"counter","/map":"map","/reg":"register","/set":"set"}"#;
    assert_eq!(serde_json::to_string(&schema()).unwrap(), text);
    assert_eq!(serde_json::from_str::<Schema>(text).unwrap(), schema());
    for bad in [r#"{"a":"set"}"#, r#"{"/a":"Set"}"#, r#"{"/a":"set","/a":"map"}"#, r#"["/a"]"#] {
        assert!(serde_json::from_str::<Schema>(bad).is_err(), "{bad}");
    }
    assert!(Schema::new().set("tags").is_err());
    assert_eq!(Schema::new().shape_at(&Path::root()), None);
}
