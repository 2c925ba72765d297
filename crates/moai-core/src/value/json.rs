//! Values as JSON text.

use super::display::write_text;
use super::json_parse::Parser;
use super::{FIELD, Value};
use crate::{InvalidInput, Limits};

impl Value {
    /// Reads JSON text within the default [`Limits`].
    ///
    /// # Errors
    ///
    /// As [`from_json_within`](Self::from_json_within).
    pub fn from_json(text: &str) -> Result<Self, InvalidInput> {
        Self::from_json_within(text, &Limits::default())
    }

    /// Reads JSON text.
    ///
    /// With a fraction or an exponent a number is a float, otherwise an integer; `-0` is the float `0.0`. What does not
    /// fit is refused, never rounded to something else: an integer out of range, a float that would be infinite, a key
    /// that stands twice.
    ///
    /// ```
    /// use moai_core::{Coded, Value, value};
    ///
    /// assert_eq!(Value::from_json(r#"{"a": [1, 1.0, null]}"#)?, value!({"a": [1, 1.0, null]}));
    ///
    /// let error = Value::from_json("[1, }").unwrap_err();
    /// assert_eq!(error.to_string(), "value does not parse: expected a value at line 1 column 5; nothing changed");
    /// let error = Value::from_json(r#"{"a": 1, "a": 1}"#).unwrap_err();
    /// assert_eq!(error.code(), "input.duplicate_key");
    /// # Ok::<(), moai_core::InvalidInput>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TooLong`](InvalidInput::TooLong) for text longer than `value_bytes`, before it is looked at, and for a value whose
    /// canonical bytes are more than that, as soon as they are: a number of one digit has nine;
    /// [`TooDeep`](InvalidInput::TooDeep) beyond `value_depth` or [`TEXT_DEPTH`](Self::TEXT_DEPTH), whichever is less;
    /// [`DuplicateKey`](InvalidInput::DuplicateKey); [`Reserved`](InvalidInput::Reserved) for the key
    /// `$serde_json::private::Number`; [`OutOfRange`](InvalidInput::OutOfRange); [`NotFinite`](InvalidInput::NotFinite);
    /// [`Malformed`](InvalidInput::Malformed), with line and column (in bytes).
    pub fn from_json_within(text: &str, limits: &Limits) -> Result<Self, InvalidInput> {
        within(text.len(), limits)?;
        Parser::new(text, limits).parse(limits.value_depth.min(Self::TEXT_DEPTH))
    }

    /// Reads JSON text from bytes: UTF-8 without a byte order mark.
    ///
    /// # Errors
    ///
    /// As [`from_json_within`](Self::from_json_within).
    pub fn from_json_slice_within(bytes: &[u8], limits: &Limits) -> Result<Self, InvalidInput> {
        within(bytes.len(), limits)?;
        let text = str::from_utf8(bytes).map_err(|why| InvalidInput::malformed(FIELD, why))?;
        Self::from_json_within(text, limits)
    }

    /// The value as compact JSON text, keys sorted. Reading it gives the same value back, within [`Limits`] that allow it:
    /// this writes 128 deep and any length, while the default limits stop a reader 32 deep and at 1 MiB.
    ///
    /// ```
    /// use moai_core::value;
    /// assert_eq!(value!({"b": 1.0, "a": [1, null]}).to_json()?, r#"{"a":[1,null],"b":1.0}"#);
    /// # Ok::<(), moai_core::InvalidInput>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TooDeep`](InvalidInput::TooDeep) beyond [`TEXT_DEPTH`](Self::TEXT_DEPTH): nobody could read it.
    /// [`Reserved`](InvalidInput::Reserved) for the key `$serde_json::private::Number`.
    pub fn to_json(&self) -> Result<String, InvalidInput> {
        self.check_json()?;
        let mut text = String::new();
        // A text takes whatever is written.
        let _ = write_text(self, &mut text);
        Ok(text)
    }
}

fn within(bytes: usize, limits: &Limits) -> Result<(), InvalidInput> {
    if bytes > limits.value_bytes {
        return Err(InvalidInput::too_long(FIELD, limits.value_bytes, bytes));
    }
    Ok(())
}
