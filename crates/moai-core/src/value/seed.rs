//! Reading values from serde within limits that the reader chooses.

use serde::de::{DeserializeSeed, Deserializer};

use super::Value;
use super::budget::Budget;
use super::deserialize::Part;
use crate::{Limits, raw};

/// Reads one [`Value`] from serde within given limits; made by [`Value::seed`].
///
/// From readable formats it takes what nests `value_depth` deep, or [`TEXT_DEPTH`](Value::TEXT_DEPTH) if that is less,
/// and has `value_bytes` canonical bytes; it counts while it reads. From binary formats it takes canonical bytes as
/// [`Value::from_canonical`] does. The length of a text, and how deep it goes itself, is for the format to judge:
/// serde_json ends 127 deep.
///
/// ```
/// use moai_core::{Limits, Value};
/// use serde::de::DeserializeSeed;
///
/// let text = "[".repeat(40) + &"]".repeat(40);
/// assert!(serde_json::from_str::<Value>(&text).is_err(), "32 deep is the default");
///
/// let deep = Limits { value_depth: 40, ..Limits::default() };
/// let value = Value::seed(&deep).deserialize(&mut serde_json::Deserializer::from_str(&text))?;
/// assert_eq!(value.depth(), 40);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
#[must_use = "a seed reads when `deserialize` is called"]
pub struct ValueSeed<'a> {
    limits: &'a Limits,
}

impl Value {
    /// What reads a value from serde within these limits.
    pub fn seed(limits: &Limits) -> ValueSeed<'_> {
        ValueSeed { limits }
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if deserializer.is_human_readable() {
            let limit = self.limits.value_depth.min(Value::TEXT_DEPTH);
            Part { depth: 0, limit, budget: &Budget::new(self.limits) }.deserialize(deserializer)
        } else {
            raw::read_bytes(deserializer, |bytes| Value::from_canonical(&bytes, self.limits))
        }
    }
}
