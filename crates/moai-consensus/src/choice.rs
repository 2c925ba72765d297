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

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::For => "for",
            Self::Against => "against",
            Self::Abstain => "abstain",
        }
    }
}

impl std::fmt::Display for Choice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for Choice {
    type Err = moai_core::InvalidInput;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|choice| choice.as_str() == text);
        found.ok_or_else(|| moai_core::InvalidInput::Malformed {
            field: "choice",
            why: "it is one of for, against, abstain".into(),
        })
    }
}
