//! A law that does not hold, and how that was seen.

use super::Law;

/// A law that does not hold, with the history that shows it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the law is broken: {law}\n{how}")]
#[non_exhaustive]
pub struct Broken {
    /// The law.
    pub law: Law,
    /// The history that led there, and what stood where something else should.
    pub how: String,
}
