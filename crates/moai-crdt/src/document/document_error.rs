//! Why a document did not take what was written.

use moai_core::{Aftermath, Coded, InvalidInput};

use super::{Path, Shape};

/// Why a document did not take what was written. In each case nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// It would lie deeper than the schema's limits allow.
    #[error(transparent)]
    Input(#[from] InvalidInput),
    /// The place is something else.
    #[error("{path:?} is a {shape} and takes no {got}; nothing changed")]
    Unfit {
        /// Which place.
        path: Path,
        /// What it is.
        shape: Shape,
        /// What was to be written.
        got: &'static str,
    },
    /// The path leads on from a place that is no map.
    #[error("{path:?} is a {shape}, so nothing lies under it; nothing changed")]
    NoMap {
        /// Which place.
        path: Path,
        /// What it is, by the schema or by what is there.
        shape: Shape,
    },
    /// A counter would leave its range.
    #[error("the counter {path:?} would go beyond its range; nothing changed")]
    Overflow {
        /// Which counter.
        path: Path,
    },
}

impl DocumentError {
    /// Every code of this error's own; bad input has the codes of [`InvalidInput`].
    pub const CODES: &'static [&'static str] = &["document.unfit", "document.no_map", "crdt.overflow"];
}

impl Coded for DocumentError {
    fn code(&self) -> &'static str {
        match self {
            Self::Input(input) => input.code(),
            Self::Unfit { .. } => "document.unfit",
            Self::NoMap { .. } => "document.no_map",
            Self::Overflow { .. } => "crdt.overflow",
        }
    }

    fn aftermath(&self) -> Aftermath {
        Aftermath::NothingChanged
    }
}
