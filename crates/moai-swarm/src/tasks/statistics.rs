//! What a queue holds, in numbers.

use std::collections::BTreeSet;

/// What a queue holds.
///
/// ```
/// use std::time::Duration;
/// use moai_swarm::{NewTask, TaskOptions, TaskQueue};
///
/// let mut queue = TaskQueue::new(TaskOptions::default())?;
/// queue.submit(NewTask::new("read the report").needing("vision"), Duration::ZERO)?;
/// let is = queue.statistics();
/// assert_eq!((is.open(), is.ready, is.leased, is.completed), (1, 1, 0, 0));
/// assert_eq!(is.nobody_has, [["vision".to_owned()].into()].into(), "nobody with that has joined");
/// # Ok::<(), moai_swarm::TaskError>(())
/// ```
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

impl TaskStatistics {
    /// How many tasks are open: ready, resting, offered or under a lease.
    #[must_use]
    pub fn open(&self) -> usize {
        let Self { ready, resting, offered, leased, .. } = self;
        [ready, resting, offered, leased].into_iter().fold(0, |sum, some| sum.saturating_add(*some))
    }
}
