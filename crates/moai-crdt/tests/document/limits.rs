//! A document is never deeper than it may be.

use moai_core::{Coded, InvalidInput, Limits, Value, value};
use moai_crdt::{Document, DocumentError, Merge, Path, Schema};

use crate::{Doc, Writer, replica, stamp};

fn schema(depth: usize) -> Schema {
    Schema::new().limits(&Limits { value_depth: depth, ..Limits::default() })
}

fn chain(keys: usize) -> Path {
    (0..keys).map(|_| "k").collect()
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(value!(1), |inner, _| value!({"k": inner}))
}

#[test]
fn path_and_value_together_go_beyond_the_limit() {
    for keys in 0..=5 {
        for depth in 0..=5 {
            let mut doc = Doc::default();
            let written = doc.assign(replica(1), stamp(1), &chain(keys), &nested(depth), &schema(4));
            if keys + depth <= 4 {
                assert!(written.is_ok());
                assert_eq!(doc.to_value(), nested(keys + depth));
            } else {
                let got = (keys + depth) as u64;
                let error = InvalidInput::TooDeep { field: "document", limit: 4, got };
                assert_eq!(written.err(), Some(DocumentError::Input(error)));
                assert_eq!(doc, Doc::default());
            }
        }
    }
}

#[test]
fn arrays_and_elements_and_counters_do_not_count() {
    let schema = schema(2).set("/k").unwrap().counter("/k/k").unwrap().counter("/k/k/k").unwrap();
    let mut doc = Writer::new(1, &schema);
    assert!(doc.assign("/a", &value!([1])).is_ok());
    assert_eq!(doc.assign("/a", &value!([[1]])).unwrap_err().code(), "input.too_deep");
    let insert = |doc: &mut Writer, element: Value| doc.doc.insert(doc.me, &chain(1), &element, &schema);
    assert!(insert(&mut doc, value!(1)).is_ok());
    assert_eq!(insert(&mut doc, value!([])).unwrap_err().code(), "input.too_deep");
    assert_eq!(doc.increment("/k/k/k", 1).unwrap_err().code(), "input.too_deep");
}

#[test]
fn the_hard_limit_overflows_the_stack() {
    let unlimited = schema(usize::MAX);
    let most = Document::MAX_DEPTH;
    for (keys, depth) in [(most, 0), (0, most), (1, most - 1)] {
        let mut doc = Doc::default();
        let delta = doc.assign(replica(1), stamp(1), &chain(keys), &nested(depth), &unlimited).unwrap();
        assert!(doc.assign(replica(1), stamp(1), &chain(keys), &nested(depth + 1), &unlimited).is_err());
        assert!(doc.assign(replica(1), stamp(1), &chain(most + 1), &value!(1), &unlimited).is_err());
        // Everything that recurses, as deep as it gets.
        let mut there = Doc::default();
        there.apply(&delta);
        assert_eq!(there, doc);
        let mut merged = Doc::default();
        let _ = merged.assign(replica(2), stamp(1), &chain(most), &value!(2), &unlimited).unwrap();
        merged.merge(&doc);
        assert_eq!(merged.conflicts().len(), 1);
        let mut batch = delta.clone();
        batch.join(&merged.delta_for(&doc.digest()));
        doc.apply(&batch);
        assert_eq!(doc, merged);
        assert_eq!(doc.get(&chain(most)), merged.to_value().pointer(&chain(most).to_string()).cloned());
        assert!(format!("{doc:?} {delta:?}").len() > most);
        let removal = doc.remove(replica(1), &Path::root()).unwrap();
        merged.apply(&removal);
        assert!(merged.is_empty() && doc.is_empty());
    }
}

#[test]
fn a_deep_value_in_a_register_is_refused_by_walking_it_on_the_stack() {
    let deep = (0..200_000).fold(value!(1), |inner, _| value!([inner]));
    let mut doc = Writer::new(1, &schema(usize::MAX));
    assert_eq!(doc.assign("/a", &deep).unwrap_err().code(), "input.too_deep");
    assert!(doc.doc.is_empty());
}
