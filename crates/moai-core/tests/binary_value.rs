//! Binary formats carry a value as its canonical bytes, held against the same limits as any.

use moai_core::{Array, Digest, Limits, Map, Number, Value, value};
use proptest::prelude::*;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Visitor};
use serde::{Deserialize as DeserializeDerive, Serialize};

/// A length as postcard writes it, then the bytes.
fn framed(bytes: &[u8]) -> Vec<u8> {
    [postcard::to_allocvec(&bytes.len()).unwrap(), bytes.to_vec()].concat()
}

fn read(canonical: &[u8]) -> Option<Value> {
    postcard::from_bytes(&framed(canonical)).ok()
}

#[test]
fn a_value_in_binary_is_something_else_than_its_canonical_bytes() {
    let value = value!({"a": [null, true, -7, 1.5, "é"], "b": {}});
    let bytes = postcard::to_allocvec(&value).unwrap();
    assert_eq!(bytes, framed(&value.to_canonical()));
    assert_eq!(postcard::from_bytes::<Value>(&bytes).unwrap(), value);
    assert_eq!(postcard::to_allocvec(&value!([true])).unwrap(), [3, 7, 1, 2]);
    let digest = value.digest();
    assert_eq!(postcard::to_allocvec(&digest).unwrap(), framed(digest.as_bytes()));
    assert_eq!(postcard::from_bytes::<Digest>(&framed(digest.as_bytes())).unwrap(), digest);
}

#[derive(Debug, PartialEq, Serialize, DeserializeDerive)]
struct Proposal {
    payload: Value,
    metadata: Map,
    options: Array,
    weight: Number,
}

#[test]
fn the_parts_of_a_value_are_other_bytes_than_the_value() {
    let metadata = Map::from([("by".to_owned(), value!("a-1")), ("at".to_owned(), value!([1, {}]))]);
    let options = Array::from([value!("yes"), value!([null])]);
    let whole = [Value::Map(metadata.clone()), Value::Array(options.clone()), value!(-7)];
    let proposal = Proposal { payload: value!(null), metadata, options, weight: Number::from(-7_i64) };
    let bytes = postcard::to_allocvec(&proposal).unwrap();
    assert_eq!(
        bytes,
        [framed(&[0])].into_iter().chain(whole.map(|part| framed(&part.to_canonical()))).collect::<Vec<_>>().concat()
    );
    assert_eq!(postcard::from_bytes::<Proposal>(&bytes).unwrap(), proposal);
    assert!(postcard::from_bytes::<Map>(&framed(&value!([]).to_canonical())).is_err());
    assert!(postcard::from_bytes::<Array>(&framed(&value!({}).to_canonical())).is_err());
    assert!(postcard::from_bytes::<Number>(&framed(&value!("1").to_canonical())).is_err());
}

#[test]
fn hostile_bytes_become_a_value() {
    for bytes in [&b""[..], b"\x09", b"\x00\x00", b"\x07\x80\x00", b"\x07\xff\xff\xff\xff\x0f", b"\x06\x01\xff"] {
        assert_eq!(read(bytes), None, "{bytes:?}");
    }
    assert!(postcard::from_bytes::<Value>(b"\xff\xff\xff\xff\x0f\x00").is_err(), "a length that no memory holds");
    for (depth, fits) in [(31, true), (32, true), (33, false), (100_000, false)] {
        let nested = [[7, 1].repeat(depth - 1), vec![7, 0]].concat();
        assert_eq!(read(&nested).is_some(), fits, "{depth}");
    }
    for (bytes, fits) in [((1 << 20) - 1, true), (1 << 20, true), ((1 << 20) + 1, false)] {
        let text = Value::from("x".repeat(bytes - 4)).to_canonical();
        assert_eq!((text.len(), read(&text).is_some()), (bytes, fits));
    }
}

#[test]
fn a_seed_does_not_see_its_limits_in_binary() {
    let value = value!([["é"]]);
    let bytes = postcard::to_allocvec(&value).unwrap();
    for (room, fits) in [(-1, false), (0, true), (1, true)] {
        let short = Limits { value_bytes: 8_usize.strict_add_signed(room), ..Limits::default() };
        let flat = Limits { value_depth: 2_usize.strict_add_signed(room), ..Limits::default() };
        for limits in [short, flat] {
            let read = Value::seed(&limits).deserialize(&mut postcard::Deserializer::from_bytes(&bytes));
            assert_eq!(read.ok(), fits.then(|| value.clone()), "{limits:?}");
        }
    }
    // No stack is used, so there is no other end than the limits.
    let deep = (0..10_000).fold(value!(1), |inner, _| value!([inner]));
    let bytes = postcard::to_allocvec(&deep).unwrap();
    let limits = Limits { value_depth: 10_000, ..Limits::default() };
    let read = Value::seed(&limits).deserialize(&mut postcard::Deserializer::from_bytes(&bytes));
    assert!(read.unwrap() == deep);
}

/// A format that hands out bytes that it owns, as those do that read from a stream.
struct Stream(Vec<u8>);

impl<'de> Deserializer<'de> for Stream {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_byte_buf(self.0)
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[test]
fn a_format_that_owns_its_bytes_is_refused() {
    assert_eq!(Value::deserialize(Stream(vec![7, 1, 2])).unwrap(), value!([true]));
    assert_eq!(Digest::deserialize(Stream(vec![7; 32])).unwrap(), Digest::from_bytes([7; 32]));
    let error = Digest::deserialize(Stream(vec![7; 31])).unwrap_err().to_string();
    assert!(error.contains("31 are there, 32 are due"), "{error}");
}

proptest! {
    #[test]
    fn random_bytes_panic_or_have_two_spellings(bytes: Vec<u8>) {
        let _ = postcard::from_bytes::<Value>(&bytes);
        if let Some(value) = read(&bytes) {
            prop_assert_eq!(value.to_canonical(), bytes);
        }
    }
}
