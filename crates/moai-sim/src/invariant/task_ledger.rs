//! No task is lost, and none is done twice.

use std::collections::{BTreeMap, BTreeSet};

use moai_swarm::{TaskId, TaskLease};

use crate::Violation;

/// **What was accepted is done once, or is a dead letter; a key is one task; epochs only grow**, over all crashes.
///
/// ```
/// use moai_sim::invariant::TaskLedger;
/// use moai_swarm::{TaskId, TaskLease};
///
/// let (mut ledger, task) = (TaskLedger::default(), TaskId::new(1));
/// ledger.accepted(task, Some("report"))?;
/// assert!(ledger.clone().accepted(TaskId::new(2), Some("report")).is_err(), "a key is one task");
/// ledger.leased(TaskLease { task, epoch: 7 })?;
/// assert!(ledger.clone().leased(TaskLease { task, epoch: 7 }).is_err(), "epochs only grow");
/// assert!(ledger.ended(&[]).is_err(), "it is lost");
/// ledger.completed(TaskLease { task, epoch: 7 })?;
/// assert!(ledger.ended(&[]).is_ok());
/// assert!(ledger.leased(TaskLease { task, epoch: 8 }).is_err(), "it is done");
/// # Ok::<(), moai_sim::Violation>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct TaskLedger {
    accepted: BTreeSet<TaskId>,
    keys: BTreeMap<String, TaskId>,
    /// The last epoch of each task, and of all.
    epochs: BTreeMap<TaskId, u64>,
    last: u64,
    done: BTreeSet<TaskId>,
    /// Nobody knows whether they are done.
    may_be_done: BTreeSet<TaskId>,
}

impl TaskLedger {
    /// A queue has accepted a task.
    ///
    /// # Errors
    ///
    /// When another one was accepted under this key.
    pub fn accepted(&mut self, task: TaskId, key: Option<&str>) -> Result<(), Violation> {
        self.accepted.insert(task);
        let Some(key) = key else { return Ok(()) };
        let first = *self.keys.entry(key.to_owned()).or_insert(task);
        if first == task {
            return Ok(());
        }
        Err(Violation::new("a key is one task", format!("{key} was task {first}, and is task {task}")))
    }

    /// A queue has given a task out.
    ///
    /// # Errors
    ///
    /// When its epoch is not beyond all others, or it was done before.
    pub fn leased(&mut self, lease: TaskLease) -> Result<(), Violation> {
        let TaskLease { task, epoch } = lease;
        if epoch <= self.last {
            let what = format!("task {task} was given out in epoch {epoch}, behind {}", self.last);
            return Err(Violation::new("epochs only grow", what));
        }
        if self.done.contains(&task) {
            return Err(Violation::new("done is done", format!("task {task} was given out in epoch {epoch}")));
        }
        self.last = epoch;
        self.epochs.insert(task, epoch);
        Ok(())
    }

    /// A queue has acknowledged that a task is done.
    ///
    /// # Errors
    ///
    /// When it was given to somebody else since, or was done before.
    pub fn completed(&mut self, lease: TaskLease) -> Result<(), Violation> {
        let TaskLease { task, epoch } = lease;
        if self.epochs.get(&task) != Some(&epoch) {
            let what = format!("task {task} was done in epoch {epoch}, its last is {:?}", self.epochs.get(&task));
            return Err(Violation::new("an old lease does nothing", what));
        }
        if !self.done.insert(task) {
            return Err(Violation::new("done is done", format!("task {task} was done again in epoch {epoch}")));
        }
        Ok(())
    }

    /// Nobody knows whether a task is done; or it is known that it is not.
    pub fn may_be_done(&mut self, task: TaskId, may_be: bool) {
        if may_be {
            self.may_be_done.insert(task);
        } else {
            self.may_be_done.remove(&task);
        }
    }

    /// Nothing is open any more, and these were given up.
    ///
    /// # Errors
    ///
    /// When something that was accepted is nowhere, or was both done and given up.
    pub fn ended(&self, dead: &[TaskId]) -> Result<(), Violation> {
        let is_somewhere =
            |task: &&TaskId| self.done.contains(task) || self.may_be_done.contains(task) || dead.contains(task);
        if let Some(task) = self.accepted.iter().find(|task| !is_somewhere(task)) {
            return Err(Violation::new("no task is lost", format!("task {task} is neither done nor given up")));
        }
        match dead.iter().find(|task| self.done.contains(task)) {
            Some(task) => Err(Violation::new("done is done", format!("task {task} was done, and given up"))),
            None => Ok(()),
        }
    }
}
