//! What a voter says.

use serde::{Deserialize, Serialize};

/// What a voter says. Silence is none of these: who says nothing has not voted.
///
/// ```
/// use moai_consensus::Choice;
///
/// assert_eq!("for".parse(), Ok(Choice::For));
/// assert_eq!(Choice::Against.to_string(), "against");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// Wants it done.
    For,
    /// Wants it not done.
    Against,
    /// Took part, and leaves it to the others.
    Abstain,
}

impl Choice {
    /// All of them, in their order.
    pub const ALL: [Self; 3] = [Self::For, Self::Against, Self::Abstain];
}

moai_core::words! {
    Choice "choice":
    For "for"
    Against "against"
    Abstain "abstain"
}
