//! Why something that arrived has no effect.

use moai_core::{Aftermath, Coded, InvalidInput};

use super::Flaw;

/// Why something that arrived has no effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It cannot be read.
    #[error("a message of the agreement cannot be read: {0}")]
    Malformed(InvalidInput),
    /// A signature does not verify: under this key, or for this agreement.
    #[error("a message of the agreement is not signed by agent {by} of the electorate for it; nothing changed")]
    Unsigned {
        /// Who is said to have signed it.
        by: u32,
    },
    /// It is signed, and it is not valid.
    #[error("a message of the agreement is not valid: {0}; nothing changed")]
    Flawed(Flaw),
}

impl From<InvalidInput> for Refusal {
    fn from(input: InvalidInput) -> Self {
        Self::Malformed(input)
    }
}

impl Refusal {
    /// Every code of this error's own.
    pub const CODES: &'static [&'static str] = &["one_shot.malformed", "one_shot.unsigned", "one_shot.flawed"];
}

impl Coded for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "one_shot.malformed",
            Self::Unsigned { .. } => "one_shot.unsigned",
            Self::Flawed(_) => "one_shot.flawed",
        }
    }

    fn aftermath(&self) -> Aftermath {
        Aftermath::NothingChanged
    }
}
