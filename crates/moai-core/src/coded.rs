//! What every error of moai can say of itself: a stable code, and what state it left behind.

use std::fmt;

/// What is true of the state after an error.
///
/// Every error's text ends with one of these, so that a log line alone tells what to do next.
///
/// ```
/// use moai_core::Aftermath;
/// assert_eq!(Aftermath::NothingChanged.to_string(), "nothing changed");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Aftermath {
    /// The call had no effect: it may be repeated, corrected or dropped.
    NothingChanged,
    /// The call may have taken effect wholly, in part or not at all: read before you go on.
    MayBeHalfDone,
    /// Nothing that this agent says from here on can be trusted: stop it, and recover from what is durable.
    StopThisAgent,
}

impl fmt::Display for Aftermath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NothingChanged => "nothing changed",
            Self::MayBeHalfDone => "may be half done",
            Self::StopThisAgent => "stop this agent",
        })
    }
}

/// An error with a code that programs can match on and that never changes its meaning.
///
/// ```
/// use moai_core::{AgentId, Aftermath, Coded};
///
/// let error = AgentId::new("").unwrap_err();
/// assert_eq!(error.code(), "input.empty");
/// assert_eq!(error.aftermath(), Aftermath::NothingChanged);
/// ```
pub trait Coded: std::error::Error {
    /// The stable code: lower case, `area.what`.
    fn code(&self) -> &'static str;

    /// What state the failed call left behind.
    fn aftermath(&self) -> Aftermath;
}
