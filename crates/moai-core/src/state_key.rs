//! Which piece of state: a key that people may write in their own language.

use std::sync::Arc;

use crate::{InvalidInput, Limits};

const FIELD: &str = "state key";

/// The key of a piece of state: text in Unicode normal form C, 1 to 512 bytes, without control or invisible characters.
/// The one white space is U+0020, and it stands inside only.
///
/// Two keys that look alike because of composition, hidden characters or kinds of spaces cannot both exist. Keys
/// are ordered by bytes, and cloning one copies a pointer.
///
/// ```
/// use moai_core::StateKey;
///
/// assert!(StateKey::new("task_count").is_ok());
/// assert!(StateKey::new("Zähler/Süd").is_ok());
/// assert!(StateKey::new("two\nlines").is_err());
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateKey(Arc<str>);

impl StateKey {
    /// Takes `text` as it is, or says what does not fit.
    ///
    /// # Errors
    ///
    /// `Empty`, `TooLong`, `BadCharacter` for a control or invisible character, for white space other than U+0020,
    /// and for a space at the beginning or end, `NotNormalized` for text that is not
    /// in normal form C: normalize it first, it is never changed silently.
    pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidInput> {
        let text = text.as_ref();
        if text.is_empty() {
            return Err(InvalidInput::Empty { field: FIELD });
        }
        if text.len() > Limits::KEY_BYTES {
            return Err(InvalidInput::too_long(FIELD, Limits::KEY_BYTES, text.len()));
        }
        // Visible ASCII and spaces inside: that is what nearly every key is, and it is seen without a look at each character.
        let is_plain = text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'));
        if is_plain && !text.starts_with(' ') && !text.ends_with(' ') {
            return Ok(Self(Arc::from(text)));
        }
        let at_an_end = |at: usize| at == 0 || at + 1 == text.len();
        let is_bad = |at: usize, c: char| match c {
            ' ' => at_an_end(at),
            _ => c.is_control() || c.is_whitespace() || is_invisible(c),
        };
        if let Some((at, character)) = text.char_indices().find(|&(at, c)| is_bad(at, c)) {
            return Err(InvalidInput::BadCharacter { field: FIELD, at, character });
        }
        if !unicode_normalization::is_nfc(text) {
            return Err(InvalidInput::NotNormalized { field: FIELD });
        }
        Ok(Self(Arc::from(text)))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Characters that change how text looks or reads without being seen themselves.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}'                  // soft hyphen
        | '\u{034F}'                // combining grapheme joiner
        | '\u{061C}'                // Arabic letter mark
        | '\u{115F}' | '\u{1160}'   // Hangul fillers
        | '\u{17B4}' | '\u{17B5}'   // Khmer inherent vowels
        | '\u{180B}'..='\u{180F}'   // Mongolian selectors and separator
        | '\u{200B}'..='\u{200F}'   // zero-width characters and direction marks
        | '\u{2028}'..='\u{202E}'   // line and paragraph separators, direction embeddings
        | '\u{2060}'..='\u{206F}'   // word joiner, invisible operators, direction isolates
        | '\u{2800}'                // blank braille pattern
        | '\u{3164}' | '\u{FFA0}'   // Hangul fillers
        | '\u{FE00}'..='\u{FE0F}'   // variation selectors
        | '\u{FEFF}'                // byte order mark
        | '\u{FFF0}'..='\u{FFFB}'   // unassigned, interlinear annotation
        | '\u{13430}'..='\u{1343F}' // Egyptian format controls
        | '\u{1BCA0}'..='\u{1BCA3}' // shorthand format controls
        | '\u{1D173}'..='\u{1D17A}' // musical format controls
        | '\u{E0000}'..='\u{E0FFF}' // tags, further variation selectors
    )
}

impl std::fmt::Display for StateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::fmt::Debug for StateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StateKey({:?})", self.as_str())
    }
}

impl std::str::FromStr for StateKey {
    type Err = InvalidInput;

    fn from_str(text: &str) -> Result<Self, InvalidInput> {
        Self::new(text)
    }
}

impl AsRef<str> for StateKey {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl std::borrow::Borrow<str> for StateKey {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl serde::Serialize for StateKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for StateKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::name::deserialize(deserializer, FIELD, |text| Self::new(text))
    }
}
