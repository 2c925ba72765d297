//! The queue of a world of tasks, those who hand in, and those who work.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use moai_core::{AgentId, JournalError};
use moai_swarm::{Leased, NewTask, TaskAllocator, TaskError, TaskOptions, Worker};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::plan::{PlannedTask, TasksPlan};
use crate::invariant::{TaskLedger, bounded_memory};
use crate::stack::{Ground, JournalDisk, Life, SimClock};
use crate::{Seeds, Violation};

/// The process with the queue, and what the world knows of it past all its lives.
pub(super) struct Queue {
    pub(super) plan: TasksPlan,
    pub(super) ground: Ground,
    pub(super) disk: JournalDisk,
    pub(super) clock: SimClock,
    pub(super) notes: Mutex<Notes>,
    pub(super) is_done: Notify,
}

#[derive(Default)]
pub(super) struct Notes {
    ledger: TaskLedger,
    /// What was handed in and acknowledged.
    handed_in: BTreeSet<usize>,
}

/// It has to be started again.
struct Again;

const LEASE: Duration = Duration::from_millis(80);

fn options() -> TaskOptions {
    let (ageing, backoff) = (Duration::from_millis(50), Duration::from_millis(20));
    TaskOptions::default()
        .with_open(100)
        .with_lease(LEASE)
        .with_ageing(ageing)
        .with_local(ageing)
        .with_attempts(3)
        .with_backoff(backoff)
}

impl Queue {
    /// Nothing that can panic runs while it is held, so a poisoned lock is as good as any.
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One life of it.
    pub(super) async fn live(self: Arc<Self>, life: Life, number: u64) {
        let journal = Arc::new(self.disk.open(&self.ground, &life));
        let Ok(queue) = TaskAllocator::recover(options(), journal, Arc::new(self.clock.clone())).await else { return };
        let mut seeds = Seeds::new(self.plan.seed ^ number.rotate_left(32));
        let (mut handing_in, mut working) = (JoinSet::new(), JoinSet::new());
        for at in 0..self.plan.workers {
            let Ok(name) = AgentId::new(format!("worker-{at}")) else { continue };
            working.spawn(Arc::clone(&self).work(queue.clone(), name, seeds.fork()));
        }
        for (at, task) in self.plan.tasks.iter().enumerate() {
            handing_in.spawn(Arc::clone(&self).hand_in(queue.clone(), at, *task));
        }
        let all = async {
            while let Some(handed_in) = handing_in.join_next().await {
                self.joined(handed_in)?;
            }
            drained(&queue).await?;
            loop {
                match queue.statistics().await {
                    Ok(statistics) => self.ground.check(bounded_memory(statistics.open(), 0)),
                    Err(why) => {
                        patience(&why).await?;
                        continue;
                    }
                }
                match queue.dead_letters().await {
                    Ok(letters) => return Ok::<_, Again>(letters),
                    Err(why) => patience(&why).await?,
                }
            }
        };
        tokio::select! {
            biased;
            worked = working.join_next() => drop(worked.map(|worked| self.joined(worked))),
            ended = all => {
                let Ok(letters) = ended else { return };
                let dead: Vec<_> = letters.into_iter().map(|(task, _)| task).collect();
                self.ground.note(dead.iter().map(|_| b"dead".as_slice()));
                dead.iter().for_each(|_| self.ground.reach("a task was given up"));
                self.ground.check(self.notes().ledger.ended(&dead));
                self.is_done.notify_one();
                std::future::pending().await
            }
        }
    }

    fn joined(&self, joined: Result<Result<(), Again>, tokio::task::JoinError>) -> Result<(), Again> {
        joined.unwrap_or_else(|why| {
            self.ground.broke(Violation::new("nothing panics", why.to_string()));
            Err(Again)
        })
    }

    async fn hand_in(self: Arc<Self>, queue: TaskAllocator, at: usize, planned: PlannedTask) -> Result<(), Again> {
        let key = planned.key.map(|key| format!("key-{key}"));
        // Whoever has a key may hand it in as often as it likes.
        if self.notes().handed_in.contains(&at) && key.is_none() {
            return Ok(());
        }
        self.ground.until(Duration::from_millis(planned.at)).await;
        let new = NewTask::new(format!("task {at}")).priority(planned.priority);
        let new = key.iter().fold(new, |new, key| new.with_key(key));
        loop {
            match queue.submit(new.clone()).await {
                Ok(task) => {
                    let mut notes = self.notes();
                    self.ground.note([format!("{at} is task {task}").as_bytes()]);
                    notes.handed_in.insert(at);
                    self.ground.check(notes.ledger.accepted(task, key.as_deref()));
                    return Ok(());
                }
                Err(why) => patience(&why).await?,
            }
        }
    }

    async fn work(self: Arc<Self>, queue: TaskAllocator, me: AgentId, mut seeds: Seeds) -> Result<(), Again> {
        queue.join(me.clone(), Worker::new()).await;
        loop {
            let leased = match queue.pull(&me).await {
                Ok(leased) => leased,
                Err(why) => {
                    patience(&why).await?;
                    continue;
                }
            };
            self.ground.note([format!("{me} has {} in {}", leased.lease.task, leased.lease.epoch).as_bytes()]);
            self.ground.check(self.notes().ledger.leased(leased.lease));
            if leased.attempts > 0 {
                self.ground.reach("a task was tried again");
            }
            self.try_it(&queue, &me, &leased, &mut seeds).await?;
        }
    }

    async fn try_it(
        &self,
        queue: &TaskAllocator,
        me: &AgentId,
        leased: &Leased,
        seeds: &mut Seeds,
    ) -> Result<(), Again> {
        let (lease, plan, ground) = (leased.lease, &self.plan, &self.ground);
        let calm = ground.is_calm();
        tokio::time::sleep(Duration::from_millis(seeds.below(30))).await;
        if !calm && seeds.chance(plan.workers_vanish) {
            ground.fault("a worker was gone");
            loop {
                match queue.agent_failed(me).await {
                    Ok(()) => break,
                    Err(why) => patience(&why).await?,
                }
            }
            queue.join(me.clone(), Worker::new()).await;
            return Ok(());
        }
        if !calm && seeds.chance(plan.workers_fail) {
            ground.fault("a task failed");
            return match queue.fail(lease).await {
                Ok(()) | Err(TaskError::StaleLease { .. }) => Ok(()),
                Err(why) => patience(&why).await,
            };
        }
        if seeds.chance(20) && queue.renew(lease).await.is_ok() {
            ground.reach("a lease was renewed");
        }
        if !calm && seeds.chance(plan.workers_stall) {
            ground.fault("a worker stalled");
            tokio::time::sleep(LEASE + Duration::from_millis(seeds.below(100))).await;
        }
        loop {
            // Whoever crashes over it may have done it.
            self.notes().ledger.may_be_done(lease.task, true);
            match queue.complete(lease).await {
                Ok(()) => {
                    ground.note([format!("{} is done", lease.task).as_bytes()]);
                    ground.reach("a task was done");
                    ground.check(self.notes().ledger.completed(lease));
                    return Ok(());
                }
                Err(TaskError::StaleLease { .. }) => {
                    ground.reach("a lease was stale");
                    self.notes().ledger.may_be_done(lease.task, false);
                    return Ok(());
                }
                Err(why) => {
                    patience(&why).await?;
                }
            }
        }
    }
}

/// Waits until nothing is open.
async fn drained(queue: &TaskAllocator) -> Result<(), Again> {
    loop {
        match queue.drained().await {
            Ok(()) => return Ok(()),
            Err(why) => patience(&why).await?,
        }
    }
}

/// What is refused is tried again; after everything else the queue has to be started again.
async fn patience(why: &TaskError) -> Result<(), Again> {
    match why {
        TaskError::Journal(JournalError::Full { .. } | JournalError::Unavailable { .. }) => {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Ok(())
        }
        _ => Err(Again),
    }
}
