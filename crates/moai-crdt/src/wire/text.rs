//! Texts: whole, or as what they do not share with the one before.

use moai_core::InvalidInput;

use super::{WireReader, WireWriter};

pub(super) fn write(text: &str, to: &mut WireWriter) {
    to.number(text.len() as u64);
    to.bytes(text.as_bytes());
}

pub(super) fn read<'a>(from: &mut WireReader<'a>) -> Result<&'a str, InvalidInput> {
    let length = from.length()?;
    str::from_utf8(from.bytes(length)?).map_err(|_| from.malformed(NOT_UTF_8))
}

/// Writes what `before` does not begin with. The cut may go through a character: that needs no rule of its own.
pub(super) fn write_after(text: &str, before: &str, to: &mut WireWriter) {
    let shared = text.bytes().zip(before.bytes()).take_while(|(here, there)| here == there).count();
    let own = text.as_bytes().get(shared..).unwrap_or_default();
    to.number((own.len() as u64) << 1 | u64::from(shared > 0));
    if shared > 0 {
        to.number(shared as u64);
    }
    to.bytes(own);
}

/// Reads the text that [`write_after`] wrote behind `before`.
pub(super) fn read_after(before: &str, from: &mut WireReader<'_>) -> Result<String, InvalidInput> {
    let head = from.number()?;
    let shared = if head & 1 == 1 { from.shared(before.as_bytes())? } else { &[] };
    let own = from.bytes(usize::try_from(head >> 1).unwrap_or(usize::MAX))?;
    let expected = before.as_bytes().get(shared.len());
    if expected.is_some() && expected == own.first() {
        return Err(from.malformed("a text shares more with the one before than it says"));
    }
    String::from_utf8([shared, own].concat()).map_err(|_| from.malformed(NOT_UTF_8))
}

const NOT_UTF_8: &str = "a text is not UTF-8";
