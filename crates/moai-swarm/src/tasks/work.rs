//! From a task that is handed in to its result.

use moai_core::AgentId;
use tokio::time::sleep_until;

use super::record::Event;
use super::state::Look;
use super::writer::Shared;
use super::{Leased, NewTask, TaskAllocator, TaskError, TaskId, TaskLease};

impl TaskAllocator {
    /// Takes a task; the same key again gives the task there is.
    ///
    /// ```
    /// use moai_swarm::{NewTask, TaskAllocator, TaskOptions};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let tasks = TaskAllocator::new(TaskOptions::default())?;
    /// let task = NewTask::new("read the report").priority(200).with_key("report-7");
    /// assert_eq!(tasks.submit(task.clone()).await?, tasks.submit(task).await?);
    /// # Ok::<(), moai_swarm::TaskError>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Full`](TaskError::Full), [`OutOfBounds`](TaskError::OutOfBounds), [`Journal`](TaskError::Journal).
    pub async fn submit(&self, new: NewTask) -> Result<TaskId, TaskError> {
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

    /// Gives this agent a task if there is one, and does not wait for any: what [`pull`](Self::pull) would have given at once.
    ///
    /// ```
    /// use moai_core::agent_id;
    /// use moai_swarm::{NewTask, TaskAllocator, TaskOptions, Worker};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let tasks = TaskAllocator::new(TaskOptions::default())?;
    /// tasks.join(agent_id!("agent-1"), Worker::new()).await;
    /// tasks.submit(NewTask::new("sum up").with_key("report-7").priority(200)).await?;
    /// let leased = tasks.try_pull(&agent_id!("agent-1")).await?.expect("there is one");
    /// assert_eq!((leased.key.as_deref(), leased.priority), (Some("report-7"), 200));
    /// assert!(tasks.try_pull(&agent_id!("agent-1")).await?.is_none(), "and no other");
    /// # Ok::<(), moai_swarm::TaskError>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`UnknownAgent`](TaskError::UnknownAgent); [`Journal`](TaskError::Journal) where there is nothing until what ran out
    /// is recorded.
    pub async fn try_pull(&self, agent: &AgentId) -> Result<Option<Leased>, TaskError> {
        let (taken, is_due) = {
            let state = &mut *self.shared.state();
            let now = self.shared.now();
            (state.glance(agent, now)?, state.is_due(now))
        };
        if taken.is_some() || !is_due {
            return Ok(taken);
        }
        drop(self.shared.tidy().await?);
        self.shared.state().glance(agent, self.shared.now())
    }

    /// Takes the result of a task. With a journal it is recorded when this returns. A lease is handed in once: a second
    /// time it is stale, also where the first was dropped and went through.
    ///
    /// # Errors
    ///
    /// [`StaleLease`](TaskError::StaleLease), [`Journal`](TaskError::Journal).
    pub async fn complete(&self, lease: TaskLease) -> Result<(), TaskError> {
        let mut turn = self.shared.tidy().await?;
        self.shared.state().queue.holds(lease)?;
        self.shared.write(&mut turn, vec![Event::Completed(lease.task)], false).await
    }

    /// Lets a lease last from now on. Nothing is recorded, and it waits for nobody.
    ///
    /// ```
    /// # use moai_core::agent_id;
    /// # use moai_swarm::{NewTask, TaskAllocator, TaskOptions, Worker};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// # let tasks = TaskAllocator::new(TaskOptions::default())?;
    /// # tasks.join(agent_id!("agent-1"), Worker::new()).await;
    /// # tasks.submit(NewTask::new("sum up")).await?;
    /// let leased = tasks.pull(&agent_id!("agent-1")).await?;
    /// tasks.renew(leased.lease).await?;
    /// # Ok::<(), moai_swarm::TaskError>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`StaleLease`](TaskError::StaleLease).
    #[expect(clippy::unused_async, reason = "all that changes a queue is awaited, whether it has to wait today or not")]
    pub async fn renew(&self, lease: TaskLease) -> Result<(), TaskError> {
        let mut state = self.shared.state();
        state.queue.renew(lease, self.shared.now())?;
        state.settle();
        Ok(())
    }

    /// Ends a lease without a result: the task rests and comes back, or is a dead letter.
    ///
    /// ```
    /// # use moai_core::agent_id;
    /// # use moai_swarm::{NewTask, TaskAllocator, TaskOptions, Worker};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// # let tasks = TaskAllocator::new(TaskOptions::default())?;
    /// # tasks.join(agent_id!("agent-1"), Worker::new()).await;
    /// # tasks.submit(NewTask::new("sum up")).await?;
    /// let leased = tasks.pull(&agent_id!("agent-1")).await?;
    /// tasks.fail(leased.lease).await?;
    /// assert_eq!(tasks.statistics().await?.resting, 1);
    /// # Ok::<(), moai_swarm::TaskError>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`StaleLease`](TaskError::StaleLease), [`Journal`](TaskError::Journal).
    pub async fn fail(&self, lease: TaskLease) -> Result<(), TaskError> {
        let mut turn = self.shared.tidy().await?;
        let ended = {
            let queue = &self.shared.state().queue;
            queue.holds(lease)?;
            queue.ended(lease.task)
        };
        self.shared.write(&mut turn, vec![ended], true).await
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
