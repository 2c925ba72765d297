//! Why a queue did not do as it was asked.

use moai_core::{Aftermath, AgentId, Coded, InvalidInput, JournalError};

use super::TaskId;

/// Why a queue did not do as it was asked.
///
/// ```
/// use std::time::Duration;
/// use moai_core::Coded;
/// use moai_swarm::{NewTask, TaskError, TaskOptions, TaskQueue};
///
/// let mut queue = TaskQueue::new(TaskOptions::default().with_open(1))?;
/// queue.submit(NewTask::new("first"), Duration::ZERO)?;
/// let error = queue.submit(NewTask::new("second"), Duration::ZERO).unwrap_err();
/// assert_eq!((error.code(), &error), ("task.full", &TaskError::Full { limit: 1 }));
/// assert_eq!(error.to_string(), "1 tasks are open, there is no room for another; nothing changed");
/// # Ok::<(), TaskError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// As many tasks are open as may be.
    #[error("{limit} tasks are open, there is no room for another; nothing changed")]
    Full {
        /// How many may be open.
        limit: usize,
    },
    /// A part of a task, or an option, is out of its bounds.
    #[error("{what} is out of bounds, at most {limit}; nothing changed")]
    OutOfBounds {
        /// What does not fit.
        what: &'static str,
        /// The most that does.
        limit: u64,
    },
    /// The lease ended: it ran out, was handed in, or its agent failed.
    #[error("epoch {epoch} of task {task} has ended; nothing changed")]
    StaleLease {
        /// Of which task.
        task: TaskId,
        /// The epoch that has ended.
        epoch: u64,
    },
    /// Nobody of this name takes part.
    #[error("{agent} takes no part; nothing changed")]
    UnknownAgent {
        /// Who was named.
        agent: AgentId,
    },
    /// A value does not fit, or a payload is none.
    #[error(transparent)]
    Input(#[from] InvalidInput),
    /// The journal did not record it.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A record of the journal cannot be read as a task's.
    #[error("record {seq} of the journal is not of a task as this version writes it; nothing changed")]
    BadRecord {
        /// Which one.
        seq: u64,
    },
}

impl TaskError {
    /// Every code of this error's own; values have the codes of [`InvalidInput`], and a journal those of [`JournalError`].
    pub const CODES: &'static [&'static str] =
        &["task.full", "task.out_of_bounds", "task.stale_lease", "task.unknown_agent", "task.bad_record"];
}

impl Coded for TaskError {
    fn code(&self) -> &'static str {
        match self {
            Self::Full { .. } => "task.full",
            Self::OutOfBounds { .. } => "task.out_of_bounds",
            Self::StaleLease { .. } => "task.stale_lease",
            Self::UnknownAgent { .. } => "task.unknown_agent",
            Self::Input(input) => input.code(),
            Self::Journal(journal) => journal.code(),
            Self::BadRecord { .. } => "task.bad_record",
        }
    }

    fn aftermath(&self) -> Aftermath {
        match self {
            Self::Journal(journal) => journal.aftermath(),
            _ => Aftermath::NothingChanged,
        }
    }
}
