//! Bad input: one error for everything that does not fit the words of moai.

use crate::{Aftermath, Coded};

/// Input was refused before anything happened: which field, what was wrong with it, and where it stands against the
/// limit.
///
/// ```
/// use moai_core::{AgentId, Coded, InvalidInput};
///
/// let error = AgentId::new(&"a".repeat(65)).unwrap_err();
/// assert_eq!(error, InvalidInput::TooLong { field: "agent id", limit: 64, got: 65 });
/// assert_eq!(error.to_string(), "agent id has 65 bytes, the limit is 64; nothing changed");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidInput {
    /// Something must be there.
    #[error("{field} is empty; nothing changed")]
    Empty {
        /// What was empty.
        field: &'static str,
    },
    /// More bytes than the limit.
    #[error("{field} has {got} bytes, the limit is {limit}; nothing changed")]
    TooLong {
        /// What was too long.
        field: &'static str,
        /// How many bytes it may have.
        limit: u64,
        /// How many bytes it has; where reading stopped early, how many were seen.
        got: u64,
    },
    /// More items than the limit.
    #[error("{field} has {got} items, the limit is {limit}; nothing changed")]
    TooMany {
        /// What had too many items.
        field: &'static str,
        /// How many it may have.
        limit: u64,
        /// How many it has; where reading stopped early, how many were seen.
        got: u64,
    },
    /// Nested deeper than the limit.
    #[error("{field} is nested {got} deep, the limit is {limit}; nothing changed")]
    TooDeep {
        /// What was too deep.
        field: &'static str,
        /// How deep it may be.
        limit: u64,
        /// How deep it is; where reading stopped early, how deep it was by then.
        got: u64,
    },
    /// A character that may not stand there.
    #[error("{field} has {character:?} at byte {at}, which may not stand there; nothing changed")]
    BadCharacter {
        /// Where the character stands.
        field: &'static str,
        /// The byte at which it begins.
        at: usize,
        /// The character; it is printed escaped, so that a log stays a log.
        character: char,
    },
    /// Text that is not in Unicode's composed normal form (NFC), so that two spellings would look alike.
    #[error("{field} is not in Unicode normal form C; nothing changed")]
    NotNormalized {
        /// What is not normalized.
        field: &'static str,
    },
    /// A word that moai keeps for itself.
    #[error("{field} may not be the reserved word {word:?}; nothing changed")]
    Reserved {
        /// Where the word was used.
        field: &'static str,
        /// The reserved word.
        word: &'static str,
    },
    /// A number that is not a number, or infinite.
    #[error("{field} is not a finite number; nothing changed")]
    NotFinite {
        /// What is not finite.
        field: &'static str,
    },
    /// A number or time outside of its range.
    #[error("{field} is {got}, the range is {low} to {high}; nothing changed")]
    OutOfRange {
        /// What is out of range.
        field: &'static str,
        /// The least that is allowed.
        low: String,
        /// The most that is allowed.
        high: String,
        /// What it is.
        got: String,
    },
    /// A map that names one key twice.
    #[error("{field} names the key {key:?} twice; nothing changed")]
    DuplicateKey {
        /// Which map.
        field: &'static str,
        /// The key that stands twice, cut to 64 characters.
        key: String,
    },
    /// Text or bytes that do not parse.
    #[error("{field} does not parse: {why}; nothing changed")]
    Malformed {
        /// What does not parse.
        field: &'static str,
        /// What is wrong, and where.
        why: String,
    },
}

impl InvalidInput {
    /// Every code that this error can carry, in the order of its variants.
    pub const CODES: &'static [&'static str] = &[
        "input.empty",
        "input.too_long",
        "input.too_many",
        "input.too_deep",
        "input.bad_character",
        "input.not_normalized",
        "input.reserved",
        "input.not_finite",
        "input.out_of_range",
        "input.duplicate_key",
        "input.malformed",
    ];

    /// The field that was refused.
    ///
    /// ```
    /// use moai_core::SwarmId;
    /// assert_eq!(SwarmId::new("").unwrap_err().field(), "swarm id");
    /// ```
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::Empty { field }
            | Self::TooLong { field, .. }
            | Self::TooMany { field, .. }
            | Self::TooDeep { field, .. }
            | Self::BadCharacter { field, .. }
            | Self::NotNormalized { field }
            | Self::Reserved { field, .. }
            | Self::NotFinite { field }
            | Self::OutOfRange { field, .. }
            | Self::DuplicateKey { field, .. }
            | Self::Malformed { field, .. } => field,
        }
    }

    pub(crate) fn too_long(field: &'static str, limit: usize, got: usize) -> Self {
        Self::TooLong { field, limit: limit as u64, got: got as u64 }
    }

    pub(crate) fn too_deep(field: &'static str, limit: usize, got: usize) -> Self {
        Self::TooDeep { field, limit: limit as u64, got: got as u64 }
    }

    /// Refuses more bytes than the limit.
    pub(crate) fn check_length(field: &'static str, got: usize, limit: usize) -> Result<(), Self> {
        if got > limit { Err(Self::too_long(field, limit, got)) } else { Ok(()) }
    }

    /// Refuses more items than the limit.
    #[cfg(feature = "ports")]
    pub(crate) fn check_count(field: &'static str, got: usize, limit: usize) -> Result<(), Self> {
        if got > limit { Err(Self::TooMany { field, limit: limit as u64, got: got as u64 }) } else { Ok(()) }
    }

    pub(crate) fn duplicate_key(field: &'static str, key: &str) -> Self {
        Self::DuplicateKey { field, key: key.chars().take(64).collect() }
    }

    pub(crate) fn malformed(field: &'static str, why: impl ToString) -> Self {
        Self::Malformed { field, why: why.to_string() }
    }
}

impl Coded for InvalidInput {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "input.empty",
            Self::TooLong { .. } => "input.too_long",
            Self::TooMany { .. } => "input.too_many",
            Self::TooDeep { .. } => "input.too_deep",
            Self::BadCharacter { .. } => "input.bad_character",
            Self::NotNormalized { .. } => "input.not_normalized",
            Self::Reserved { .. } => "input.reserved",
            Self::NotFinite { .. } => "input.not_finite",
            Self::OutOfRange { .. } => "input.out_of_range",
            Self::DuplicateKey { .. } => "input.duplicate_key",
            Self::Malformed { .. } => "input.malformed",
        }
    }

    fn aftermath(&self) -> Aftermath {
        Aftermath::NothingChanged
    }
}
