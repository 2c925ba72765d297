//! Waiting until nothing is open any more.

use std::future::pending;

use tokio::time::sleep_until;

use super::{TaskAllocator, TaskError};

impl TaskAllocator {
    /// Waits until no task is open: none is ready, rests, is offered or under a lease. What was given up is not open. A task
    /// that is handed in while this waits is waited for as well; one that nobody can do is waited for without end.
    ///
    /// It keeps the time besides: a lease that nobody renews runs out though nobody pulls. Dropped, it has changed nothing.
    ///
    /// ```
    /// use moai_core::agent_id;
    /// use moai_swarm::{NewTask, TaskAllocator, TaskOptions, Worker};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let tasks = TaskAllocator::new(TaskOptions::default())?;
    /// tasks.join(agent_id!("agent-1"), Worker::new()).await;
    /// for number in 1..=3 {
    ///     tasks.submit(NewTask::new(number.to_string())).await?;
    /// }
    /// let working = async {
    ///     while let Ok(leased) = tasks.pull(&agent_id!("agent-1")).await {
    ///         tasks.complete(leased.lease).await?;
    ///     }
    ///     Ok(())
    /// };
    /// // The agent works until there is nothing left to do.
    /// tokio::select! {
    ///     biased;
    ///     drained = tasks.drained() => drained,
    ///     ended = working => ended,
    /// }?;
    /// assert_eq!(tasks.statistics().await?.completed, 3);
    /// # Ok::<(), moai_swarm::TaskError>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Journal`](TaskError::Journal) when it is the one that has to record what ran out.
    pub async fn drained(&self) -> Result<(), TaskError> {
        let bell = self.shared.state().watching.bell();
        loop {
            // Who is rung for from here on is not missed.
            let rung = bell.notified();
            let (is_due, until) = {
                let state = &mut *self.shared.state();
                let is_due = state.is_due(self.shared.now());
                if !is_due && state.queue.open.is_empty() {
                    return Ok(());
                }
                let until = state.queue.next_deadline();
                state.watching.sleeps_until(until);
                (is_due, until)
            };
            if is_due {
                drop(self.shared.tidy().await?);
                continue;
            }
            let comes_back = async {
                match until {
                    Some(until) => sleep_until(self.shared.at(until)).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                biased;
                () = rung => {}
                () = comes_back => drop(self.shared.tidy().await?),
            }
        }
    }
}
