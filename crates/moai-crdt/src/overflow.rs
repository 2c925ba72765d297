//! A number that would leave its range.

use moai_core::{Aftermath, Coded};

/// A number would have gone beyond what it can hold. Numbers here never wrap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} would go beyond its range; nothing changed")]
pub struct Overflow {
    /// Which number.
    pub what: &'static str,
}

impl Overflow {
    /// Every code that this error can carry.
    pub const CODES: &'static [&'static str] = &["crdt.overflow"];
}

impl Coded for Overflow {
    fn code(&self) -> &'static str {
        "crdt.overflow"
    }

    fn aftermath(&self) -> Aftermath {
        Aftermath::NothingChanged
    }
}
