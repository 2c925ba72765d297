//! What an exam found out.

use std::fmt;

/// What an exam found out about one provider.
///
/// It prints as a list for people: what failed, with the promise that is broken and how it showed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "an exam that nobody reads proves nothing"]
#[non_exhaustive]
pub struct Report {
    /// Which port was examined.
    pub port: &'static str,
    /// The checks that passed.
    pub passed: Vec<&'static str>,
    /// The checks that failed.
    pub failed: Vec<Failure>,
    /// The checks of what the provider does not promise, like durability in a provider that lives in memory.
    pub skipped: Vec<Skipped>,
}

/// A check that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The check: its name says the fear that came true.
    pub check: &'static str,
    /// The promise that is broken.
    pub promise: &'static str,
    /// How it showed.
    pub why: String,
}

/// A check that does not concern this provider.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// The check.
    pub check: &'static str,
    /// Why it was not made.
    pub why: &'static str,
}

impl Report {
    /// Whether every check passed, but for those that do not concern this provider.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.failed.is_empty()
    }

    /// Ends a test: panics with the whole report when a check failed.
    ///
    /// # Panics
    ///
    /// When a check failed.
    #[expect(clippy::panic, reason = "this is how a test fails")]
    #[track_caller]
    pub fn assert(&self) {
        if !self.holds() {
            panic!("{self}");
        }
    }

    /// The report of what failed as an error.
    ///
    /// # Errors
    ///
    /// The report itself, when a check failed.
    pub fn into_result(self) -> Result<(), Self> {
        if self.holds() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { port, passed, failed, skipped } = self;
        write!(f, "{port}: {} passed, {} failed, {} skipped", passed.len(), failed.len(), skipped.len())?;
        for Failure { check, promise, why } in failed {
            write!(f, "\n  {check}\n    promised: {promise}\n    found: {why}")?;
        }
        for Skipped { check, why } in skipped {
            write!(f, "\n  {check} was skipped: {why}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Report {}
