//! Values as payloads: canonical bytes, read back within limits.

use moai_core::{Limits, Value};

use super::{Leased, NewTask, TaskError};

impl NewTask {
    /// A task of middle priority whose payload is a value, in its canonical bytes.
    ///
    /// ```
    /// use moai_core::{agent_id, value};
    /// use moai_swarm::{NewTask, TaskAllocator, TaskOptions, Worker};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let tasks = TaskAllocator::new(TaskOptions::default())?;
    /// tasks.join(agent_id!("agent-1"), Worker::new()).await;
    /// tasks.submit(NewTask::value(value!({"type": "sum", "of": [1, 2, 3]}))?).await?;
    /// let leased = tasks.pull(&agent_id!("agent-1")).await?;
    /// assert_eq!(leased.value()?.pointer("/of/2"), Some(&value!(3)));
    /// # Ok::<(), moai_swarm::TaskError>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Input`](TaskError::Input) for one that nests deeper, or is longer, than the default [`Limits`] let anybody read.
    pub fn value(value: impl Into<Value>) -> Result<Self, TaskError> {
        let value = value.into();
        value.check(&Limits::default())?;
        Ok(Self::new(value.to_canonical()))
    }
}

impl Leased {
    /// Reads the payload as a value, within the default [`Limits`].
    ///
    /// ```
    /// use moai_core::Coded;
    /// # use std::time::Duration;
    /// # use moai_core::agent_id;
    /// # use moai_swarm::{NewTask, TaskOptions, TaskQueue, Worker};
    /// # let mut queue = TaskQueue::new(TaskOptions::default())?;
    /// # queue.join(agent_id!("agent-1"), Worker::new());
    /// # queue.submit(NewTask::new("sum up"), Duration::ZERO)?;
    /// # let leased = queue.pull(&agent_id!("agent-1"), Duration::ZERO)?.expect("there is one");
    /// // Its payload is text, and was never a value.
    /// assert_eq!(leased.value().unwrap_err().code(), "input.malformed");
    /// # Ok::<(), moai_swarm::TaskError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Input`](TaskError::Input).
    pub fn value(&self) -> Result<Value, TaskError> {
        self.value_within(&Limits::default())
    }

    /// Reads the payload as a value, within limits of one's own.
    ///
    /// # Errors
    ///
    /// [`Input`](TaskError::Input).
    pub fn value_within(&self, limits: &Limits) -> Result<Value, TaskError> {
        Ok(Value::from_canonical(&self.payload, limits)?)
    }
}
