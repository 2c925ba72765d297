//! The queue as a state machine: **it has no clock, no chance and no task of its own**. Time is handed in.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use moai_core::AgentId;

use super::{Lease, Leased, NewTask, TaskError, TaskOptions, Worker};

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
    pub(super) open: BTreeMap<u64, Task>,
    pub(super) ready: BTreeMap<Wants, BTreeSet<(Duration, u64)>>,
    pub(super) agents: BTreeMap<AgentId, Agent>,
    pub(super) last_offered: Option<AgentId>,
    pub(super) next_task: u64,
    pub(super) next_epoch: u64,
    pub(super) resting: BTreeSet<(Duration, u64)>,
    pub(super) leases: BTreeSet<(Duration, u64)>,
    pub(super) keys: BTreeMap<String, u64>,
    pub(super) finished: VecDeque<String>,
    pub(super) letters: VecDeque<(u64, NewTask)>,
    pub(super) completed: u64,
    pub(super) dead: u64,
}

/// What a task asks of who does it.
type Wants = (Option<String>, BTreeSet<String>);

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

#[derive(Debug)]
pub(super) struct Agent {
    pub(super) worker: Worker,
    pub(super) offered: BTreeSet<(Duration, u64)>,
    pub(super) leased: BTreeSet<u64>,
}

impl Agent {
    pub(super) fn load(&self) -> usize {
        self.offered.len() + self.leased.len()
    }
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
            ready: BTreeMap::new(),
            agents: BTreeMap::new(),
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
        })
    }

    /// Takes an agent in, or changes what it brings along.
    /// What it was offered and has not begun is ready again.
    pub fn join(&mut self, agent: AgentId, worker: Worker) {
        self.withdraw(&agent);
        let new = Agent { worker: worker.clone(), offered: BTreeSet::new(), leased: BTreeSet::new() };
        self.agents.entry(agent).or_insert(new).worker = worker;
    }

    /// Takes a task and gives its number; a key that is known gives the number of the task there is.
    ///
    /// # Errors
    ///
    /// [`Full`](TaskError::Full), [`OutOfBounds`](TaskError::OutOfBounds).
    pub fn submit(&mut self, new: NewTask, now: Duration) -> Result<u64, TaskError> {
        if let Some(known) = self.check(&new)? {
            return Ok(known);
        }
        let id = self.number();
        self.insert(id, new, 0, now);
        Ok(id)
    }

    /// Whether a task fits, and the task there is for its key.
    pub(super) fn check(&self, new: &NewTask) -> Result<Option<u64>, TaskError> {
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

    pub(super) fn number(&mut self) -> u64 {
        let id = self.next_task;
        self.next_task = id.saturating_add(1);
        id
    }

    pub(super) fn insert(&mut self, id: u64, new: NewTask, attempts: u32, now: Duration) {
        if let Some(key) = &new.key {
            self.keys.insert(key.clone(), id);
        }
        let rank = now.saturating_add(self.options.ageing.saturating_mul(u32::from(u8::MAX - new.priority)));
        self.open.insert(id, Task { new, attempts, rank, place: Place::Ready });
        self.put(id, Place::Ready);
        self.next_task = self.next_task.max(id.saturating_add(1));
    }

    /// Gives an agent the task that is first for it, if it has room: what it was offered, then what is ready, then what
    /// another was offered and has not begun.
    ///
    /// # Errors
    ///
    /// [`UnknownAgent`](TaskError::UnknownAgent).
    pub fn pull(&mut self, agent: &AgentId, now: Duration) -> Result<Option<Leased>, TaskError> {
        self.expire(now);
        let Some(known) = self.agents.get(agent) else {
            return Err(TaskError::UnknownAgent { agent: agent.clone() });
        };
        if known.leased.len() >= known.worker.limit {
            return Ok(None);
        }
        let worker = &known.worker;
        let own = known.offered.first().map(|(_, id)| *id);
        let found = own.or_else(|| self.first_ready(worker)).or_else(|| self.stealable(worker));
        let Some(id) = found else { return Ok(None) };
        self.take_out(id);
        let epoch = self.next_epoch;
        self.next_epoch = epoch.saturating_add(1);
        let until = now.saturating_add(self.options.lease);
        self.put(id, Place::Leased { agent: agent.clone(), epoch, until });
        Ok(self.open.get(&id).map(|task| Leased {
            lease: Lease { task: id, epoch },
            payload: task.new.payload.clone(),
            attempts: task.attempts,
        }))
    }

    fn first_ready(&self, worker: &Worker) -> Option<u64> {
        let able = self.ready.iter().filter(|((_, needs), _)| needs.is_subset(&worker.capabilities));
        let first = able.filter_map(|((place, _), tasks)| {
            let (rank, id) = *tasks.first()?;
            let near = place.as_ref().is_some_and(|place| worker.places.contains(place));
            // The others are set back instead: nothing comes before the beginning of time.
            Some((if near { rank } else { rank.saturating_add(self.options.local) }, id))
        });
        first.min().map(|(_, id)| id)
    }

    fn stealable(&self, worker: &Worker) -> Option<u64> {
        let mut rich: Vec<_> = self.agents.values().filter(|agent| !agent.offered.is_empty()).collect();
        rich.sort_by_key(|agent| std::cmp::Reverse(agent.offered.len()));
        let able = |id: &u64| self.open.get(id).is_some_and(|task| task.new.needs.is_subset(&worker.capabilities));
        rich.into_iter().flat_map(|agent| agent.offered.iter().map(|(_, id)| *id)).find(able)
    }

    /// Whether this lease is the one under which its task is done.
    pub(super) fn holds(&self, lease: Lease) -> Result<&Task, TaskError> {
        let stale = TaskError::StaleLease { task: lease.task, epoch: lease.epoch };
        match self.open.get(&lease.task) {
            Some(task) if matches!(task.place, Place::Leased { epoch, .. } if epoch == lease.epoch) => Ok(task),
            _ => Err(stale),
        }
    }

    /// Takes the result of a task: it is done.
    ///
    /// # Errors
    ///
    /// [`StaleLease`](TaskError::StaleLease) under any but the lease it has.
    pub fn complete(&mut self, lease: Lease) -> Result<(), TaskError> {
        self.holds(lease)?;
        self.done(lease.task);
        Ok(())
    }

    /// Lets a lease last from now on.
    ///
    /// # Errors
    ///
    /// [`StaleLease`](TaskError::StaleLease).
    pub fn renew(&mut self, lease: Lease, now: Duration) -> Result<(), TaskError> {
        self.expire(now);
        self.holds(lease)?;
        self.prolong(lease.task, now);
        Ok(())
    }

    pub(super) fn prolong(&mut self, id: u64, now: Duration) {
        let Some(place) = self.take_out(id) else { return };
        let until = now.saturating_add(self.options.lease);
        self.put(
            id,
            match place {
                Place::Leased { agent, epoch, .. } => Place::Leased { agent, epoch, until },
                other => other,
            },
        );
    }

    /// Ends a lease without a result: the task rests and comes back, or is a dead letter.
    ///
    /// # Errors
    ///
    /// [`StaleLease`](TaskError::StaleLease).
    pub fn fail(&mut self, lease: Lease, now: Duration) -> Result<(), TaskError> {
        self.holds(lease)?;
        self.end(lease.task, now, true);
        Ok(())
    }

    /// The leases that have run out.
    pub(super) fn overdue(&self, now: Duration) -> Vec<u64> {
        self.leases.iter().take_while(|(until, _)| *until <= now).map(|(_, id)| *id).collect()
    }

    /// Ends the leases that have run out: their tasks come back at once. Gives the tasks.
    pub fn expire(&mut self, now: Duration) -> Vec<u64> {
        let ended = self.overdue(now);
        for id in &ended {
            self.end(*id, now, false);
        }
        self.wake(now);
        ended
    }

    /// Ends all leases and offers of an agent that has failed, and forgets it. Gives the tasks it had a lease of.
    pub fn agent_failed(&mut self, agent: &AgentId, now: Duration) -> Vec<u64> {
        self.withdraw(agent);
        let leased = self.leased_by(agent);
        for id in &leased {
            self.end(*id, now, false);
        }
        self.agents.remove(agent);
        leased
    }

    /// When something comes back by time alone.
    pub fn next_deadline(&self) -> Option<Duration> {
        let firsts = [self.leases.first(), self.resting.first()];
        firsts.into_iter().flatten().map(|(at, _)| *at).min()
    }
}
