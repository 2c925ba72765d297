//! What two sides know when one takes in the other.

use crate::CausalContext;

/// What two sides know when one takes in the other, worked out once for all that lies in them.
#[derive(Debug, Clone, Copy)]
pub struct Meeting<'a> {
    ours: &'a CausalContext,
    theirs: &'a CausalContext,
    is_apart: bool,
    news: usize,
}

impl<'a> Meeting<'a> {
    /// The side that takes in knows `ours`, the other one `theirs`.
    #[must_use]
    pub fn new(ours: &'a CausalContext, theirs: &'a CausalContext) -> Self {
        let news = usize::try_from(theirs.without(ours).len()).unwrap_or(usize::MAX);
        Self { ours, theirs, is_apart: theirs.is_disjoint(ours), news }
    }

    /// What the side knows that takes in.
    #[must_use]
    pub const fn ours(&self) -> &'a CausalContext {
        self.ours
    }

    /// What the other side knows.
    #[must_use]
    pub const fn theirs(&self) -> &'a CausalContext {
        self.theirs
    }

    /// Whether no dot is known to both: then the other side kills nothing.
    pub(crate) const fn is_apart(&self) -> bool {
        self.is_apart
    }

    /// How many of their dots are new here.
    pub(crate) const fn news(&self) -> usize {
        self.news
    }
}
