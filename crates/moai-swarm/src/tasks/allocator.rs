//! The queue in a running swarm: shared, awaited, recorded.

use std::sync::Arc;

use moai_core::{AgentId, Clock, Journal};

use super::record::Event;
use super::writer::Shared;
use super::{NewTask, OfferPolicy, TaskError, TaskId, TaskOptions, TaskQueue, TaskStatistics, Worker};

/// Hands out tasks under leases. Clones are handles to one queue; it has no task of its own and ends with the last one.
///
/// With a journal, what is accepted, completed or ended is recorded before it is acknowledged. **At least once**: a
/// task that was begun at a crash comes back. Any future may be dropped: what it was about then happens or does not, as a
/// whole; what was being recorded is finished by the next call, or by who waits for a task. A [`pull`](Self::pull) that
/// is kept and not polled delays tasks for others by the time of a lease at most.
///
/// ```
/// use moai_core::agent_id;
/// use moai_swarm::{NewTask, TaskAllocator, TaskOptions, Worker};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let tasks = TaskAllocator::new(TaskOptions::default())?;
/// tasks.join(agent_id!("agent-1"), Worker::new()).await;
/// tasks.submit(NewTask::new("sum up")).await?;
/// let leased = tasks.pull(&agent_id!("agent-1")).await?;
/// tasks.complete(leased.lease).await?;
/// assert_eq!(tasks.statistics().await?.completed, 1);
/// # Ok::<(), moai_swarm::TaskError>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct TaskAllocator {
    pub(super) shared: Arc<Shared>,
}

impl std::fmt::Debug for TaskAllocator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TaskAllocator").finish_non_exhaustive()
    }
}

impl TaskAllocator {
    /// An allocator that keeps its tasks in memory only.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`](TaskError::OutOfBounds) for an option.
    pub fn new(options: TaskOptions) -> Result<Self, TaskError> {
        Ok(Self { shared: Arc::new(Shared::new(TaskQueue::new(options)?, None)) })
    }

    /// An allocator with all that a journal tells of, empty or not. One allocator at a time may use a journal.
    ///
    /// Agents join anew; all open tasks are ready, in their order, and no lease from before holds. Where more are open
    /// than [`TaskOptions::open`] allows now, all of them are taken over, and new ones refused
    /// ([`Full`](TaskError::Full)) until there is room. A task that rested is ready at once; its attempts count on.
    ///
    /// All of the journal is read, and a journal only grows: a recovery takes as long as there are records. Its memory
    /// is that of what is open.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use moai_core::{Clock, Journal, SystemClock};
    /// use moai_store::MemoryJournal;
    /// use moai_swarm::{NewTask, TaskAllocator, TaskOptions};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let (journal, clock): (Arc<dyn Journal>, Arc<dyn Clock>) = (Arc::new(MemoryJournal::new()), Arc::new(SystemClock));
    /// let tasks = TaskAllocator::recover(TaskOptions::default(), journal.clone(), clock.clone()).await?;
    /// tasks.submit(NewTask::new("sum up")).await?;
    /// drop(tasks);
    /// let tasks = TaskAllocator::recover(TaskOptions::default(), journal, clock).await?;
    /// assert_eq!(tasks.statistics().await?.ready, 1);
    /// # Ok::<(), moai_swarm::TaskError>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`](TaskError::OutOfBounds), [`Journal`](TaskError::Journal), [`BadRecord`](TaskError::BadRecord).
    pub async fn recover(
        options: TaskOptions,
        journal: Arc<dyn Journal>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TaskError> {
        let queue = TaskQueue::recovered(options, journal.as_ref()).await?;
        let shared = Arc::new(Shared::new(queue, Some((journal, clock))));
        shared.write(&mut shared.turn().await, vec![Event::Began], false).await?;
        Ok(Self { shared })
    }

    /// Takes an agent in, or changes what it brings along.
    pub async fn join(&self, agent: AgentId, worker: Worker) {
        let _turn = self.shared.turn().await;
        let mut state = self.shared.state();
        state.queue.join(agent, worker);
        state.settle();
    }

    /// Lets an agent go: its leases end at once, and their tasks are ready for others. **No attempt is counted**, for
    /// nothing went wrong with them; who leaves because of a task [`fail`](Self::fail)s it first. Whoever waits for it in
    /// [`pull`](Self::pull) is told that it takes no part any more. One that takes no part leaves as well.
    ///
    /// ```
    /// use moai_core::{Coded, agent_id};
    /// use moai_swarm::{NewTask, TaskAllocator, TaskOptions, Worker};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let tasks = TaskAllocator::new(TaskOptions::default())?;
    /// tasks.join(agent_id!("agent-1"), Worker::new()).await;
    /// tasks.submit(NewTask::new("sum up")).await?;
    /// let leased = tasks.pull(&agent_id!("agent-1")).await?;
    /// tasks.leave(&agent_id!("agent-1")).await;
    /// assert_eq!(tasks.statistics().await?.ready, 1);
    /// assert_eq!(tasks.complete(leased.lease).await.unwrap_err().code(), "task.stale_lease");
    /// # Ok::<(), moai_swarm::TaskError>(()) }).unwrap();
    /// ```
    pub async fn leave(&self, agent: &AgentId) {
        let _turn = self.shared.turn().await;
        let mut state = self.shared.state();
        state.queue.leave(agent);
        state.settle();
    }

    /// Ends all leases and offers of an agent that has failed, and forgets it: it may join again. Each task has used up
    /// an attempt. From the first moment on it gets nothing more; dropped half way, it is to be called again.
    /// [`take_back_from_failed`](Self::take_back_from_failed) does so for all whom a monitor holds to have failed.
    ///
    /// ```
    /// use moai_core::agent_id;
    /// use moai_swarm::{NewTask, TaskAllocator, TaskOptions, Worker};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let tasks = TaskAllocator::new(TaskOptions::default().with_attempts(1))?;
    /// tasks.join(agent_id!("agent-1"), Worker::new()).await;
    /// let id = tasks.submit(NewTask::new("sum up")).await?;
    /// tasks.pull(&agent_id!("agent-1")).await?;
    /// tasks.agent_failed(&agent_id!("agent-1")).await?;
    /// assert_eq!(tasks.dead_letters().await?, [(id, NewTask::new("sum up"))], "it had one attempt");
    /// # Ok::<(), moai_swarm::TaskError>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Journal`](TaskError::Journal).
    pub async fn agent_failed(&self, agent: &AgentId) -> Result<(), TaskError> {
        self.shared.take_back(agent).await
    }

    /// Offers what is ready by a policy and says how many tasks were offered.
    ///
    /// # Errors
    ///
    /// [`Journal`](TaskError::Journal).
    pub async fn offer(&self, policy: OfferPolicy) -> Result<usize, TaskError> {
        let _turn = self.shared.tidy().await?;
        let mut state = self.shared.state();
        let offered = state.queue.offer(policy, self.shared.now());
        state.settle();
        Ok(offered)
    }

    /// The tasks that were given up last, each with its number; as many as are remembered.
    ///
    /// # Errors
    ///
    /// [`Journal`](TaskError::Journal).
    pub async fn dead_letters(&self) -> Result<Vec<(TaskId, NewTask)>, TaskError> {
        let _turn = self.shared.tidy().await?;
        Ok(self.shared.state().queue.dead_letters().cloned().collect())
    }

    /// What the queue holds.
    ///
    /// # Errors
    ///
    /// [`Journal`](TaskError::Journal).
    pub async fn statistics(&self) -> Result<TaskStatistics, TaskError> {
        let _turn = self.shared.tidy().await?;
        Ok(self.shared.state().queue.statistics())
    }
}
