//! What is wrong with a rule, and where.

use std::fmt;
use std::ops::Range;

use crate::output::is_hidden;

/// What is wrong with a rule, and where in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuleError {
    pub(super) text: String,
    pub(super) place: Range<usize>,
    pub(super) why: String,
}

/// What a rule can be made of.
const KNOWN: &str = "a rule is made of: 2of3, all, any, majority, 60%, 2of(lint,tests), weight>=2.5, weight>60%, groups>=2, \
                     no-veto; and of `and`, `or`, `not` and parentheses";

impl RuleError {
    pub(super) fn new(text: &str, place: Range<usize>, why: impl Into<String>) -> Self {
        Self { text: text.into(), place, why: why.into() }
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = self.text.get(..self.place.start).unwrap_or_default().chars().count();
        let marked = self.text.get(self.place.clone()).unwrap_or_default().chars().count().max(1);
        writeln!(f, "the rule does not stand: {}; nothing was done", self.why)?;
        // One line, whatever stands in it.
        let line: String = self.text.chars().map(|c| if is_hidden(c) { '\u{fffd}' } else { c }).collect();
        writeln!(f, "    {line}\n    {}{}", " ".repeat(before), "^".repeat(marked))?;
        write!(f, "  {KNOWN}")
    }
}
