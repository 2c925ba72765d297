//! Values as people read them: compact JSON text.

use std::fmt::{Display, Formatter, Result, Write};

use super::{Event, Value, Walk};

/// Compact JSON text, keys sorted: what [`to_json`](Value::to_json) gives. What that refuses, because no reader would take
/// it back, is written all the same and in the same form: however deep it nests, and with whatever keys.
///
/// ```
/// use moai_core::{Value, value};
///
/// assert_eq!(value!({"b": 1.0, "a": ["x", null]}).to_string(), r#"{"a":["x",null],"b":1.0}"#);
/// let deep = (0..200).fold(Value::Null, |inner, _| value!([inner]));
/// assert!(deep.to_json().is_err());
/// assert!(deep.to_string().starts_with("[[[[") && deep.to_string().contains("[null]"));
/// ```
impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write_text(self, f)
    }
}

/// Without recursion, so that what nests deep costs no stack.
pub(super) fn write_text(value: &Value, text: &mut impl Write) -> Result {
    let mut comma = false;
    for event in Walk::of(value) {
        let end = matches!(event, Event::ArrayEnd | Event::MapEnd);
        if comma && !end {
            text.write_char(',')?;
        }
        comma = true;
        match event {
            Event::Null => text.write_str("null")?,
            Event::Bool(value) => text.write_str(if value { "true" } else { "false" })?,
            Event::Number(number) => write!(text, "{number}")?,
            Event::Text(part) => quote(part, text)?,
            Event::Key(key) => {
                quote(key, text)?;
                text.write_char(':')?;
                comma = false;
            }
            Event::ArrayStart(_) => {
                text.write_char('[')?;
                comma = false;
            }
            Event::MapStart(_) => {
                text.write_char('{')?;
                comma = false;
            }
            Event::ArrayEnd => text.write_char(']')?,
            Event::MapEnd => text.write_char('}')?,
        }
    }
    Ok(())
}

/// Escapes what must be escaped, and nothing else.
fn quote(part: &str, text: &mut impl Write) -> Result {
    text.write_char('"')?;
    for character in part.chars() {
        match character {
            '"' => text.write_str("\\\"")?,
            '\\' => text.write_str("\\\\")?,
            '\n' => text.write_str("\\n")?,
            '\r' => text.write_str("\\r")?,
            '\t' => text.write_str("\\t")?,
            '\u{8}' => text.write_str("\\b")?,
            '\u{c}' => text.write_str("\\f")?,
            control if control < ' ' => write!(text, "\\u{:04x}", u32::from(control))?,
            plain => text.write_char(plain)?,
        }
    }
    text.write_char('"')
}
