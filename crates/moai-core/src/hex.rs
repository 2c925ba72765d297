//! Hexadecimal, lower case only: one spelling for each sequence of bytes.

use crate::InvalidInput;

/// The value of one lower-case digit.
fn digit(c: char) -> Option<u8> {
    match c {
        '0'..='9' | 'a'..='f' => c.to_digit(16).and_then(|value| u8::try_from(value).ok()),
        _ => None,
    }
}

/// Reads all bytes that `text` spells.
#[cfg(feature = "ports")]
pub(crate) fn parse_all(field: &'static str, text: &str) -> Result<Vec<u8>, InvalidInput> {
    let mut bytes = vec![0; text.len() / 2];
    read(field, text, &mut bytes)?;
    Ok(bytes)
}

/// Reads exactly `N` bytes.
pub(crate) fn parse<const N: usize>(field: &'static str, text: &str) -> Result<[u8; N], InvalidInput> {
    if text.is_empty() && N > 0 {
        return Err(InvalidInput::Empty { field });
    }
    InvalidInput::check_length(field, text.len(), 2 * N)?;
    let mut bytes = [0; N];
    read(field, text, &mut bytes)?;
    Ok(bytes)
}

/// Fills `bytes` with what `text` spells, two characters a byte.
fn read(field: &'static str, text: &str, bytes: &mut [u8]) -> Result<(), InvalidInput> {
    for (at, character) in text.char_indices() {
        let value = digit(character).ok_or(InvalidInput::BadCharacter { field, at, character })?;
        if let Some(byte) = bytes.get_mut(at / 2) {
            *byte = *byte << 4 | value;
        }
    }
    // Every character is a digit by now, so bytes count digits.
    match 2 * bytes.len() {
        due if due == text.len() => Ok(()),
        due if due + 1 == text.len() => {
            Err(InvalidInput::malformed(field, format_args!("{} digits are no whole bytes", text.len())))
        }
        due => Err(InvalidInput::malformed(field, format_args!("it has {} characters, {due} are due", text.len()))),
    }
}

/// Spells `bytes`.
#[cfg(feature = "ports")]
pub(crate) fn write(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
