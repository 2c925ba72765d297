//! The number of a task.

use std::fmt;

/// The number of a task, as its queue gives it: from 1 on, each once, over restarts too.
///
/// ```
/// use std::time::Duration;
/// use moai_swarm::{NewTask, TaskId, TaskOptions, TaskQueue};
///
/// let mut queue = TaskQueue::new(TaskOptions::default())?;
/// let first = queue.submit(NewTask::new("sum up"), Duration::ZERO)?;
/// assert_eq!((first, first.to_string().as_str()), (TaskId::new(1), "1"));
/// assert!(queue.submit(NewTask::new("sum up again"), Duration::ZERO)? > first);
/// # Ok::<(), moai_swarm::TaskError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(u64);

impl TaskId {
    /// The task with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
