//! The queue in a running swarm: shared, awaited, recorded.

use std::sync::Arc;
use std::time::Duration;

use moai_core::{AgentId, Clock, Journal, NewRecord, record_kind};
use tokio::sync::{Mutex, MutexGuard, Notify};
use tokio::time::{Instant, sleep_until};

use super::record::Event;
use super::{Lease, Leased, NewTask, OfferPolicy, TaskError, TaskOptions, TaskQueue, TaskStatistics, Worker};

/// Hands out tasks under leases. Clones are handles to one queue; it has no task of its own and ends with the last one.
///
/// With a journal, what is accepted, completed or ended is recorded before it is acknowledged. **At least once**: a
/// task that was begun at a crash comes back. Any future may be dropped: what it was about then happened or did not.
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

struct Shared {
    queue: Mutex<TaskQueue>,
    changed: Notify,
    began: Instant,
    journal: Option<(Arc<dyn Journal>, Arc<dyn Clock>)>,
}

impl std::fmt::Debug for TaskAllocator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TaskAllocator").finish_non_exhaustive()
    }
}

/// How many epochs each queue that begins on a journal has for itself.
const EPOCHS: u64 = 1 << 40;

impl TaskAllocator {
    /// An allocator that keeps its tasks in memory only.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`](TaskError::OutOfBounds) for an option.
    pub fn new(options: TaskOptions) -> Result<Self, TaskError> {
        Ok(Self::of(TaskQueue::new(options)?, None))
    }

    fn of(queue: TaskQueue, journal: Option<(Arc<dyn Journal>, Arc<dyn Clock>)>) -> Self {
        let shared = Shared { queue: Mutex::new(queue), changed: Notify::new(), began: Instant::now(), journal };
        Self { shared: Arc::new(shared) }
    }

    /// An allocator with all that a journal tells of, empty or not. One allocator at a time may use a journal.
    ///
    /// Agents join anew; all open tasks are ready, in their order, and no lease from before holds.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`](TaskError::OutOfBounds), [`Journal`](TaskError::Journal), [`BadRecord`](TaskError::BadRecord).
    pub async fn recover(
        options: TaskOptions,
        journal: Arc<dyn Journal>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TaskError> {
        let mut queue = TaskQueue::new(options)?;
        let (mut next, mut begun) = (1, 1u64);
        loop {
            let page = journal.read(next, 1000).await?;
            let Some(last) = page.last() else { break };
            next = last.seq.saturating_add(1);
            for record in page.iter().filter(|record| record.kind == record_kind!("task")) {
                let event = Event::decode(&record.payload).ok_or(TaskError::BadRecord { seq: record.seq })?;
                begun = begun.saturating_add(u64::from(event == Event::Began));
                queue.replay(event);
            }
        }
        queue.next_epoch = begun.saturating_mul(EPOCHS);
        let allocator = Self::of(queue, Some((journal, clock)));
        allocator.record([Event::Began]).await?;
        Ok(allocator)
    }

    async fn record(&self, events: impl IntoIterator<Item = Event>) -> Result<(), TaskError> {
        let Some((journal, clock)) = &self.shared.journal else { return Ok(()) };
        let time = clock.timestamp();
        let new = |event: Event| NewRecord::new(record_kind!("task"), time, event.encode());
        let records: Vec<_> = events.into_iter().map(new).collect();
        if !records.is_empty() {
            journal.append(records).await?;
        }
        Ok(())
    }

    fn now(&self) -> Duration {
        self.shared.began.elapsed()
    }

    /// The queue, with all done that time alone does.
    async fn queue(&self) -> Result<MutexGuard<'_, TaskQueue>, TaskError> {
        let mut queue = self.shared.queue.lock().await;
        let now = self.now();
        for part in queue.overdue(now).chunks(100) {
            self.record(part.iter().map(|task| queue.ended(*task))).await?;
            part.iter().for_each(|task| queue.end(*task, now, false));
            self.shared.changed.notify_waiters();
        }
        queue.wake(now);
        Ok(queue)
    }

    /// Takes an agent in, or changes what it brings along.
    pub async fn join(&self, agent: AgentId, worker: Worker) {
        self.shared.queue.lock().await.join(agent, worker);
        self.shared.changed.notify_waiters();
    }

    /// Takes a task; the same key again gives the task there is.
    ///
    /// # Errors
    ///
    /// [`Full`](TaskError::Full), [`OutOfBounds`](TaskError::OutOfBounds), [`Journal`](TaskError::Journal).
    pub async fn submit(&self, new: NewTask) -> Result<u64, TaskError> {
        let mut queue = self.queue().await?;
        if let Some(known) = queue.check(&new)? {
            return Ok(known);
        }
        // Taken before it is recorded: a number that was recorded once is never another task's.
        let id = queue.number();
        if self.shared.journal.is_some() {
            self.record([Event::Accepted(id, new.clone())]).await?;
        }
        queue.insert(id, new, 0, self.now());
        self.shared.changed.notify_waiters();
        Ok(id)
    }

    /// Waits until there is a task for this agent and room in its limit. Dropped, it has taken nothing.
    ///
    /// # Errors
    ///
    /// [`UnknownAgent`](TaskError::UnknownAgent), [`Journal`](TaskError::Journal).
    pub async fn pull(&self, agent: &AgentId) -> Result<Leased, TaskError> {
        loop {
            let changed = self.shared.changed.notified();
            tokio::pin!(changed);
            // From here on no change is missed.
            changed.as_mut().enable();
            let mut queue = self.queue().await?;
            let now = self.now();
            // What ran out just now is recorded in the next round, and not ended here unrecorded.
            if queue.overdue(now).is_empty()
                && let Some(leased) = queue.pull(agent, now)?
            {
                return Ok(leased);
            }
            let deadline = queue.next_deadline();
            drop(queue);
            match deadline.and_then(|at| self.shared.began.checked_add(at)) {
                Some(at) => tokio::select! { () = changed => {}, () = sleep_until(at) => {} },
                None => changed.await,
            }
        }
    }

    /// Takes the result of a task. With a journal it is recorded when this returns.
    ///
    /// # Errors
    ///
    /// [`StaleLease`](TaskError::StaleLease), [`Journal`](TaskError::Journal).
    pub async fn complete(&self, lease: Lease) -> Result<(), TaskError> {
        let mut queue = self.queue().await?;
        queue.holds(lease)?;
        self.record([Event::Completed(lease.task)]).await?;
        queue.complete(lease)?;
        self.shared.changed.notify_waiters();
        Ok(())
    }

    /// Lets a lease last from now on.
    ///
    /// # Errors
    ///
    /// [`StaleLease`](TaskError::StaleLease), [`Journal`](TaskError::Journal).
    pub async fn renew(&self, lease: Lease) -> Result<(), TaskError> {
        let mut queue = self.queue().await?;
        queue.holds(lease)?;
        queue.prolong(lease.task, self.now());
        Ok(())
    }

    /// Ends a lease without a result: the task rests and comes back, or is a dead letter.
    ///
    /// # Errors
    ///
    /// [`StaleLease`](TaskError::StaleLease), [`Journal`](TaskError::Journal).
    pub async fn fail(&self, lease: Lease) -> Result<(), TaskError> {
        let mut queue = self.queue().await?;
        queue.holds(lease)?;
        self.record([queue.ended(lease.task)]).await?;
        queue.fail(lease, self.now())?;
        self.shared.changed.notify_waiters();
        Ok(())
    }

    /// Ends all leases and offers of an agent that has failed, and forgets it.
    ///
    /// # Errors
    ///
    /// [`Journal`](TaskError::Journal).
    pub async fn agent_failed(&self, agent: &AgentId) -> Result<(), TaskError> {
        let mut queue = self.queue().await?;
        for part in queue.leased_by(agent).chunks(100) {
            self.record(part.iter().map(|task| queue.ended(*task))).await?;
            let now = self.now();
            part.iter().for_each(|task| queue.end(*task, now, false));
        }
        queue.agent_failed(agent, self.now());
        self.shared.changed.notify_waiters();
        Ok(())
    }

    /// Offers what is ready by a policy and says how many tasks were offered.
    ///
    /// # Errors
    ///
    /// [`Journal`](TaskError::Journal).
    pub async fn offer(&self, policy: OfferPolicy) -> Result<usize, TaskError> {
        let offered = self.queue().await?.offer(policy, self.now());
        self.shared.changed.notify_waiters();
        Ok(offered)
    }

    /// The tasks that were given up last, each with its number; as many as are remembered.
    ///
    /// # Errors
    ///
    /// [`Journal`](TaskError::Journal).
    pub async fn dead_letters(&self) -> Result<Vec<(u64, NewTask)>, TaskError> {
        Ok(self.queue().await?.dead_letters().cloned().collect())
    }

    /// What the queue holds.
    ///
    /// # Errors
    ///
    /// [`Journal`](TaskError::Journal).
    pub async fn statistics(&self) -> Result<TaskStatistics, TaskError> {
        Ok(self.queue().await?.statistics())
    }
}

impl TaskQueue {
    fn ended(&self, task: u64) -> Event {
        let attempts = self.open.get(&task).map_or(0, |task| task.attempts);
        Event::Ended { task, dead: attempts.saturating_add(1) >= self.options.attempts }
    }

    /// What was recorded twice, because a future was dropped over it, counts once.
    fn replay(&mut self, event: Event) {
        match event {
            Event::Began => {}
            Event::Accepted(id, new) => {
                // A task was recorded and its future dropped: to whoever had the allocator only the later one was there.
                if let Some(dropped) = new.key.as_ref().and_then(|key| self.keys.get(key)).copied() {
                    self.take_out(dropped);
                    self.open.remove(&dropped);
                }
                self.insert(id, new, 0, Duration::ZERO);
            }
            Event::Completed(id) => self.done(id),
            Event::Ended { task: id, dead: true } => self.bury(id),
            Event::Ended { task, dead: false } => {
                if let Some(task) = self.open.get_mut(&task) {
                    task.attempts = task.attempts.saturating_add(1);
                }
            }
        }
    }
}
