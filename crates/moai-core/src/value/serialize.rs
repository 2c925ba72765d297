//! Values to serde: readable and never deeper than a reader's stack bears, or as canonical bytes.

use serde::ser::{Error, Serialize, Serializer};

use super::{Array, Kind, Map, NUMBER_KEY, Number, Value, check_readable};
use crate::canonical::{array_bytes, map_bytes};

/// A part of a value, and how many levels may still open below it.
struct Part<'a>(&'a Value, usize);

/// # Errors
///
/// A readable format refuses a value that is nested deeper than [`Value::TEXT_DEPTH`], and the key
/// `$serde_json::private::Number`. A binary format refuses nothing.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_bytes(&self.to_canonical());
        }
        Part(self, Self::TEXT_DEPTH).serialize(serializer)
    }
}

impl Serialize for Array {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_bytes(&array_bytes(self));
        }
        array(self, Value::TEXT_DEPTH, serializer)
    }
}

impl Serialize for Map {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_bytes(&map_bytes(self));
        }
        map(self, Value::TEXT_DEPTH, serializer)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_bytes(&Value::Number(*self).to_canonical());
        }
        number(*self, serializer)
    }
}

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Number(part) => number(*part, serializer),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Array(items) => array(items, self.1, serializer),
            Value::Map(pairs) => map(pairs, self.1, serializer),
        }
    }
}

// A readable part stays readable down to its last number, whatever the serializers inside of it say of themselves.
fn number<S: Serializer>(number: Number, serializer: S) -> Result<S::Ok, S::Error> {
    match number.kind() {
        Kind::Natural(natural) => serializer.serialize_u64(natural),
        Kind::Negative(negative) => serializer.serialize_i64(negative),
        Kind::Float(float) => serializer.serialize_f64(float),
    }
}

fn array<S: Serializer>(items: &Array, levels: usize, serializer: S) -> Result<S::Ok, S::Error> {
    let levels = deeper(levels)?;
    serializer.collect_seq(items.iter().map(|item| Part(item, levels)))
}

fn map<S: Serializer>(pairs: &Map, levels: usize, serializer: S) -> Result<S::Ok, S::Error> {
    let levels = deeper(levels)?;
    if pairs.contains_key(NUMBER_KEY) {
        check_readable(NUMBER_KEY).map_err(S::Error::custom)?;
    }
    serializer.collect_map(pairs.iter().map(|(key, item)| (key, Part(item, levels))))
}

fn deeper<E: Error>(levels: usize) -> Result<usize, E> {
    levels.checked_sub(1).ok_or_else(|| E::custom(format_args!("value is nested deeper than {}", Value::TEXT_DEPTH)))
}
