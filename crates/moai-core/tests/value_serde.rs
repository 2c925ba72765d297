//! Values in whatever format serde speaks.

use moai_core::{Array, Limits, Map, Number, Value, value};
use serde::de::value::{BorrowedStrDeserializer, BytesDeserializer, Error, MapDeserializer, SeqDeserializer};
use serde::de::{Deserialize, DeserializeSeed, IntoDeserializer};
use serde::{Deserialize as DeserializeDerive, Serialize};

fn read<'de, T: Deserialize<'de>>(from: impl IntoDeserializer<'de, Error>) -> Result<T, Error> {
    T::deserialize(from.into_deserializer())
}

#[derive(Debug, PartialEq, Serialize, DeserializeDerive)]
struct Proposal {
    payload: Value,
    metadata: Map,
    options: Array,
    weight: Number,
    #[serde(flatten)]
    rest: Map,
}

#[test]
fn golden_text_inside_of_other_types() {
    let proposal = Proposal {
        payload: value!({"b": [1, 1.0], "a": null}),
        metadata: Map::from([("by".to_owned(), value!("a-1"))]),
        options: Array::from([value!("yes"), value!("no")]),
        weight: Number::from(7_u64),
        rest: Map::from([("urgency".to_owned(), value!([1, -1, 0.5]))]),
    };
    let text = r#"{"payload":{"a":null,"b":[1,1.0]},"metadata":{"by":"a-1"},"options":["yes","no"],"weight":7,"urgency":[1,-1,0.5]}"#;
    assert_eq!(serde_json::to_string(&proposal).unwrap(), text);
    assert_eq!(serde_json::from_str::<Proposal>(text).unwrap(), proposal);
    let error = serde_json::from_str::<Map>("[1]").unwrap_err().to_string();
    assert!(error.starts_with("invalid type: sequence, expected a map"), "{error}");
    assert!(serde_json::from_str::<Array>("{}").is_err());
    assert!(serde_json::from_str::<Number>("\"1\"").is_err());
}

#[test]
fn every_type_of_serde_is_read_or_refused_in_words() {
    assert_eq!(read::<Value>(()).unwrap(), Value::Null);
    assert_eq!(read::<Value>(true).unwrap(), value!(true));
    assert_eq!(read::<Value>(-7_i8).unwrap(), value!(-7));
    assert_eq!(read::<Value>(7_i64).unwrap(), read::<Value>(7_u16).unwrap());
    assert_eq!(read::<Value>(i128::from(u64::MAX)).unwrap(), value!(u64::MAX));
    assert_eq!(read::<Value>(7_u128).unwrap(), value!(7));
    assert_eq!(read::<Value>(-0.0).unwrap(), value!(0.0));
    assert_eq!(read::<Value>('é').unwrap(), value!("é"));
    assert_eq!(read::<Value>(vec![1, 2]).unwrap(), value!([1, 2]));

    let refused = |result: Result<Value, Error>| result.unwrap_err().to_string();
    assert!(refused(read(u128::MAX)).contains("the range is -9223372036854775808 to 18446744073709551615"));
    assert!(refused(read(i128::MIN)).contains("the range is"));
    assert!(refused(read(f64::NAN)).contains("not a finite number"));
    assert!(refused(read(f32::INFINITY)).contains("not a finite number"));
    assert!(refused(Value::deserialize(BytesDeserializer::new(b"ab"))).contains("invalid type: byte array"));
    assert!(
        refused(read([(1_u8, 2_u8)].into_iter().collect::<std::collections::BTreeMap<_, _>>()))
            .contains("a text as key")
    );
}

#[test]
fn the_default_depth_is_the_limit() {
    for (depth, fits) in [(31, true), (32, true), (33, false)] {
        let text = "[".repeat(depth) + &"]".repeat(depth);
        let read = serde_json::from_str::<Value>(&text);
        assert_eq!(read.is_ok(), fits, "{depth}");
        if let Err(error) = read {
            assert!(
                error.to_string().starts_with("value is nested 33 deep, the limit is 32; nothing changed"),
                "{error}"
            );
        }
        let text = "{\"a\":".repeat(depth - 1) + "{}" + &"}".repeat(depth - 1);
        assert_eq!(serde_json::from_str::<Value>(&text).is_ok(), fits, "{depth}");
    }
    for (depth, fits) in [(127, true), (128, true), (129, false)] {
        let value = (1..depth).fold(value!({}), |inner, _| value!([inner]));
        assert_eq!(serde_json::to_string(&value).is_ok(), fits, "{depth}");
    }
}

#[test]
fn a_seed_does_not_see_its_limits() {
    let seeded = |text: &str, limits: &Limits| {
        Value::seed(limits).deserialize(&mut serde_json::Deserializer::from_str(text)).map_err(|e| e.to_string())
    };
    for limit in [0, 1, 32, 40, 127] {
        let limits = Limits { value_depth: limit, ..Limits::default() };
        for (depth, fits) in [(limit, true), (limit + 1, false)] {
            let text = "[".repeat(depth) + "1" + &"]".repeat(depth);
            assert_eq!(seeded(&text, &limits).is_ok(), fits, "{depth} of {limit}");
        }
    }
    // Without a stack to spare, no limit goes beyond what text can be.
    #[derive(Clone, Copy)]
    struct Endless;
    impl<'de> IntoDeserializer<'de, Error> for Endless {
        type Deserializer = SeqDeserializer<std::iter::Once<Endless>, Error>;
        fn into_deserializer(self) -> Self::Deserializer {
            SeqDeserializer::new(std::iter::once(self))
        }
    }
    let limits = Limits { value_depth: usize::MAX, ..Limits::default() };
    let error = Value::seed(&limits).deserialize(Endless.into_deserializer()).unwrap_err().to_string();
    assert!(error.contains("nested 129 deep, the limit is 128"), "{error}");

    // The default limits hold for canonical bytes too, and stop a list that does not end.
    let endless = SeqDeserializer::<_, Error>::new(std::iter::repeat(1_u8));
    let error = Value::deserialize(endless).unwrap_err().to_string();
    assert!(error.contains("the limit is 1048576"), "{error}");
}

/// What a number looks like when serde_json keeps it as text: at first, and when serde set it aside.
fn number_as_text(text: &str) -> Result<Value, Error> {
    let key: BorrowedStrDeserializer<'_, Error> = BorrowedStrDeserializer::new("$serde_json::private::Number");
    let aside = Value::deserialize(MapDeserializer::new([(key, text)].into_iter()));
    let first = Value::deserialize(MapDeserializer::new([(key, text.to_owned())].into_iter()));
    assert_eq!(first, aside);
    first
}

#[test]
fn a_number_that_serde_json_keeps_as_text_is_read_exactly() {
    for (text, value) in [
        ("7", value!(7)),
        ("-7", value!(-7)),
        ("1.0", value!(1.0)),
        ("1e2", value!(100.0)),
        ("-0", value!(0.0)),
        ("18446744073709551615", value!(u64::MAX)),
    ] {
        assert_eq!(number_as_text(text).unwrap(), value);
    }
    assert!(number_as_text("18446744073709551616").unwrap_err().to_string().contains("the range is"));
    assert!(number_as_text("1e999").unwrap_err().to_string().contains("not a finite number"));
    assert!(number_as_text("x").unwrap_err().to_string().contains("not a number"));
}

#[test]
fn a_map_that_looks_like_such_a_number_is_never_taken_for_one() {
    for text in [
        r#"{"$serde_json::private::Number": "7"}"#,
        r#"{"$serde_json::private::Number": "\u0037"}"#,
        r#"{"\u0024serde_json::private::Number": "7"}"#,
        r#"{"$serde_json::private::Number": 7}"#,
        r#"{"a": 1, "$serde_json::private::Number": "7"}"#,
    ] {
        assert!(serde_json::from_str::<Value>(text).is_err(), "{text}");
        assert!(serde_json::from_reader::<_, Value>(text.as_bytes()).is_err(), "{text}");
    }
    // Built by hand: under that feature serde_json itself takes the text for a number.
    let pair = ("$serde_json::private::Number".to_owned(), serde_json::Value::from("7"));
    let json = serde_json::Value::Object([pair].into_iter().collect());
    assert!(Value::deserialize(&json).is_err());
    assert!(serde_json::from_value::<Value>(json.clone()).is_err());
    #[cfg(feature = "json")]
    assert!(Value::try_from(json).is_err());
}
