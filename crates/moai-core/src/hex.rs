//! Hexadecimal, lower case only: one spelling for each sequence of bytes.

use crate::InvalidInput;

/// The value of one lower-case digit.
fn digit(c: char) -> Option<u8> {
    if c.is_ascii_uppercase() { None } else { c.to_digit(16).and_then(|value| u8::try_from(value).ok()) }
}

/// Reads all bytes that `text` spells.
pub(crate) fn parse_all(field: &'static str, text: &str) -> Result<Vec<u8>, InvalidInput> {
    if let Some((at, character)) = text.char_indices().find(|&(_, c)| digit(c).is_none()) {
        return Err(InvalidInput::BadCharacter { field, at, character });
    }
    if !text.len().is_multiple_of(2) {
        return Err(InvalidInput::malformed(field, format!("{} hexadecimal digits are no whole bytes", text.len())));
    }
    let mut digits = text.chars().filter_map(digit);
    let mut bytes = Vec::with_capacity(text.len() / 2);
    while let (Some(high), Some(low)) = (digits.next(), digits.next()) {
        bytes.push(high << 4 | low);
    }
    Ok(bytes)
}

/// Reads exactly `N` bytes.
pub(crate) fn parse<const N: usize>(field: &'static str, text: &str) -> Result<[u8; N], InvalidInput> {
    // Looked at first, so that nothing is allocated for what cannot fit.
    if text.len() != 2 * N {
        return Err(InvalidInput::malformed(field, format!("it has {} characters, {} are due", text.len(), 2 * N)));
    }
    let bytes = parse_all(field, text)?;
    bytes.try_into().map_err(|_| InvalidInput::malformed(field, "not whole bytes"))
}

/// Spells `bytes`.
pub(crate) fn write(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
