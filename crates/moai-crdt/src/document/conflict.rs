//! A place where several writers' work survives side by side.

use moai_core::Value;

use super::{Path, Shape};
use crate::{ReplicaId, Stamp};

/// A place where several shapes, or several values of a register, survive side by side. Writing the place settles it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conflict {
    /// Where.
    pub path: Path,
    /// All that survives, at least two; the first is what the document shows.
    pub survivors: Vec<Survivor>,
}

/// One of several things that survive at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Survivor {
    /// What it is.
    pub shape: Shape,
    /// How it reads.
    pub value: Value,
    /// For a register: when and by whom it was written. The others have many writers.
    pub written: Option<(Stamp, ReplicaId)>,
}
