//! What went wrong, and what to do next.

use std::fmt;

use moai_flow::Coded;
use serde::Serialize;

use crate::exit::Exit;
use crate::output::harmless_lines;

/// What went wrong, said to a person and to a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Failure {
    /// A stable name.
    pub(crate) code: String,
    /// What happened, and what state is left.
    pub(crate) what: String,
    /// What to do next; empty where nothing helps.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) next: String,
    #[serde(skip)]
    pub(crate) exit: Exit,
}

const TWICE: &str = "; nothing changed; nothing ";

impl Failure {
    /// Something that cannot be meant.
    pub(crate) fn usage(code: &str, what: impl fmt::Display) -> Self {
        let mut what = what.to_string();
        // What an error says of itself is said again of the whole.
        while what.contains(TWICE) {
            what = what.replace(TWICE, "; nothing ");
        }
        Self { code: code.into(), what, next: String::new(), exit: Exit::Usage }
    }

    /// The program cannot go on.
    pub(crate) fn failed(code: &str, what: impl fmt::Display) -> Self {
        Self { exit: Exit::Failed, ..Self::usage(code, what) }
    }

    /// What the library says.
    pub(crate) fn of(error: &(impl Coded + fmt::Display)) -> Self {
        Self::failed(error.code(), error)
    }

    /// The same, with what to do next.
    #[must_use]
    pub(crate) fn and_then(mut self, next: impl fmt::Display) -> Self {
        self.next = next.to_string();
        self
    }

    /// The same, with what state is left.
    #[must_use]
    pub(crate) fn leaving(mut self, state: &str) -> Self {
        self.what = format!("{}; {state}", self.what);
        self
    }

    /// The same, with another end of the program.
    #[must_use]
    pub(crate) fn with(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }
}

/// For people: names, paths and what others say stand in it, and none of that begins a line as if moai said it.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&harmless_lines(&self.what))?;
        if self.next.is_empty() { Ok(()) } else { write!(f, "\n  {}", harmless_lines(&self.next)) }
    }
}
