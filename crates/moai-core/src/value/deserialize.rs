//! Values from serde, held against limits: readable formats that describe themselves, and canonical bytes in others.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};

use super::budget::Budget;
use super::{Array, FIELD, Map, NUMBER_KEY, Number, Value, check_readable};
use crate::{InvalidInput, Limits};

/// Refuses what is nested deeper, or has more canonical bytes, than the default [`Limits`] allow; [`Value::seed`] reads
/// within others. Refuses also duplicate keys, floats that are not finite, integers out of range, bytes, and the key
/// `$serde_json::private::Number`, which serde_json keeps for itself. An integer out of range arrives from serde_json as a
/// float: `Value::from_json` refuses it. From a binary format it takes canonical bytes, in their one form.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::seed(&Limits::default()).deserialize(deserializer)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Number(number) => Ok(number),
            other => Err(other.instead_of(&"a number")),
        }
    }
}

impl<'de> Deserialize<'de> for Array {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Array(array) => Ok(array),
            other => Err(other.instead_of(&"an array")),
        }
    }
}

impl<'de> Deserialize<'de> for Map {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Map(map) => Ok(map),
            other => Err(other.instead_of(&"a map")),
        }
    }
}

impl Value {
    fn instead_of<E: Error>(&self, expected: &&'static str) -> E {
        let got = match self {
            Self::Null => Unexpected::Unit,
            Self::Bool(value) => Unexpected::Bool(*value),
            Self::Number(_) => Unexpected::Other("number"),
            Self::Text(text) => Unexpected::Str(text),
            Self::Array(_) => Unexpected::Seq,
            Self::Map(_) => Unexpected::Map,
        };
        E::invalid_type(got, expected)
    }
}

/// A part of a value in a readable format: how many levels are open above it, how many may be, and what it may take.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) depth: usize,
    pub(super) limit: usize,
    pub(super) budget: &'a Budget,
}

impl Part<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        let (depth, limit) = (self.depth + 1, self.limit);
        if depth > limit {
            return Err(E::custom(InvalidInput::too_deep(FIELD, limit, depth)));
        }
        Ok(Self { depth, ..self })
    }

    fn finish<E: Error>(self, part: impl Into<Value>) -> Result<Value, E> {
        let part = part.into();
        self.budget.take(&part).map_err(E::custom)?;
        Ok(part)
    }
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, a bool, a number, a text, an array or a map")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        self.finish(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        self.finish(Value::Null)
    }

    // A wrapper leaves no trace in the value, but it takes stack: it counts as a level.
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deeper()?.deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deeper()?.deserialize(deserializer)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        self.finish(value)
    }

    fn visit_i64<E: Error>(self, integer: i64) -> Result<Value, E> {
        self.finish(integer)
    }

    fn visit_u64<E: Error>(self, integer: u64) -> Result<Value, E> {
        self.finish(integer)
    }

    fn visit_i128<E: Error>(self, integer: i128) -> Result<Value, E> {
        self.finish(Value::try_from(integer).map_err(E::custom)?)
    }

    fn visit_u128<E: Error>(self, integer: u128) -> Result<Value, E> {
        self.finish(Value::try_from(integer).map_err(E::custom)?)
    }

    fn visit_f64<E: Error>(self, float: f64) -> Result<Value, E> {
        self.finish(Value::try_from(float).map_err(E::custom)?)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        self.finish(text)
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        self.finish(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let part = self.deeper()?;
        let mut array = Array::new();
        while let Some(item) = items.next_element_seed(part)? {
            array.push(item);
        }
        self.finish(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Value, A::Error> {
        let mut next = pairs.next_key::<Key>()?;
        if next.as_ref().is_some_and(|key| key.borrowed && key.text == NUMBER_KEY)
            && let NumberText(Some(number)) = pairs.next_value()?
        {
            return self.finish(number);
        }
        let part = self.deeper()?;
        let mut map = Map::new();
        while let Some(Key { text: key, .. }) = next {
            check_readable(&key).and_then(|()| self.budget.take_key(&key)).map_err(A::Error::custom)?;
            if map.contains_key(&key) {
                return Err(A::Error::custom(InvalidInput::duplicate_key(FIELD, &key)));
            }
            map.insert(key, pairs.next_value_seed(part)?);
            next = pairs.next_key()?;
        }
        self.finish(Value::Map(map))
    }
}

/// A key, and whether it was lent for good: so serde_json hands out [`NUMBER_KEY`].
struct Key {
    text: String,
    borrowed: bool,
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text as key")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Key, E> {
                Ok(Key { text: text.to_owned(), borrowed: true })
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Key, E> {
                Ok(Key { text: text.to_owned(), borrowed: false })
            }

            fn visit_string<E: Error>(self, text: String) -> Result<Key, E> {
                Ok(Key { text, borrowed: false })
            }
        }

        deserializer.deserialize_str(KeyVisitor)
    }
}

/// The text of a number that serde_json kept; none if it is a text of a map that was really sent. Neither is taken for
/// the other: the one is a text that belongs to nobody else, also when serde had to set it aside first. The other, asked
/// for as bytes, comes from JSON text as bytes, and from memory as a text that is lent.
struct NumberText(Option<Number>);

impl<'de> Deserialize<'de> for NumberText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberTextVisitor;

        impl<'de> Visitor<'de> for NumberTextVisitor {
            type Value = NumberText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the text of a number")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<NumberText, E> {
                text.parse().map(|number| NumberText(Some(number))).map_err(E::custom)
            }

            fn visit_borrowed_str<E: Error>(self, _: &'de str) -> Result<NumberText, E> {
                Ok(NumberText(None))
            }

            fn visit_bytes<E: Error>(self, _: &[u8]) -> Result<NumberText, E> {
                Ok(NumberText(None))
            }
        }

        deserializer.deserialize_bytes(NumberTextVisitor)
    }
}
