//! The data that agents exchange, vote on and store.

mod array;
mod budget;
mod builder;
mod clone;
mod compare;
mod convert;
mod debug;
mod deserialize;
mod display;
mod drop;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "json")]
mod json_parse;
#[cfg(feature = "json")]
mod json_value;
pub mod literal;
mod map;
mod number;
mod pointer;
mod seed;
mod serialize;
mod walk;

pub use array::Array;
pub use map::Map;
pub use number::Number;
pub use seed::ValueSeed;

pub(crate) use builder::Builder;
pub(crate) use number::Kind;
pub(crate) use walk::{Event, Walk};

use crate::{InvalidInput, Limits};

/// A piece of data: null, a bool, a number, a text, an array, or a map with text keys.
///
/// - **One value, one form.** Maps are sorted, and no key stands twice. `1` as `i64` is `1` as `u64`; `1` and `1.0`
///   are two values; `-0.0` becomes `0.0`; NaN and the infinities do not exist. Texts are compared byte by byte: `é`
///   as one character and as two are two texts. So two values are equal exactly if their canonical bytes
///   ([`to_canonical`](Self::to_canonical)), and with them their [`digest`](Self::digest), are.
/// - **A total order**, the same everywhere: null < bool < number < text < array < map. Numbers go by their exact
///   mathematical value, an integer before the float that equals it; texts by their bytes; arrays item by item and maps
///   pair by pair (key, then value), where a beginning comes before what continues it.
/// - **No recursion** on how deep a value nests: comparing, hashing, cloning, encoding and dropping one that is a
///   million deep takes memory, never the stack. JSON text and serde's readable formats, which other code must read, end
///   at [`TEXT_DEPTH`](Self::TEXT_DEPTH).
/// - **Two forms in serde**: in readable formats (JSON) what the format itself has for texts, arrays and maps; in binary
///   formats its canonical bytes. Reading stops at the default [`Limits`], 32 deep, far before writing does;
///   [`seed`](Self::seed) reads within others.
/// - **One key has no JSON**: `$serde_json::private::Number`, by which serde_json may tell its own reader that a number
///   follows. JSON text and serde's readable formats refuse it when they read and when they write.
///
/// ```
/// use moai_core::{Value, value};
///
/// let task = value!({"name": "index", "cpu": 0.75, "tags": ["a", "b"]});
/// assert_eq!(task.get("name").and_then(Value::as_text), Some("index"));
/// assert_eq!(task.pointer("/tags/1"), Some(&value!("b")));
/// assert!(value!(1) < value!(1.0) && value!(1.0) < value!(2));
/// ```
#[derive(Default)]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// An integer or a finite float.
    Number(Number),
    /// Text.
    Text(String),
    /// Values in a row.
    Array(Array),
    /// Values by their keys, sorted.
    Map(Map),
}

impl Value {
    /// How deep JSON text and serde's readable formats go at the most, whatever the limits say: they are read by code
    /// that recurses. Reading stops earlier, at `value_depth`, which is 32 unless [`Limits`] say otherwise.
    pub const TEXT_DEPTH: usize = 128;

    /// Whether this is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The bool, if this is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The number, if this is one.
    #[must_use]
    pub fn as_number(&self) -> Option<Number> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// The integer, if this is one that fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number()?.as_i64()
    }

    /// The integer, if this is one that fits.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        self.as_number()?.as_u64()
    }

    /// The number as a float, unless it would have to be rounded.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        self.as_number()?.as_f64()
    }

    /// The text, if this is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The array, if this is one.
    #[must_use]
    pub fn as_array(&self) -> Option<&Array> {
        if let Self::Array(array) = self { Some(array) } else { None }
    }

    /// The array, to be changed, if this is one.
    #[must_use]
    pub fn as_array_mut(&mut self) -> Option<&mut Array> {
        if let Self::Array(array) = self { Some(array) } else { None }
    }

    /// The map, if this is one.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// The map, to be changed, if this is one.
    #[must_use]
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// What the key holds, if this is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// The item at the index, if this is an array that reaches so far.
    #[must_use]
    pub fn at(&self, index: usize) -> Option<&Self> {
        self.as_array()?.get(index)
    }

    /// How deep this nests: a scalar is 0 deep, an empty array or map 1.
    ///
    /// ```
    /// use moai_core::value;
    /// assert_eq!(value!("flat").depth(), 0);
    /// assert_eq!(value!({"a": [[]]}).depth(), 3);
    /// ```
    #[must_use]
    pub fn depth(&self) -> usize {
        let (mut depth, mut deepest) = (0, 0);
        for event in Walk::of(self) {
            match event {
                Event::ArrayStart(_) | Event::MapStart(_) => {
                    depth += 1;
                    deepest = deepest.max(depth);
                }
                Event::ArrayEnd | Event::MapEnd => depth -= 1,
                _ => {}
            }
        }
        deepest
    }

    /// Refuses what has no JSON form, for whoever will write it as JSON later: a map with the key that serde_json keeps for
    /// itself, and what nests deeper than its readers go.
    ///
    /// ```
    /// use moai_core::{Coded, value};
    ///
    /// assert!(value!({"a": [1]}).check_json().is_ok());
    /// let reserved = value!({"$serde_json::private::Number": 1});
    /// assert_eq!(reserved.check_json().unwrap_err().code(), "input.reserved");
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidInput::Reserved`] and [`InvalidInput::TooDeep`].
    pub fn check_json(&self) -> Result<(), InvalidInput> {
        let depth = self.depth();
        if depth > Self::TEXT_DEPTH {
            return Err(InvalidInput::too_deep(FIELD, Self::TEXT_DEPTH, depth));
        }
        Walk::of(self).try_for_each(|event| match event {
            Event::Key(key) => check_readable(key),
            _ => Ok(()),
        })
    }

    /// Holds a value that was built by hand against the limits: its depth, and its bytes in canonical form.
    ///
    /// ```
    /// use moai_core::{Coded, Limits, value};
    ///
    /// let limits = Limits { value_depth: 1, ..Limits::default() };
    /// assert!(value!([1]).check(&limits).is_ok());
    /// assert_eq!(value!([[1]]).check(&limits).unwrap_err().code(), "input.too_deep");
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidInput::TooDeep`] and [`InvalidInput::TooLong`].
    pub fn check(&self, limits: &Limits) -> Result<(), InvalidInput> {
        let depth = self.depth();
        if depth > limits.value_depth {
            return Err(InvalidInput::too_deep(FIELD, limits.value_depth, depth));
        }
        let bytes = self.canonical_len();
        if bytes > limits.value_bytes {
            return Err(InvalidInput::too_long(FIELD, limits.value_bytes, bytes));
        }
        Ok(())
    }
}

/// What errors call a value.
pub(crate) const FIELD: &str = "value";

/// A number that serde_json, under its feature `arbitrary_precision`, keeps as text arrives as a map of this one key.
/// Any crate in the tree can switch that feature on, and a real map with this key would then be read as a number.
const NUMBER_KEY: &str = "$serde_json::private::Number";

/// Refuses the one key that has no readable form.
fn check_readable(key: &str) -> Result<(), InvalidInput> {
    if key == NUMBER_KEY {
        return Err(InvalidInput::Reserved { field: FIELD, word: NUMBER_KEY });
    }
    Ok(())
}
