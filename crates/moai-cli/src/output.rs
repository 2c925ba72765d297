//! What is printed, and how: words for people, JSON for programs, colours only where somebody sees them.

use std::env;
use std::fmt::Display;
use std::io::{ErrorKind, IsTerminal as _, Write as _, stdout};
use std::process::exit;

use serde::Serialize;

use crate::cli::Common;
use crate::exit::Exit;
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
        let text = serde_json::to_string(value).map_err(|why| Failure::failed("output.json", why))?;
        write(&text);
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

/// Whether colours are wanted.
pub(crate) fn coloured(is_terminal: bool) -> bool {
    let set = |name| env::var_os(name).is_some_and(|value: std::ffi::OsString| !value.is_empty());
    is_terminal && !set("NO_COLOR") && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// What somebody wrote, with everything escaped that a terminal would take for a command.
pub(crate) fn harmless(text: &str) -> String {
    let safe = |c: char| if c.is_control() || is_directional(c) { c.escape_debug().to_string() } else { c.to_string() };
    text.chars().map(safe).collect()
}

/// Characters that turn the direction of what stands around them, or are not seen.
const fn is_directional(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn write(text: &impl Display) {
    let mut out = stdout().lock();
    if let Err(why) = writeln!(out, "{text}").and_then(|()| out.flush()) {
        // Whoever read it has gone: that is how `| head` ends.
        let ended = if why.kind() == ErrorKind::BrokenPipe { Exit::Done } else { Exit::Failed };
        exit(i32::from(ended.number()));
    }
}
