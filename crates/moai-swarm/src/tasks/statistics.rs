//! What a queue holds, in numbers.

use std::collections::BTreeSet;

/// What a queue holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskStatistics {
    /// Tasks that wait for an agent.
    pub ready: usize,
    /// Tasks that rest after a failure.
    pub resting: usize,
    /// Tasks that are offered and not begun.
    pub offered: usize,
    /// Tasks under a lease.
    pub leased: usize,
    /// Tasks that were completed.
    pub completed: u64,
    /// Tasks that were given up.
    pub dead: u64,
    /// Sets of capabilities that waiting tasks need and nobody has.
    pub nobody_has: BTreeSet<BTreeSet<String>>,
}
