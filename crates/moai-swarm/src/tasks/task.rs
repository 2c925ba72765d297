//! What is to be done, and who can do it.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::TaskId;

/// Something to be done.
///
/// ```
/// use moai_swarm::NewTask;
///
/// let task = NewTask::new("read the report").priority(200).needing("vision").with_key("report-7");
/// assert_eq!(task.priority, 200);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewTask {
    /// What is to be done; the allocator does not read it.
    pub payload: Bytes,
    /// 255 goes first; see [`TaskOptions::ageing`](crate::TaskOptions::ageing).
    pub priority: u8,
    /// What an agent must be capable of.
    pub needs: BTreeSet<String>,
    /// Where it is best done.
    pub place: Option<String>,
    /// The same key again is the same task.
    pub key: Option<String>,
}

impl NewTask {
    /// A task of middle priority that anybody can do.
    #[must_use]
    pub fn new(payload: impl Into<Bytes>) -> Self {
        Self { payload: payload.into(), priority: 128, needs: BTreeSet::new(), place: None, key: None }
    }

    /// With another priority.
    #[must_use]
    pub fn priority(mut self, priority: u8) -> Self {
        self.priority = priority;
        self
    }

    /// Only for agents with this capability too.
    #[must_use]
    pub fn needing(mut self, capability: impl Into<String>) -> Self {
        self.needs.insert(capability.into());
        self
    }

    /// Best done at this place.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// With an idempotency key.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// What an agent brings along.
///
/// ```
/// use moai_swarm::Worker;
///
/// assert_eq!(Worker::new().capable_of("vision").with_limit(2).limit, 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Worker {
    /// What it is capable of.
    pub capabilities: BTreeSet<String>,
    /// Where it is.
    pub places: BTreeSet<String>,
    /// How many tasks it may hold leases of.
    pub limit: usize,
}

impl Default for Worker {
    fn default() -> Self {
        Self { capabilities: BTreeSet::new(), places: BTreeSet::new(), limit: 1 }
    }
}

impl Worker {
    /// An agent that takes one task at a time and is capable of nothing in particular.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Capable of this too.
    #[must_use]
    pub fn capable_of(mut self, capability: impl Into<String>) -> Self {
        self.capabilities.insert(capability.into());
        self
    }

    /// At this place too.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.places.insert(place.into());
        self
    }

    /// With another limit in flight.
    #[must_use]
    pub fn with_limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }
}

/// The right to finish a task. Each lease of a queue has an epoch of its own: an old one is refused.
///
/// ```
/// use std::time::Duration;
/// use moai_core::{Coded, agent_id};
/// use moai_swarm::{NewTask, TaskOptions, TaskQueue, Worker};
///
/// let (mut queue, agent) = (TaskQueue::new(TaskOptions::default())?, agent_id!("agent-1"));
/// queue.join(agent.clone(), Worker::new());
/// queue.submit(NewTask::new("sum up"), Duration::ZERO)?;
/// let old = queue.pull(&agent, Duration::ZERO)?.expect("there is one").lease;
/// // It is not renewed for a minute, and runs out.
/// let new = queue.pull(&agent, Duration::from_secs(60))?.expect("it came back").lease;
/// assert!(new.task == old.task && new.epoch > old.epoch);
/// assert_eq!(queue.complete(old).unwrap_err().code(), "task.stale_lease");
/// queue.complete(new)?;
/// # Ok::<(), moai_swarm::TaskError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskLease {
    /// Of which task.
    pub task: TaskId,
    /// The fencing epoch: it only grows, over restarts too.
    pub epoch: u64,
}

/// A task that an agent has pulled.
///
/// ```
/// use std::time::Duration;
/// use moai_core::agent_id;
/// use moai_swarm::{NewTask, TaskOptions, TaskQueue, Worker};
///
/// let (mut queue, agent) = (TaskQueue::new(TaskOptions::default())?, agent_id!("agent-1"));
/// queue.join(agent.clone(), Worker::new());
/// queue.submit(NewTask::new("sum up"), Duration::ZERO)?;
/// let leased = queue.pull(&agent, Duration::ZERO)?.expect("there is one");
/// assert_eq!((leased.payload.as_ref(), leased.attempts), (b"sum up".as_slice(), 0));
/// # Ok::<(), moai_swarm::TaskError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leased {
    /// What the result is handed in with.
    pub lease: TaskLease,
    /// What is to be done; [`value`](Self::value) reads it as a value.
    pub payload: Bytes,
    /// How often it was begun before, and ended without a result.
    pub attempts: u32,
    /// How urgent it is.
    pub priority: u8,
    /// Its idempotency key, if it has one.
    pub key: Option<String>,
}
