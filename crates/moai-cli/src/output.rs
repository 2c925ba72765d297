//! What is printed, and how: words for people, JSON for programs, colours only where somebody sees them.

use std::env;
use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal as _, Write as _, stderr, stdout};
use std::sync::OnceLock;

use serde::Serialize;

use crate::cli::Common;
use crate::failure::Failure;

/// Where results go: standard output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
    quiet: bool,
    colour: bool,
}

/// How a word is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// It went well.
    Good,
    /// It did not.
    Bad,
    /// Somebody should look.
    Warn,
    /// It matters less.
    Dim,
    /// It matters more.
    Bold,
}

impl Output {
    /// As it was asked for on the command line.
    pub(crate) fn new(common: &Common) -> Self {
        Self { json: common.json, quiet: common.quiet, colour: coloured(stdout().is_terminal()) }
    }

    /// Whether programs read it.
    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// Whether nobody reads it any more: what is long can stop.
    pub(crate) fn is_lost(self) -> bool {
        LOST.get().is_some()
    }

    /// A line for people; nothing when only errors are wanted.
    pub(crate) fn line(self, text: impl Display) {
        if !self.quiet && !self.json {
            write(&text);
        }
    }

    /// An answer that was asked for: printed also where little is to be said.
    pub(crate) fn answer(self, text: impl Display) {
        if !self.json {
            write(&text);
        }
    }

    /// A line for programs.
    ///
    /// # Errors
    ///
    /// When it cannot be written as JSON.
    pub(crate) fn json(self, value: &impl Serialize) -> Result<(), Failure> {
        write(&json_line(value).map_err(|why| Failure::failed("output.json", why))?);
        Ok(())
    }

    /// A word in a colour, where colours are seen.
    pub(crate) fn paint(self, style: Style, text: impl Display) -> String {
        paint(self.colour, style, text)
    }
}

/// A word in a colour, if wanted.
pub(crate) fn paint(colour: bool, style: Style, text: impl Display) -> String {
    let code = match style {
        Style::Good => "32",
        Style::Bad => "31",
        Style::Warn => "33",
        Style::Dim => "2",
        Style::Bold => "1",
    };
    if colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
}

/// So many of something.
pub(crate) fn counted(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Whether colours are wanted.
pub(crate) fn coloured(is_terminal: bool) -> bool {
    obeys(is_terminal) && env::var_os("NO_COLOR").is_none_or(|no| no.is_empty())
}

/// Whether it is a terminal that does more than write lines: one that says what it is, and is not dumb.
pub(crate) fn obeys(is_terminal: bool) -> bool {
    is_terminal && env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb")
}

/// What somebody wrote, on one line, with everything escaped that a terminal would take for a command, or that is not seen.
pub(crate) fn harmless(text: &str) -> String {
    let safe = |c: char| if is_hidden(c) { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(safe).collect()
}

/// The same over several lines, of which none but the first begins as if it said something of its own.
pub(crate) fn harmless_lines(text: &str) -> String {
    let mut lines = text.split('\n');
    let first = lines.next().map(harmless).unwrap_or_default();
    lines.fold(first, |all, line| {
        let indent = if line.starts_with("  ") { "" } else { "  " };
        all + "\n" + indent + &harmless(line)
    })
}

/// Whether a character is a command to a terminal, turns the direction of what stands around it, or is not seen.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}')
        || matches!(c, '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}')
        || matches!(c, '\u{fff0}'..='\u{fffb}')
        || matches!(c, '\u{2800}' | '\u{13430}'..='\u{1345f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}')
        || matches!(c, '\u{e0000}'..='\u{e0fff}')
}

/// As a line of JSON that means the same, with the same characters escaped: people look at it, too.
///
/// # Errors
///
/// When it has no JSON form.
pub(crate) fn json_line(value: &impl Serialize) -> serde_json::Result<String> {
    let text = serde_json::to_string(value)?;
    if !text.contains(is_hidden) {
        return Ok(text);
    }
    // They stand in texts alone: outside of them JSON has none.
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            let units = c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
            line.push_str(&units);
        } else {
            line.push(c);
        }
    }
    Ok(line)
}

/// Why nothing more can be printed.
static LOST: OnceLock<io::Error> = OnceLock::new();

/// What could not be printed, unless whoever read it has gone: that is how `| head` ends.
pub(crate) fn lost() -> Option<Failure> {
    let why = LOST.get().filter(|why| why.kind() != ErrorKind::BrokenPipe)?;
    Some(Failure::failed("output.lost", format!("the answer cannot be printed: {why}")))
}

/// What is printed when nobody can take it is lost; what was to be done is done all the same, and ends as it would.
fn write(text: &impl Display) {
    if LOST.get().is_some() {
        return;
    }
    let mut out = stdout().lock();
    if let Err(why) = writeln!(out, "{text}").and_then(|()| out.flush()) {
        // It may be known by now.
        let _ = LOST.set(why);
    }
}

/// Says something on the standard error: where nobody can be told, it goes on.
pub(crate) fn put(text: &str) {
    let _ = stderr().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_changes_what_json_means() {
        let text = "\u{1b}[2J \u{9b}31m \u{202e}gpj \u{7f} \u{e0041} ünï 漢字 \"\\";
        let line = json_line(&text).unwrap();
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
        assert!(!line.contains(is_hidden) && line.contains("ünï 漢字"), "{line}");
    }

    #[test]
    fn what_is_not_seen_is_shown_as_it_is() {
        // Default_Ignorable_Code_Point of Unicode 14.
        let ignorable = [
            '\u{ad}'..='\u{ad}',
            '\u{34f}'..='\u{34f}',
            '\u{61c}'..='\u{61c}',
            '\u{115f}'..='\u{1160}',
            '\u{17b4}'..='\u{17b5}',
            '\u{180b}'..='\u{180f}',
            '\u{200b}'..='\u{200f}',
            '\u{202a}'..='\u{202e}',
            '\u{2060}'..='\u{206f}',
            '\u{3164}'..='\u{3164}',
            '\u{fe00}'..='\u{fe0f}',
            '\u{feff}'..='\u{feff}',
            '\u{ffa0}'..='\u{ffa0}',
            '\u{fff0}'..='\u{fff8}',
            '\u{1bca0}'..='\u{1bca3}',
            '\u{1d173}'..='\u{1d17a}',
            '\u{e0000}'..='\u{e0fff}',
        ];
        for c in ignorable.into_iter().flatten() {
            assert!(is_hidden(c), "{c:?}");
        }
        assert_eq!(harmless("a\u{fe0f}"), r"a\u{fe0f}");
        assert_eq!(harmless("a\u{1b}[2Jb\n\u{202e}c\u{200b}"), r"a\u{1b}[2Jb\n\u{202e}c\u{200b}");
        assert_eq!(harmless("plain ünï 漢字 👍"), "plain ünï 漢字 👍");
    }
}
