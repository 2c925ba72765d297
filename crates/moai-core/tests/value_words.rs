//! Values as a program writes and reads them: the macro, conversions, numbers, paths.

use std::collections::BTreeMap;

use moai_core::{Array, Coded, InvalidInput, Map, Number, Value, value};

fn float(float: f64) -> Value {
    Value::try_from(float).unwrap()
}

#[test]
fn the_macro_takes_literals_of_every_kind() {
    assert_eq!(value!(null), Value::Null);
    assert_eq!(value!(true), Value::Bool(true));
    assert_eq!(value!("a"), Value::Text("a".to_owned()));
    assert_eq!(value!(3_000_000_000), Value::from(3_000_000_000_u64));
    assert_eq!(value!(18_446_744_073_709_551_615_u64), Value::from(u64::MAX));
    assert_eq!(value!(-9_223_372_036_854_775_808), Value::from(i64::MIN));
    assert_eq!(value!(7u8), value!(7));
    assert_eq!(value!(-7i8), value!(-7));
    assert_eq!(value!(1.5), float(1.5));
    assert_eq!(value!(1.5f64), float(1.5));
    assert_eq!(value!(-1.5), float(-1.5));
    assert_eq!(value!(-0.0), float(0.0));
}

#[test]
fn the_macro_takes_expressions_among_literals() {
    let (n, text, list) = (5_u32, String::from("t"), vec![1_u8, 2]);
    let key = String::from("k");
    assert_eq!(value!(n), value!(5));
    assert_eq!(value!(-i64::from(n)), value!(-5));
    assert_eq!(value!(1 + 1), value!(2));
    let m = 3_i64;
    assert_eq!(value!(-m), value!(-3));
    let yes = true;
    assert_eq!(value!([!yes, -m]), value!([false, -3]));
    assert_eq!(value!([-m, m, -m + 1, -1.5, list.len(), [], {}, null,]), value!([-3, 3, -2, -1.5, 2, [], {}, null]));
    let built = value!({
        "n": n,
        "sum": n + 1,
        "minus": -1.5,
        "negated": -m,
        "text": text.clone(),
        (key): list,
        ("a".repeat(3)): { "x": [ -1, { "y": null } ] },
        "none": None::<u8>,
    });
    let mut map = Map::new();
    map.insert("n", 5);
    map.insert("sum", 6);
    map.insert("minus", float(-1.5));
    map.insert("negated", -3);
    map.insert("text", text);
    map.insert("k", vec![1_u8, 2]);
    map.insert("aaa", value!({"x": [-1, {"y": null}]}));
    map.insert("none", Value::Null);
    assert_eq!(built, Value::Map(map));
    assert_eq!(value!({"a": 1, "a": 2}), value!({"a": 2}));
}

#[test]
fn the_macro_takes_maps_of_many_keys() {
    // The minus makes it take the parts one by one.
    let map = value!({
        "01": -1, "02": 2, "03": 3, "04": 4, "05": 5, "06": 6, "07": 7, "08": 8, "09": 9, "10": 10,
        "11": 1, "12": 2, "13": 3, "14": 4, "15": 5, "16": 6, "17": 7, "18": 8, "19": 9, "20": 10,
        "21": 1, "22": 2, "23": 3, "24": 4, "25": 5, "26": 6, "27": 7, "28": 8, "29": 9, "30": 10,
        "31": 1, "32": 2, "33": 3, "34": 4, "35": 5, "36": 6, "37": 7, "38": 8, "39": 9, "40": 10,
        "41": {"a": [1 + 1, {"b": -1}]}, "42": [], "43": null, "44": 1.5, "45": "x", "46": (1), "47": -1.5,
    });
    assert_eq!(map.as_map().map(Map::len), Some(47));
}

#[test]
fn conversions_keep_what_they_are_given() {
    assert_eq!(Value::from(1_i64), Value::from(1_u64));
    assert_eq!(Value::from(usize::MAX), Value::from(usize::MAX as u64));
    assert_eq!(Value::from(-1_isize), value!(-1));
    assert_eq!(Value::from(vec!["a", "b"]), value!(["a", "b"]));
    assert_eq!(Value::from([Some(1), None]), value!([1, null]));
    assert_eq!(Value::from(BTreeMap::from([("a".to_owned(), 1)])), value!({"a": 1}));
    assert_eq!(Value::try_from(1_i128).unwrap(), value!(1));
    assert_eq!(Value::try_from(-1_i128).unwrap(), value!(-1));
    assert_eq!(Value::try_from(1_u128).unwrap(), value!(1));
    assert_eq!(Value::default(), Value::Null);

    for float in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(Value::try_from(float), Err(InvalidInput::NotFinite { field: "value" }));
        assert_eq!(Number::float(float).unwrap_err().code(), "input.not_finite");
    }
    for integer in [i128::from(u64::MAX) + 1, i128::from(i64::MIN) - 1] {
        assert_eq!(
            Value::try_from(integer).unwrap_err(),
            InvalidInput::OutOfRange {
                field: "value",
                low: "-9223372036854775808".to_owned(),
                high: "18446744073709551615".to_owned(),
                got: integer.to_string(),
            }
        );
    }
    assert_eq!(Value::try_from(u128::MAX).unwrap_err().code(), "input.out_of_range");
}

#[test]
fn a_number_is_given_only_as_a_type_that_holds_it_exactly() {
    let numbers = [
        (value!(7), Some(7), Some(7), Some(7.0)),
        (value!(-7), Some(-7), None, Some(-7.0)),
        (value!(7.0), None, None, Some(7.0)),
        (value!(u64::MAX), None, Some(u64::MAX), None),
        (value!(i64::MIN), Some(i64::MIN), None, Some(-9_223_372_036_854_775_808.0)),
        (value!((1_u64 << 53) + 1), Some((1 << 53) + 1), Some((1 << 53) + 1), None),
        (value!("7"), None, None, None),
    ];
    for (value, signed, unsigned, float) in numbers {
        assert_eq!((value.as_i64(), value.as_u64(), value.as_f64()), (signed, unsigned, float), "{value:?}");
    }
    assert!(Number::from(1_u64).is_integer() && !Number::float(1.0).unwrap().is_integer());
}

#[test]
fn a_number_reads_back_as_it_prints() {
    for text in ["0", "-1", "18446744073709551615", "-9223372036854775808", "0.0", "1.0", "-1.5", "1e16", "5e-324"] {
        assert_eq!(text.parse::<Number>().unwrap().to_string(), text);
    }
    for text in ["", "-", "+1", "01", "-01", "1.", ".5", "1e", "0x1", "1_0", " 1", "NaN", "inf", "1e5.5", "١"] {
        assert_eq!(text.parse::<Number>().unwrap_err().code(), "input.malformed", "{text}");
    }
}

#[test]
fn the_order_is_total_and_by_exact_value() {
    let rising = [
        value!(null),
        value!(false),
        value!(true),
        value!(-1e300),
        float((i64::MIN as f64).next_down()),
        value!(i64::MIN),
        value!(-9_223_372_036_854_775_808.0),
        value!(-2),
        value!(-1.5),
        value!(-1),
        value!(-1.0),
        value!(-0.5),
        value!(0),
        value!(0.0),
        value!(5e-324),
        value!(1),
        value!(1.0),
        value!(1.5),
        value!(2),
        value!(9_007_199_254_740_992_u64),
        value!(9_007_199_254_740_992.0),
        value!(9_007_199_254_740_993_u64),
        value!(u64::MAX),
        value!(18_446_744_073_709_551_616.0),
        value!(1e300),
        value!(""),
        value!("Z"),
        value!("a"),
        value!("aa"),
        value!("e\u{301}"),
        value!("\u{e9}"),
        value!([]),
        value!([null]),
        value!([1, 2]),
        value!([1, 2, null]),
        value!([2]),
        value!([[]]),
        value!({}),
        value!({"a": 1}),
        value!({"a": 1, "b": 0}),
        value!({"a": 2}),
        value!({"b": 0}),
    ];
    for (i, one) in rising.iter().enumerate() {
        for (j, other) in rising.iter().enumerate() {
            assert_eq!(one.cmp(other), i.cmp(&j), "{one:?} against {other:?}");
            assert_eq!(one == other, i == j);
        }
    }
}

#[test]
fn paths_lead_where_they_say() {
    let value = value!({"": 0, "a": [{"b/c": 1, "m~n": 2, "~1": 3}], "0": 4});
    for (path, found) in [
        ("/", Some(value!(0))),
        ("/a/0/b~1c", Some(value!(1))),
        ("/a/0/m~0n", Some(value!(2))),
        ("/a/0/~01", Some(value!(3))),
        ("/0", Some(value!(4))),
        ("a", None),
        ("/a/00", None),
        ("/a/+0", None),
        ("/a/", None),
        ("/a/-", None),
        ("/a/1", None),
        ("/a/99999999999999999999", None),
        ("/0/x", None),
    ] {
        assert_eq!(value.pointer(path), found.as_ref(), "{path}");
    }
    assert_eq!(value.pointer(""), Some(&value));
    assert_eq!(value.get("a").and_then(|a| a.at(0)).and_then(|item| item.get("b/c")), Some(&value!(1)));
    assert_eq!(value.at(0), None);
    assert_eq!(value!([1]).get("a"), None);
}

#[test]
fn arrays_and_maps_behave_like_those_of_the_library() {
    let mut array: Array = [1, 2].into_iter().map(Value::from).collect();
    array.insert(0, "first");
    array.insert(99, "last");
    array.extend([value!(null)]);
    assert_eq!(array.remove(1), Some(value!(1)));
    assert_eq!(array.remove(99), None);
    for item in &mut array {
        if item.is_null() {
            *item = value!("null");
        }
    }
    assert_eq!(array, Array::from(vec![value!("first"), value!(2), value!("last"), value!("null")]));
    assert_eq!(array.iter().filter_map(Value::as_text).collect::<Vec<_>>(), ["first", "last", "null"]);
    array.reverse();
    assert_eq!(array.clone().into_iter().last(), array.last().cloned());

    let mut map: Map = [("b".to_owned(), value!(2)), ("a".to_owned(), value!(1))].into_iter().collect();
    assert_eq!(map.insert("a", 7), Some(value!(1)));
    map.entry("c").or_insert_with(|| value!([]));
    for (_, value) in &mut map {
        if let Some(array) = value.as_array_mut() {
            array.push(true);
        }
    }
    *map.get_mut("b").unwrap() = Value::Null;
    assert_eq!(Value::from(map.clone()), value!({"a": 7, "b": null, "c": [true]}));
    assert_eq!(map.remove("c"), Some(value!([true])));
    assert!(!map.contains_key("c"));
    assert_eq!(map.into_iter().map(|(key, _)| key).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn debug_is_short_and_sorted() {
    let value = value!({"b": [1, 1.0, null], "a": "é\n", "c": {}});
    assert_eq!(format!("{value:?}"), r#"{"a": "é\n", "b": [1, 1.0, null], "c": {}}"#);
}
