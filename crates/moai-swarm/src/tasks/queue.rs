//! The queue as a state machine: **it has no clock, no chance and no task of its own**. Time is handed in.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use moai_core::AgentId;

use super::agents::{Agent, Agents};
use super::notes::Notes;
use super::waiting::{Turn, Waiting};
use super::{Leased, NewTask, TaskError, TaskId, TaskLease, TaskOptions, Worker};

/// One queue from which agents pull. `now` is the time since any fixed point and must not go back.
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
/// queue.complete(leased.lease)?;
/// assert!(queue.complete(leased.lease).is_err());
/// # Ok::<(), moai_swarm::TaskError>(())
/// ```
#[derive(Debug)]
pub struct TaskQueue {
    pub(super) options: TaskOptions,
    pub(super) open: BTreeMap<TaskId, Task>,
    /// By what they need.
    pub(super) waiting: BTreeMap<BTreeSet<String>, Waiting>,
    pub(super) agents: Agents,
    pub(super) last_offered: Option<AgentId>,
    pub(super) next_task: u64,
    pub(super) next_epoch: u64,
    pub(super) resting: BTreeSet<Turn>,
    pub(super) leases: BTreeSet<Turn>,
    pub(super) keys: BTreeMap<String, TaskId>,
    pub(super) finished: VecDeque<(String, TaskId)>,
    pub(super) letters: VecDeque<(TaskId, NewTask)>,
    pub(super) completed: u64,
    pub(super) dead: u64,
    /// Taken down only for somebody who reads it.
    pub(super) notes: Option<Notes>,
}

#[derive(Debug)]
pub(super) struct Task {
    pub(super) new: NewTask,
    pub(super) attempts: u32,
    /// The time at which it would have come with the highest priority: who waits keeps it, who comes later has more.
    pub(super) rank: Duration,
    pub(super) place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Ready,
    Resting(Duration),
    Offered(AgentId),
    Leased { agent: AgentId, epoch: u64, until: Duration },
}

impl TaskQueue {
    /// An empty queue.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`](TaskError::OutOfBounds) for an option.
    pub fn new(options: TaskOptions) -> Result<Self, TaskError> {
        options.check()?;
        Ok(Self {
            options,
            open: BTreeMap::new(),
            waiting: BTreeMap::new(),
            agents: Agents::default(),
            last_offered: None,
            next_task: 1,
            next_epoch: 1,
            resting: BTreeSet::new(),
            leases: BTreeSet::new(),
            keys: BTreeMap::new(),
            finished: VecDeque::new(),
            letters: VecDeque::new(),
            completed: 0,
            dead: 0,
            notes: None,
        })
    }

    pub(super) fn touch(&mut self, agent: &AgentId) {
        if let Some(notes) = &mut self.notes {
            notes.touched.insert(agent.clone());
        }
    }

    /// Takes an agent in, or changes what it brings along: what it has a lease of it keeps.
    /// What it was offered and has not begun is ready again.
    pub fn join(&mut self, agent: AgentId, worker: Worker) {
        self.withdraw(&agent);
        self.touch(&agent);
        let leased = self.agents.remove(&agent).map(|known| known.leased).unwrap_or_default();
        self.agents.insert(agent, Agent { leased, ..Agent::new(worker) });
    }

    /// Takes a task and gives its number; a key that is known gives the number of the task there is.
    ///
    /// # Errors
    ///
    /// [`Full`](TaskError::Full), [`OutOfBounds`](TaskError::OutOfBounds).
    pub fn submit(&mut self, new: NewTask, now: Duration) -> Result<TaskId, TaskError> {
        if let Some(known) = self.check(&new)? {
            return Ok(known);
        }
        let id = self.number();
        self.insert(id, new, now);
        Ok(id)
    }

    /// Whether a task fits, and the task there is for its key.
    pub(super) fn check(&self, new: &NewTask) -> Result<Option<TaskId>, TaskError> {
        let small = |what, text: &str| match text.len() {
            0..=256 => Ok(()),
            _ => Err(TaskError::OutOfBounds { what, limit: 256 }),
        };
        new.key.iter().try_for_each(|key| small("the bytes of a key", key))?;
        if let Some(known) = new.key.as_ref().and_then(|key| self.keys.get(key)) {
            return Ok(Some(*known));
        }
        new.place.iter().try_for_each(|place| small("the bytes of a place", place))?;
        new.needs.iter().try_for_each(|need| small("the bytes of a capability", need))?;
        if new.needs.len() > 16 {
            return Err(TaskError::OutOfBounds { what: "the number of capabilities", limit: 16 });
        }
        if new.payload.len() > self.options.payload_bytes {
            let limit = u64::try_from(self.options.payload_bytes).unwrap_or(u64::MAX);
            return Err(TaskError::OutOfBounds { what: "the bytes of a payload", limit });
        }
        if self.open.len() >= self.options.open {
            return Err(TaskError::Full { limit: self.options.open });
        }
        Ok(None)
    }

    pub(super) fn number(&mut self) -> TaskId {
        let number = self.next_task;
        self.next_task = number.saturating_add(1);
        TaskId::new(number)
    }

    pub(super) fn insert(&mut self, id: TaskId, mut new: NewTask, now: Duration) {
        // A copy of its own: what came in may be a small part of a large buffer.
        new.payload = Bytes::copy_from_slice(&new.payload);
        if let Some(key) = &new.key {
            self.keys.insert(key.clone(), id);
        }
        let rank = now.saturating_add(self.options.ageing.saturating_mul(u32::from(u8::MAX - new.priority)));
        self.open.insert(id, Task { new, attempts: 0, rank, place: Place::Ready });
        self.put(id, Place::Ready);
        self.next_task = self.next_task.max(id.number().saturating_add(1));
    }

    /// Gives an agent the task that is first for it, if it has room: what it was offered, or else what is ready. What
    /// another was offered and has not begun comes last, unless it is older by [`TaskOptions::local`].
    ///
    /// # Errors
    ///
    /// [`UnknownAgent`](TaskError::UnknownAgent).
    pub fn pull(&mut self, agent: &AgentId, now: Duration) -> Result<Option<Leased>, TaskError> {
        self.expire(now);
        self.take(agent, now)
    }

    /// The same, and no lease ends for it.
    pub(super) fn take(&mut self, agent: &AgentId, now: Duration) -> Result<Option<Leased>, TaskError> {
        let known = self.agents.get(agent).filter(|known| !known.is_closed);
        let known = known.ok_or_else(|| TaskError::UnknownAgent { agent: agent.clone() })?;
        if known.room() == 0 {
            return Ok(None);
        }
        let able = || self.waiting.iter().filter(|(needs, _)| known.can(needs));
        let first = || able().filter_map(|(_, tasks)| tasks.first_for(&known.worker, self.options.local)).min();
        let Some((_, id)) = known.offered.first().copied().or_else(first) else { return Ok(None) };
        self.take_out(id);
        let epoch = self.next_epoch;
        self.next_epoch = epoch.saturating_add(1);
        let until = now.saturating_add(self.options.lease);
        self.put(id, Place::Leased { agent: agent.clone(), epoch, until });
        Ok(self.open.get(&id).map(|task| Leased {
            lease: TaskLease { task: id, epoch },
            payload: task.new.payload.clone(),
            attempts: task.attempts,
            priority: task.new.priority,
            key: task.new.key.clone(),
        }))
    }
}
