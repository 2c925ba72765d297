//! Whose turn it is, and what to do.

use crate::ReplicaId;

/// Whose turn it is, and what to do: what the law kit hands to the function that makes operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Which replica acts, from 0.
    pub replica: usize,
    /// The same as an id.
    pub by: ReplicaId,
    /// Which of the operations, from 0.
    pub op: usize,
    /// The number of the step in its history, from 1: no two turns of a history have the same, and it grows, so it can
    /// stand for a value or for the time.
    pub number: u64,
}
