//! Paths are JSON pointers.

use moai_core::{Coded, value};
use moai_crdt::Path;
use proptest::prelude::*;

#[test]
fn a_pointer_leads_elsewhere() {
    let table: [(&str, &[&str]); 7] = [
        ("", &[]),
        ("/", &[""]),
        ("/a/b", &["a", "b"]),
        ("/a//b", &["a", "", "b"]),
        ("/a~1b/~0", &["a/b", "~"]),
        ("/~01", &["~1"]),
        ("/0/*", &["0", "*"]),
    ];
    for (text, keys) in table {
        let path: Path = text.parse().unwrap();
        assert_eq!(path.keys(), keys, "{text}");
        assert_eq!(path.to_string(), text);
    }
}

#[test]
fn what_is_no_pointer_is_taken_for_one() {
    for text in ["a", "a/b", "/~", "/~2", "/a~", "/a/~x/b", " /a"] {
        let error = text.parse::<Path>().unwrap_err();
        assert_eq!((error.code(), error.field()), ("input.malformed", "path"), "{text}");
    }
}

#[test]
fn json_holds_no_path() {
    let path = Path::from(["a/b", "c"]);
    let text = serde_json::to_string(&path).unwrap();
    assert_eq!(text, r#""/a~1b/c""#);
    assert_eq!(serde_json::from_str::<Path>(&text).unwrap(), path);
    assert!(serde_json::from_str::<Path>(r#""a""#).is_err());
}

proptest! {
    #[test]
    fn a_path_changes_when_it_is_written_and_read(keys in proptest::collection::vec("[a~/01*]{0,3}", 0..5)) {
        let path: Path = keys.iter().map(String::as_str).collect();
        prop_assert_eq!(path.to_string().parse::<Path>().unwrap(), path.clone());
        // It means what a pointer into a value means.
        let value = keys.iter().rev().fold(value!(7), |inner, key| value!({(key.clone()): inner}));
        prop_assert_eq!(value.pointer(&path.to_string()), Some(&value!(7)));
    }
}
