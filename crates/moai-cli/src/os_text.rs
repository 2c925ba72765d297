//! Texts of the system, which need not be UTF-8, in JSON, without loss.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use serde::{Deserialize, Serialize};

use crate::output::{harmless, is_hidden};

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

    /// What it stands for; of an escape that is none, the text as it is written.
    fn to_os(&self) -> OsString {
        match self {
            Self::Plain(plain) => plain.into(),
            Self::Escaped { escaped } => unescape(escaped).unwrap_or_else(|| escaped.into()),
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
    if is_plain(text) { text.to_owned() } else { in_quotes(text) }
}

/// The same where a command begins: a shell takes no word of its own for it.
fn quoted_first(text: &OsStr) -> OsString {
    /// Words that mean something else there.
    const WORDS: [&str; 19] = [
        "!", "case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in", "select",
        "then", "time", "until", "while", "repeat",
    ];
    let means_more =
        text.to_str().is_some_and(|text| WORDS.contains(&text) || text.contains('=') || text.starts_with('%'));
    if means_more { in_quotes(text) } else { quoted(text) }
}

fn in_quotes(text: &OsStr) -> OsString {
    let bytes = text.as_bytes();
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

/// Whether a shell takes it as it is.
fn is_plain(text: &OsStr) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./=:,+@%".contains(byte);
    // What begins with `=` one shell looks up.
    text.as_bytes().first().is_some_and(|first| *first != b'=') && text.as_bytes().iter().all(is_plain)
}

/// A command as it can be given to a shell.
pub(crate) fn command_line(argv: &[OsString]) -> OsString {
    let word = |(place, word): (usize, &OsString)| if place == 0 { quoted_first(word) } else { quoted(word) };
    argv.iter().enumerate().map(word).collect::<Vec<_>>().join(OsStr::new(" "))
}

/// The same for people, and for the shells that they use: what is not seen, or is no UTF-8, stands in `$'…'`.
pub(crate) fn command_shown(argv: &[OsText]) -> String {
    argv.iter().enumerate().map(|(place, word)| shown(&word.to_os(), place == 0)).collect::<Vec<_>>().join(" ")
}

fn shown(word: &OsStr, is_first: bool) -> String {
    match word.to_str() {
        Some(text) if !text.contains(is_hidden) => {
            if is_first { quoted_first(word) } else { quoted(word) }.to_string_lossy().into_owned()
        }
        _ => {
            let byte = |byte: u8| format!("\\x{byte:02x}");
            let of = |c: char| match c {
                '\'' | '\\' => format!("\\{c}"),
                '\n' => "\\n".into(),
                '\t' => "\\t".into(),
                c if is_hidden(c) => c.encode_utf8(&mut [0; 4]).bytes().map(byte).collect(),
                c => c.to_string(),
            };
            let chunk = |chunk: std::str::Utf8Chunk<'_>| {
                let valid: String = chunk.valid().chars().map(of).collect();
                valid + &chunk.invalid().iter().copied().map(byte).collect::<String>()
            };
            format!("$'{}'", word.as_bytes().utf8_chunks().map(chunk).collect::<String>())
        }
    }
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
            assert_eq!(read.to_os(), text, "{json}");
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

    #[test]
    fn what_people_are_shown_is_what_a_shell_of_theirs_reads() {
        let words: [&[u8]; 9] = [
            b"plain",
            b"a b",
            b"it's",
            b"a=b",
            b"",
            b"back\\slash\nline\ttab",
            b"\xff\xfe'f\x1b[2J",
            "ünï\u{202e}f1\u{200b}0".as_bytes(),
            b"$HOME `x` \"y\" !z",
        ];
        for word in words {
            let word = OsString::from_vec(word.to_vec());
            let line = command_shown(&[OsText::of("printf"), OsText::of("%s"), OsText::of(&word)]);
            assert!(!line.contains(is_hidden), "{line}");
            let said = std::process::Command::new("bash").arg("-c").arg(&line).output().unwrap();
            assert_eq!(OsString::from_vec(said.stdout), word, "{line}");
        }
        assert_eq!(command_shown(&[OsText::of("A=b"), OsText::of("c=d")]), "'A=b' c=d");
        assert_eq!(command_shown(&[OsText::of("time"), OsText::of("time"), OsText::of("=ls")]), "'time' time '=ls'");
        assert_eq!(command_line(&["if".into(), "if".into()]), "'if' if");
    }
}
