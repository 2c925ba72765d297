//! What becomes of leases.

use std::time::Duration;

use moai_core::AgentId;
use moai_core::planted::planted;

use super::queue::{Place, Task};
use super::{TaskError, TaskId, TaskLease, TaskQueue};

impl TaskQueue {
    /// Whether this lease is the one under which its task is done.
    pub(super) fn holds(&self, lease: TaskLease) -> Result<&Task, TaskError> {
        let stale = TaskError::StaleLease { task: lease.task, epoch: lease.epoch };
        match self.open.get(&lease.task) {
            Some(task) if matches!(task.place, Place::Leased { epoch, .. } if epoch == lease.epoch) => Ok(task),
            Some(task) if planted("taking_an_old_lease") => Ok(task),
            _ => Err(stale),
        }
    }

    /// Takes the result of a task: it is done.
    ///
    /// # Errors
    ///
    /// [`StaleLease`](TaskError::StaleLease) under any but the lease it has.
    pub fn complete(&mut self, lease: TaskLease) -> Result<(), TaskError> {
        self.holds(lease)?;
        self.done(lease.task);
        Ok(())
    }

    /// Lets a lease last from now on.
    ///
    /// ```
    /// use std::time::Duration;
    /// use moai_core::agent_id;
    /// use moai_swarm::{NewTask, TaskOptions, TaskQueue, Worker};
    ///
    /// let mut queue = TaskQueue::new(TaskOptions::default())?;
    /// queue.join(agent_id!("agent-1"), Worker::new());
    /// queue.submit(NewTask::new("sum up"), Duration::ZERO)?;
    /// let leased = queue.pull(&agent_id!("agent-1"), Duration::ZERO)?.expect("there is one");
    /// queue.renew(leased.lease, Duration::from_secs(20))?;
    /// assert_eq!(queue.next_deadline(), Some(Duration::from_secs(50)));
    /// assert!(queue.renew(leased.lease, Duration::from_secs(50)).is_err(), "it has run out");
    /// # Ok::<(), moai_swarm::TaskError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`StaleLease`](TaskError::StaleLease).
    pub fn renew(&mut self, lease: TaskLease, now: Duration) -> Result<(), TaskError> {
        let held = self.holds(lease)?.place.clone();
        let Place::Leased { agent, epoch, until } = held else { return Ok(()) };
        if until <= now {
            return Err(TaskError::StaleLease { task: lease.task, epoch });
        }
        let until = now.saturating_add(self.options.lease);
        self.take_out(lease.task);
        self.put(lease.task, Place::Leased { agent, epoch, until });
        Ok(())
    }

    /// Ends a lease without a result: the task rests and comes back, or is a dead letter.
    ///
    /// # Errors
    ///
    /// [`StaleLease`](TaskError::StaleLease).
    pub fn fail(&mut self, lease: TaskLease, now: Duration) -> Result<(), TaskError> {
        self.holds(lease)?;
        self.end(lease.task, now, true);
        Ok(())
    }

    /// The tasks whose leases have run out.
    pub(super) fn overdue(&self, now: Duration) -> impl Iterator<Item = TaskId> {
        self.leases.iter().take_while(move |(until, _)| *until <= now).map(|(_, id)| *id)
    }

    /// Ends the leases that have run out: their tasks come back at once. Gives the tasks.
    pub fn expire(&mut self, now: Duration) -> Vec<TaskId> {
        let ended: Vec<_> = self.overdue(now).collect();
        for id in &ended {
            self.end(*id, now, false);
        }
        self.wake(now);
        ended
    }

    /// Ends all leases and offers of an agent that has failed, and forgets it: it may join again. Gives the tasks it had a
    /// lease of; each has used up an attempt.
    pub fn agent_failed(&mut self, agent: &AgentId, now: Duration) -> Vec<TaskId> {
        let leased = self.close(agent);
        for id in &leased {
            self.end(*id, now, false);
        }
        self.forget(agent);
        leased
    }

    /// Ends all leases and offers of an agent that leaves, and forgets it. Gives the tasks it had a lease of: they are
    /// ready at once, and **no attempt is counted**, for nothing went wrong with them. Who leaves because of a task
    /// [`fail`](Self::fail)s it first.
    ///
    /// ```
    /// use std::time::Duration;
    /// use moai_core::agent_id;
    /// use moai_swarm::{NewTask, TaskOptions, TaskQueue, Worker};
    ///
    /// let mut queue = TaskQueue::new(TaskOptions::default())?;
    /// let (one, other) = (agent_id!("agent-1"), agent_id!("agent-2"));
    /// queue.join(one.clone(), Worker::new());
    /// queue.join(other.clone(), Worker::new());
    /// let task = queue.submit(NewTask::new("sum up"), Duration::ZERO)?;
    /// queue.pull(&one, Duration::ZERO)?;
    /// assert_eq!(queue.leave(&one), [task]);
    /// assert_eq!(queue.pull(&other, Duration::ZERO)?.expect("it came back").attempts, 0);
    /// # Ok::<(), moai_swarm::TaskError>(())
    /// ```
    pub fn leave(&mut self, agent: &AgentId) -> Vec<TaskId> {
        let leased = self.close(agent);
        for id in &leased {
            self.take_out(*id);
            self.put(*id, Place::Ready);
        }
        self.forget(agent);
        leased
    }

    /// From here on it gets nothing more. Gives what it has a lease of.
    pub(super) fn close(&mut self, agent: &AgentId) -> Vec<TaskId> {
        self.withdraw(agent);
        self.agents.change(agent, |agent| agent.is_closed = true);
        self.leased_by(agent)
    }

    pub(super) fn forget(&mut self, agent: &AgentId) {
        self.agents.remove(agent);
        self.touch(agent);
    }

    /// When something comes back by time alone.
    pub fn next_deadline(&self) -> Option<Duration> {
        let firsts = [self.leases.first(), self.resting.first()];
        firsts.into_iter().flatten().map(|(at, _)| *at).min()
    }
}
