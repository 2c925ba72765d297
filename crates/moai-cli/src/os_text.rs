//! Texts of the system, which need not be UTF-8, in JSON, without loss.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use serde::{Deserialize, Serialize};

use crate::output::harmless;

/// An argument or a path: as it is where it is UTF-8, else with what is not as `\xff`, and `\\` for a backslash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum OsText {
    Plain(String),
    Escaped { escaped: String },
}

impl OsText {
    pub(crate) fn of(text: impl AsRef<OsStr>) -> Self {
        let text = text.as_ref();
        match text.to_str() {
            Some(plain) => Self::Plain(plain.into()),
            None => Self::Escaped { escaped: escape(text.as_bytes()) },
        }
    }

    /// As it is written.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Plain(text) | Self::Escaped { escaped: text } => text,
        }
    }

    /// As an argument for a shell.
    pub(crate) fn quoted(&self) -> String {
        quoted(OsStr::new(self.text())).to_string_lossy().into_owned()
    }

    /// What it stands for.
    #[cfg(test)]
    fn to_os(&self) -> Option<OsString> {
        match self {
            Self::Plain(plain) => Some(plain.into()),
            Self::Escaped { escaped } => unescape(escaped),
        }
    }
}

fn escape(bytes: &[u8]) -> String {
    let chunk = |chunk: std::str::Utf8Chunk<'_>| {
        let bad: String = chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")).collect();
        format!("{}{bad}", chunk.valid().replace('\\', "\\\\"))
    };
    bytes.utf8_chunks().map(chunk).collect()
}

#[cfg(test)]
fn unescape(text: &str) -> Option<OsString> {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, behind)) = rest.split_first() {
        (rest, bytes) = match (first, behind) {
            (b'\\', [b'\\', behind @ ..]) => (behind, [bytes, vec![b'\\']].concat()),
            (b'\\', [b'x', high, low, behind @ ..]) => {
                let byte = u8::from_str_radix(std::str::from_utf8(&[*high, *low]).ok()?, 16).ok()?;
                (behind, [bytes, vec![byte]].concat())
            }
            (b'\\', _) => return None,
            (byte, behind) => (behind, [bytes, vec![*byte]].concat()),
        };
    }
    Some(OsString::from_vec(bytes))
}

/// For people: what is not seen is shown, and not sent to a terminal.
impl fmt::Display for OsText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&harmless(self.text()))
    }
}

/// A text as an argument for a shell.
pub(crate) fn quoted(text: &OsStr) -> OsString {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./=:,+@%".contains(byte);
    let bytes = text.as_bytes();
    if !bytes.is_empty() && bytes.iter().all(is_plain) {
        return text.to_owned();
    }
    let mut quoted = vec![b'\''];
    for byte in bytes {
        match byte {
            b'\'' => quoted.extend_from_slice(b"'\\''"),
            byte => quoted.push(*byte),
        }
    }
    quoted.push(b'\'');
    OsString::from_vec(quoted)
}

/// A command as it can be given to a shell.
pub(crate) fn command_line(argv: &[OsString]) -> OsString {
    argv.iter().map(|argument| quoted(argument)).collect::<Vec<_>>().join(OsStr::new(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_no_utf8_comes_back_as_it_was() {
        for bytes in [&b"plain"[..], b"\xff\xfe", b"back\\slash \xc3", b"\\x41\xff", "ünï".as_bytes()] {
            let text = OsString::from_vec(bytes.to_vec());
            let json = serde_json::to_string(&OsText::of(&text)).unwrap();
            let read: OsText = serde_json::from_str(&json).unwrap();
            assert_eq!(read.to_os(), Some(text), "{json}");
        }
        assert_ne!(
            OsText::of("\\xff"),
            OsText::of(OsString::from_vec(vec![0xff])),
            "what is written so is another text"
        );
    }

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        for text in ["", "a b", "it's", "$(rm -rf /)", "-n", "a\nb"] {
            let line = OsStr::new("printf %s ").to_owned();
            let line = [line, quoted(OsStr::new(text))].join(OsStr::new(""));
            let said = std::process::Command::new("sh").arg("-c").arg(line).output().unwrap();
            assert_eq!(String::from_utf8(said.stdout).unwrap(), text);
        }
    }
}
