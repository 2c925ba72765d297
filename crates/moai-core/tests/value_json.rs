//! JSON text: what is read is what was written, and everything else is refused by name and place.

use moai_core::{Coded, InvalidInput, Limits, Number, Value, value};

#[test]
fn golden_text() {
    let golden = [
        (value!(null), "null"),
        (value!([true, false]), "[true,false]"),
        (value!([0, 1, -1]), "[0,1,-1]"),
        (value!([(u64::MAX), (i64::MIN)]), "[18446744073709551615,-9223372036854775808]"),
        (value!([0.0, 1.0, -1.5, 0.1]), "[0.0,1.0,-1.5,0.1]"),
        (value!(["", "é", "e\u{301}", "😀"]), "[\"\",\"é\",\"e\u{301}\",\"😀\"]"),
        (value!("\"\\/\n\r\t\u{8}\u{c}\u{1f}\u{7f}"), "\"\\\"\\\\/\\n\\r\\t\\b\\f\\u001f\u{7f}\""),
        (value!([]), "[]"),
        (value!({}), "{}"),
        (value!({"b": [[], {}], "a": {"é": 1, "": 2}}), r#"{"a":{"":2,"é":1},"b":[[],{}]}"#),
    ];
    for (value, text) in golden {
        assert_eq!(value.to_json().unwrap(), text);
        assert_eq!(Value::from_json(text).unwrap(), value);
        assert_eq!(serde_json::to_string(&value).unwrap(), text);
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), value);
    }
}

#[test]
fn golden_text_of_floats_with_an_exponent() {
    let (value, text) =
        (value!([1e15, 1e16, 1e300, 0.0001, 1e-5, 5e-324]), "[1000000000000000.0,1e16,1e300,0.0001,1e-5,5e-324]");
    assert_eq!(value.to_json().unwrap(), text);
    assert_eq!(Value::from_json(text).unwrap(), value);
}

#[test]
fn text_that_others_write_is_read() {
    for (text, value) in [
        (" [ 1 ,\t{ \"a\" :\r\n2 } ] \n", value!([1, {"a": 2}])),
        (r#""\u0041\u00e9\ud83d\uDE00\/""#, value!("Aé😀/")),
        ("[0e0, -0, -0.0, 1E+2, 1e-400]", value!([0.0, 0.0, 0.0, 100.0, 0.0])),
        ("{\"\\u0061\": 1}", value!({"a": 1})),
    ] {
        assert_eq!(Value::from_json(text).unwrap(), value, "{text}");
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), value, "{text}");
    }
}

#[test]
fn what_does_not_parse_says_where() {
    for (text, why) in [
        ("", "expected a value at line 1 column 1"),
        ("  \n ", "expected a value at line 2 column 2"),
        ("[1,\n2,\n  x]", "expected a value at line 3 column 3"),
        ("nul", "expected a value at line 1 column 1"),
        ("[1 2]", "expected ',' or ']' at line 1 column 4"),
        ("[1,]", "expected a value at line 1 column 4"),
        ("[1}", "expected ',' or ']' at line 1 column 3"),
        ("[", "expected a value at line 1 column 2"),
        ("{", "expected a key at line 1 column 2"),
        ("{a: 1}", "expected a key at line 1 column 2"),
        ("{\"a\" 1}", "expected ':' at line 1 column 6"),
        ("{\"a\": 1]", "expected ',' or '}' at line 1 column 8"),
        ("{\"a\": 1,}", "expected a key at line 1 column 9"),
        ("1 2", "expected the end at line 1 column 3"),
        ("truefalse", "expected the end at line 1 column 5"),
        ("01", "not a number at line 1 column 1"),
        ("[-]", "not a number at line 1 column 2"),
        ("1.", "not a number at line 1 column 1"),
        ("1e+", "not a number at line 1 column 1"),
        ("1.5.5", "not a number at line 1 column 1"),
        (".5", "expected a value at line 1 column 1"),
        ("+1", "expected a value at line 1 column 1"),
        ("NaN", "expected a value at line 1 column 1"),
        ("\"abc", "a text does not end at line 1 column 5"),
        ("\"a\nb\"", "a control character in a text at line 1 column 3"),
        ("\"\\x\"", "an unknown escape at line 1 column 2"),
        ("\"\\", "an unknown escape at line 1 column 2"),
        ("\"\\u00g0\"", "an unknown escape at line 1 column 2"),
        ("\"\\u+123\"", "an unknown escape at line 1 column 2"),
        ("\"\\u00é\"", "an unknown escape at line 1 column 2"),
        ("\"\\ud83d\"", "half of a surrogate pair at line 1 column 2"),
        ("\"\\ud83d\\u0041\"", "half of a surrogate pair at line 1 column 2"),
        ("\"\\ude00\"", "half of a surrogate pair at line 1 column 2"),
        ("\u{feff}1", "a byte order mark at line 1 column 1"),
        ("// a\n1", "expected a value at line 1 column 1"),
    ] {
        let malformed = InvalidInput::Malformed { field: "value", why: why.to_owned() };
        assert_eq!(Value::from_json(text), Err(malformed), "{text}");
        assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text}");
    }
}

#[test]
fn a_key_that_stands_twice_is_refused_however_it_is_spelled() {
    for text in [r#"{"a": 1, "a": 1}"#, r#"{"a": 1, "b": 2, "\u0061": 3}"#, r#"[{"x": {"a": 1, "a": []}}]"#] {
        let duplicate = InvalidInput::DuplicateKey { field: "value", key: "a".to_owned() };
        assert_eq!(Value::from_json(text), Err(duplicate.clone()), "{text}");
        let error = serde_json::from_str::<Value>(text).unwrap_err();
        assert!(error.to_string().starts_with(&duplicate.to_string()), "{error}");
    }
    // As texts, these two are different keys.
    assert_eq!(Value::from_json("{\"\u{e9}\": 1, \"e\u{301}\": 2}").unwrap().as_map().unwrap().len(), 2);
}

#[test]
fn numbers_are_never_rounded_into_range() {
    for text in ["18446744073709551616", "-9223372036854775809", "[123456789012345678901234567890]"] {
        let error = Value::from_json(text).unwrap_err();
        assert_eq!((error.code(), error.field()), ("input.out_of_range", "value"), "{text}");
    }
    for text in ["1e999", "-1e999", "[1.8e308]"] {
        assert_eq!(Value::from_json(text), Err(InvalidInput::NotFinite { field: "value" }), "{text}");
    }
    assert_eq!(Value::from_json("123456789012345678901234567890.0").unwrap(), value!(123456789012345678901234567890.0));
    let long = "9".repeat(1000);
    let Err(InvalidInput::OutOfRange { got, .. }) = long.parse::<Number>() else { panic!("it fits") };
    assert_eq!(got.len(), 64);
}

#[test]
fn what_is_at_a_limit_passes_and_one_more_does_not() {
    let (text, value) = ("[[\"é\"]]", value!([["é"]]));
    for (room, fits) in [(-1, false), (0, true), (1, true)] {
        let limits = Limits { value_bytes: text.len().strict_add_signed(room), ..Limits::default() };
        let long = InvalidInput::TooLong { field: "value", limit: limits.value_bytes as u64, got: 8 };
        let expected = if fits { Ok(value.clone()) } else { Err(long) };
        assert_eq!(Value::from_json_within(text, &limits), expected);
        assert_eq!(Value::from_json_slice_within(text.as_bytes(), &limits), expected);

        let limits = Limits { value_depth: 2_usize.strict_add_signed(room), ..Limits::default() };
        let deep = InvalidInput::TooDeep { field: "value", limit: limits.value_depth as u64, got: 2 };
        let expected = if fits { Ok(value.clone()) } else { Err(deep) };
        assert_eq!(Value::from_json_within(text, &limits), expected);
    }
    let endless = Limits { value_depth: usize::MAX, ..Limits::default() };
    for (depth, fits) in [(127, true), (128, true), (129, false)] {
        let text = "[".repeat(depth) + &"]".repeat(depth);
        let read = Value::from_json_within(&text, &endless);
        assert_eq!(read.is_ok(), fits);
        if let Ok(value) = read {
            assert_eq!(value.to_json().unwrap(), text);
        }
    }
}

#[test]
fn text_is_accepted_that_is_refused_as_canonical_bytes() {
    // A digit is one byte of text and nine canonical ones.
    let (text, value) = ("[1,[2],{\"k\":null}]", value!([1, [2], {"k": null}]));
    let canonical = value.canonical_len();
    assert!(canonical > text.len() + 1);
    for (room, fits) in [(-1, false), (0, true), (1, true)] {
        let limits = Limits { value_bytes: canonical.strict_add_signed(room), ..Limits::default() };
        let long = InvalidInput::TooLong { field: "value", limit: limits.value_bytes as u64, got: canonical as u64 };
        assert_eq!(Value::from_json_within(text, &limits), if fits { Ok(value.clone()) } else { Err(long) });
        assert_eq!(value.check(&limits).is_ok(), fits);
        let seed = Value::seed(&limits);
        let read = serde::de::DeserializeSeed::deserialize(seed, &mut serde_json::Deserializer::from_str(text));
        assert_eq!(read.is_ok(), fits);
    }
    // Reading ends soon behind the limit: of 400,003 bytes of text not much is built.
    let text = format!("[{}1]", "1,".repeat(200_000));
    let limits = Limits { value_bytes: text.len(), ..Limits::default() };
    let Err(InvalidInput::TooLong { got, .. }) = Value::from_json_within(&text, &limits) else { panic!("it fits") };
    assert!(got <= text.len() as u64 + 9, "{got}");
}

#[test]
fn text_has_a_value_that_is_over_the_limit() {
    // Escaped, one canonical byte is six of text; spaces are none.
    for text in ["\"\\u0041\\u0041\"", "  [ ]       \n"] {
        let value = Value::from_json(text).unwrap();
        assert!(value.canonical_len() < text.len() - 1);
        for (room, fits) in [(-1, false), (0, true), (1, true)] {
            let limits = Limits { value_bytes: text.len().strict_add_signed(room), ..Limits::default() };
            let long =
                InvalidInput::TooLong { field: "value", limit: limits.value_bytes as u64, got: text.len() as u64 };
            assert_eq!(Value::from_json_within(text, &limits), if fits { Ok(value.clone()) } else { Err(long) });
        }
    }
}

#[test]
fn a_key_is_read_in_one_way_and_refused_in_another() {
    const KEY: &str = "$serde_json::private::Number";
    let reserved = InvalidInput::Reserved { field: "value", word: KEY };
    for text in [format!("{{\"{KEY}\":\"7\"}}"), format!("[{{\"a\":1,\"\\u0024{}\":7}}]", &KEY[1..])] {
        assert_eq!(Value::from_json(&text), Err(reserved.clone()), "{text}");
        let error = serde_json::from_str::<Value>(&text).unwrap_err();
        assert!(error.to_string().contains("nothing changed"), "{error}");
    }
    let map = moai_core::Map::from([("a".to_owned(), value!(1)), (KEY.to_owned(), value!("7"))]);
    assert!(serde_json::to_string(&map).unwrap_err().to_string().contains("reserved word"));
    let value = value!([(Value::Map(map))]);
    assert_eq!(value.to_json(), Err(reserved.clone()));
    assert!(serde_json::to_string(&value).unwrap_err().to_string().contains("reserved word"));
    assert_eq!(serde_json::Value::try_from(value.clone()), Err(reserved.clone()));
    assert_eq!(Value::try_from(serde_json::json!([{KEY: "7"}])), Err(reserved));
    // As a text, and in canonical bytes, it is like any other.
    assert_eq!(Value::from_json(&format!("[\"{KEY}\"]")).unwrap(), value!([KEY]));
    assert_eq!(Value::from_canonical(&value.to_canonical(), &Limits::default()), Ok(value));
}

#[test]
fn bytes_that_are_not_text_are_refused_before_they_are_read() {
    let limits = Limits::default();
    for bytes in [&b"\"\xff\""[..], b"\xef\xbb\xbf1", b"\xff\xfe1\0", b"[1]\0"] {
        assert_eq!(Value::from_json_slice_within(bytes, &limits).unwrap_err().code(), "input.malformed");
    }
    let short = Limits { value_bytes: 2, ..limits };
    assert_eq!(Value::from_json_slice_within(b"\xff\xff\xff", &short).unwrap_err().code(), "input.too_long");
}

#[test]
fn to_and_from_the_type_of_serde_json() {
    let value = value!({"a": [null, true, 1, -1, 1.0, (u64::MAX), "é"], "b": {}});
    let json = serde_json::json!({"a": [null, true, 1, -1, 1.0, u64::MAX, "é"], "b": {}});
    assert_eq!(serde_json::Value::try_from(value.clone()).unwrap(), json);
    assert_eq!(Value::try_from(json.clone()).unwrap(), value);
    assert_eq!(serde_json::from_value::<Value>(json.clone()).unwrap(), value);
    assert_eq!(serde_json::to_value(&value).unwrap(), json);
    assert_eq!(Value::try_from(serde_json::json!(-0.0)).unwrap(), value!(0.0));
    assert_eq!(Value::try_from(serde_json::json!(1e300)).unwrap(), value!(1e300));

    for (depth, fits) in [(127, true), (128, true), (129, false)] {
        let json = (1..depth).fold(serde_json::json!([]), |inner, _| serde_json::json!([inner]));
        let value = (1..depth).fold(value!([]), |inner, _| value!([inner]));
        assert_eq!(Value::try_from(json.clone()).is_ok(), fits);
        assert_eq!(serde_json::Value::try_from(value).is_ok(), fits);
    }
}
