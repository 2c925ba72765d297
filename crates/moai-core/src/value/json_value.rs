//! Conversions from and to serde_json's own type.

use super::{Array, FIELD, Kind, Map, Number, Value, check_readable};
use crate::InvalidInput;

/// # Errors
///
/// [`InvalidInput::TooDeep`] beyond [`Value::TEXT_DEPTH`]; the refused value is then taken apart piece by piece, because
/// to drop it whole could overflow the stack. [`InvalidInput::Reserved`] for the key `$serde_json::private::Number`. Under
/// serde_json's feature `arbitrary_precision` also [`InvalidInput::OutOfRange`] and [`InvalidInput::NotFinite`].
impl TryFrom<serde_json::Value> for Value {
    type Error = InvalidInput;

    fn try_from(json: serde_json::Value) -> Result<Self, InvalidInput> {
        let depth = depth(&json);
        if depth > Self::TEXT_DEPTH {
            dismantle(json);
            return Err(InvalidInput::too_deep(FIELD, Self::TEXT_DEPTH, depth));
        }
        from_shallow(json)
    }
}

/// # Errors
///
/// [`InvalidInput::TooDeep`] beyond [`Value::TEXT_DEPTH`]: to drop the result could overflow the stack.
/// [`InvalidInput::Reserved`] for the key `$serde_json::private::Number`.
impl TryFrom<Value> for serde_json::Value {
    type Error = InvalidInput;

    fn try_from(value: Value) -> Result<Self, InvalidInput> {
        let depth = value.depth();
        if depth > Value::TEXT_DEPTH {
            return Err(InvalidInput::too_deep(FIELD, Value::TEXT_DEPTH, depth));
        }
        to_shallow(value)
    }
}

/// Recurses: the depth was checked.
fn from_shallow(json: serde_json::Value) -> Result<Value, InvalidInput> {
    Ok(match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(value),
        serde_json::Value::Number(number) => Value::Number(from_number(&number)?),
        serde_json::Value::String(text) => Value::Text(text),
        serde_json::Value::Array(items) => {
            Value::Array(items.into_iter().map(from_shallow).collect::<Result<Array, _>>()?)
        }
        serde_json::Value::Object(pairs) => {
            let pairs = pairs.into_iter().map(|(key, value)| {
                check_readable(&key)?;
                Ok((key, from_shallow(value)?))
            });
            Value::Map(pairs.collect::<Result<Map, _>>()?)
        }
    })
}

/// By way of the text where serde_json would round what it keeps as text under `arbitrary_precision`.
fn from_number(number: &serde_json::Number) -> Result<Number, InvalidInput> {
    number.as_u64().map_or_else(|| number.to_string().parse(), |natural| Ok(Number::from(natural)))
}

/// Recurses: the depth was checked.
fn to_shallow(value: Value) -> Result<serde_json::Value, InvalidInput> {
    Ok(match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => serde_json::Value::Bool(value),
        Value::Number(number) => serde_json::Value::Number(match number.kind() {
            Kind::Natural(natural) => natural.into(),
            Kind::Negative(negative) => negative.into(),
            Kind::Float(float) => {
                serde_json::Number::from_f64(float).ok_or(InvalidInput::NotFinite { field: FIELD })?
            }
        }),
        Value::Text(text) => serde_json::Value::String(text),
        Value::Array(items) => serde_json::Value::Array(items.into_iter().map(to_shallow).collect::<Result<_, _>>()?),
        Value::Map(pairs) => {
            let pairs = pairs.into_iter().map(|(key, value)| {
                check_readable(&key)?;
                Ok((key, to_shallow(value)?))
            });
            serde_json::Value::Object(pairs.collect::<Result<_, _>>()?)
        }
    })
}

fn depth(json: &serde_json::Value) -> usize {
    let mut deepest = 0;
    let mut queue = vec![(json, 1)];
    while let Some((json, depth)) = queue.pop() {
        match json {
            serde_json::Value::Array(items) => queue.extend(items.iter().map(|item| (item, depth + 1))),
            serde_json::Value::Object(pairs) => queue.extend(pairs.values().map(|item| (item, depth + 1))),
            _ => continue,
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn dismantle(json: serde_json::Value) {
    let mut queue = vec![json];
    while let Some(json) = queue.pop() {
        match json {
            serde_json::Value::Array(items) => queue.extend(items),
            serde_json::Value::Object(pairs) => queue.extend(pairs.into_iter().map(|(_, item)| item)),
            _ => {}
        }
    }
}
