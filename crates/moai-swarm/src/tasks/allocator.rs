//! The queue in a running swarm: shared, awaited, recorded.

use std::sync::Arc;

use moai_core::{AgentId, Clock, Journal};
use tokio::time::sleep_until;

use super::record::Event;
use super::state::Look;
use super::writer::Shared;
use super::{Lease, Leased, NewTask, OfferPolicy, TaskError, TaskOptions, TaskQueue, TaskStatistics, Worker};

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
    shared: Arc<Shared>,
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

    /// Takes a task; the same key again gives the task there is.
    ///
    /// # Errors
    ///
    /// [`Full`](TaskError::Full), [`OutOfBounds`](TaskError::OutOfBounds), [`Journal`](TaskError::Journal).
    pub async fn submit(&self, new: NewTask) -> Result<u64, TaskError> {
        let mut turn = self.shared.tidy().await?;
        let id = {
            let queue = &mut self.shared.state().queue;
            if let Some(known) = queue.check(&new)? {
                return Ok(known);
            }
            // Taken before it is recorded: a number that was recorded once is never another task's.
            queue.number()
        };
        self.shared.write(&mut turn, vec![Event::Accepted(id, new)], false).await?;
        Ok(id)
    }

    /// Waits until there is a task for this agent and room in its limit. Dropped, it has taken nothing.
    ///
    /// # Errors
    ///
    /// [`UnknownAgent`](TaskError::UnknownAgent), also when it leaves or fails meanwhile; [`Journal`](TaskError::Journal)
    /// when it is the one that has to record what ran out.
    pub async fn pull(&self, agent: &AgentId) -> Result<Leased, TaskError> {
        let mut ticket = Ticket { shared: &self.shared, number: None };
        loop {
            let look = self.shared.state().look(agent, &mut ticket.number, self.shared.now())?;
            match look {
                Look::Taken(leased) => return Ok(leased),
                Look::Due => drop(self.shared.tidy().await?),
                Look::Nothing(bell, until) => tokio::select! {
                    biased;
                    () = bell.notified() => {}
                    () = sleep_until(self.shared.at(until)) => {}
                },
            }
        }
    }

    /// Takes the result of a task. With a journal it is recorded when this returns. A lease is handed in once: a second
    /// time it is stale, also where the first was dropped and went through.
    ///
    /// # Errors
    ///
    /// [`StaleLease`](TaskError::StaleLease), [`Journal`](TaskError::Journal).
    pub async fn complete(&self, lease: Lease) -> Result<(), TaskError> {
        let mut turn = self.shared.tidy().await?;
        self.shared.state().queue.holds(lease)?;
        self.shared.write(&mut turn, vec![Event::Completed(lease.task)], false).await
    }

    /// Lets a lease last from now on. Nothing is recorded, and it waits for nobody.
    ///
    /// # Errors
    ///
    /// [`StaleLease`](TaskError::StaleLease).
    #[expect(clippy::unused_async, reason = "all that changes a queue is awaited, whether it has to wait today or not")]
    pub async fn renew(&self, lease: Lease) -> Result<(), TaskError> {
        let mut state = self.shared.state();
        state.queue.renew(lease, self.shared.now())?;
        state.settle();
        Ok(())
    }

    /// Ends a lease without a result: the task rests and comes back, or is a dead letter.
    ///
    /// # Errors
    ///
    /// [`StaleLease`](TaskError::StaleLease), [`Journal`](TaskError::Journal).
    pub async fn fail(&self, lease: Lease) -> Result<(), TaskError> {
        let mut turn = self.shared.tidy().await?;
        let ended = {
            let queue = &self.shared.state().queue;
            queue.holds(lease)?;
            queue.ended(lease.task)
        };
        self.shared.write(&mut turn, vec![ended], true).await
    }

    /// Ends all leases and offers of an agent that has failed, and forgets it: it may join again. Each task has used up
    /// an attempt. From the first moment on it gets nothing more; dropped half way, it is to be called again.
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
    pub async fn dead_letters(&self) -> Result<Vec<(u64, NewTask)>, TaskError> {
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

/// The place of somebody who waits. Dropped, it hands on what it was woken for.
struct Ticket<'a> {
    shared: &'a Shared,
    number: Option<u64>,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let state = &mut *self.shared.state();
            state.waiters.remove(&state.queue, number);
        }
    }
}
