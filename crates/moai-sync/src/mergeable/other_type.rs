//! Two values that merge in different ways.

use moai_core::{Aftermath, Coded};

use crate::CrdtType;

/// Two values merge in different ways, so that neither can take in the other. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a {ours} takes in no {theirs}; nothing changed")]
#[non_exhaustive]
pub struct OtherType {
    /// How the one merges that was to take in the other.
    pub ours: CrdtType,
    /// How the other does.
    pub theirs: CrdtType,
}

impl OtherType {
    /// Every code of this error.
    pub const CODES: &'static [&'static str] = &["mergeable.other_type"];
}

impl Coded for OtherType {
    fn code(&self) -> &'static str {
        "mergeable.other_type"
    }

    fn aftermath(&self) -> Aftermath {
        Aftermath::NothingChanged
    }
}
