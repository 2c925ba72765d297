//! Restarts at any point: before an append, behind it, behind its answer.

use std::sync::Arc;

use moai_core::{Clock, Journal, SystemClock};
use moai_swarm::{NewTask, TaskAllocator, TaskError, TaskLease, TaskOptions, Worker};
use proptest::prelude::*;

use super::hand::{Held, SlowJournal};
use super::{agent, seconds};

#[derive(Debug, Clone, Copy)]
enum Step {
    Submit,
    Pull,
    Complete(usize),
    Fail(usize),
    AgentFails,
    Leave,
    /// All leases run out.
    RunOut,
    Restart,
}

/// Where a step is dropped, if it is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cut {
    Never,
    BeforeTheRecord,
    BehindTheRecord,
}

fn step() -> impl Strategy<Value = (Step, Cut)> {
    let step = prop_oneof![
        4 => Just(Step::Submit),
        4 => Just(Step::Pull),
        2 => any::<usize>().prop_map(Step::Complete),
        2 => any::<usize>().prop_map(Step::Fail),
        1 => Just(Step::AgentFails),
        1 => Just(Step::Leave),
        1 => Just(Step::RunOut),
        2 => Just(Step::Restart),
    ];
    let cut = prop_oneof![2 => Just(Cut::Never), 1 => Just(Cut::BeforeTheRecord), 1 => Just(Cut::BehindTheRecord)];
    (step, cut)
}

const OPTIONS: TaskOptions = TaskOptions::new()
    .with_open(1000)
    .with_remembered(1000)
    .with_lease(seconds(30))
    .with_ageing(seconds(1))
    .with_local(seconds(1))
    .with_attempts(3)
    .with_backoff(seconds(0))
    .with_payload_bytes(100);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    Ready,
    Leased(TaskLease),
    Done,
    Dead,
}

/// What must be so, task by task in the order in which they were submitted.
#[derive(Debug, Clone, Default)]
struct Expected(Vec<(Is, u32)>);

impl Expected {
    fn leases(&self) -> Vec<(usize, TaskLease)> {
        let lease =
            |(at, (is, _)): (usize, &(Is, u32))| if let Is::Leased(lease) = is { Some((at, *lease)) } else { None };
        self.0.iter().enumerate().filter_map(lease).collect()
    }

    fn count(&self, what: impl Fn(Is) -> bool) -> usize {
        self.0.iter().filter(|(is, _)| what(*is)).count()
    }

    fn end(&mut self, at: usize) {
        let (is, attempts) = &mut self.0[at];
        *attempts += 1;
        *is = if *attempts >= 3 { Is::Dead } else { Is::Ready };
    }

    fn give_back(&mut self) {
        for (at, _) in self.leases() {
            self.0[at].0 = Is::Ready;
        }
    }

    fn after(&self, step: Step) -> Self {
        let (mut after, leases) = (self.clone(), self.leases());
        match step {
            Step::Submit => after.0.push((Is::Ready, 0)),
            Step::Complete(at) if !leases.is_empty() => after.0[leases[at % leases.len()].0].0 = Is::Done,
            Step::Fail(at) if !leases.is_empty() => after.end(leases[at % leases.len()].0),
            Step::AgentFails | Step::RunOut => leases.iter().for_each(|(at, _)| after.end(*at)),
            Step::Leave => after.give_back(),
            _ => {}
        }
        after
    }
}

async fn act(
    tasks: TaskAllocator,
    step: Step,
    leases: Vec<(usize, TaskLease)>,
    number: usize,
) -> Result<(), TaskError> {
    match step {
        Step::Submit => drop(tasks.submit(NewTask::new(number.to_string())).await?),
        Step::Complete(at) if !leases.is_empty() => tasks.complete(leases[at % leases.len()].1).await?,
        Step::Fail(at) if !leases.is_empty() => tasks.fail(leases[at % leases.len()].1).await?,
        Step::AgentFails => tasks.agent_failed(&agent(1)).await?,
        Step::Leave => tasks.leave(&agent(1)).await,
        Step::RunOut => drop(tasks.statistics().await?),
        _ => {}
    }
    Ok(())
}

struct World {
    journal: Arc<SlowJournal>,
    tasks: TaskAllocator,
    is: Expected,
    /// What was dropped half way will have been, once another goes on.
    later: Option<(Expected, Cut)>,
}

impl World {
    async fn new() -> Self {
        let journal = Arc::new(SlowJournal::new());
        let tasks = Self::recovered(&journal).await;
        Self { journal, tasks, is: Expected::default(), later: None }
    }

    async fn recovered(journal: &Arc<SlowJournal>) -> TaskAllocator {
        let (clock, journal): (Arc<dyn Clock>, Arc<dyn Journal>) = (Arc::new(SystemClock), journal.clone());
        let tasks = TaskAllocator::recover(OPTIONS, journal, clock).await.unwrap();
        tasks.join(agent(1), Worker::new().with_limit(1000)).await;
        tasks
    }

    async fn go_on(&mut self) {
        // An agent that failed, or that was about to, comes back. With that, what was dropped is finished.
        self.tasks.join(agent(1), Worker::new().with_limit(1000)).await;
        if let Some((later, _)) = self.later.take() {
            self.is = later;
        }
    }

    async fn restart(&mut self) {
        if let Some((later, Cut::BehindTheRecord)) = self.later.take() {
            self.is = later;
        }
        self.is.give_back();
        self.tasks = Self::recovered(&self.journal).await;
    }

    fn pull(&mut self) {
        let tasks = self.tasks.clone();
        let found = Held::new(async move { tasks.pull(&agent(1)).await.unwrap() }).poll();
        let Some(leased) = found else {
            assert_eq!(self.is.count(|is| is == Is::Ready), 0, "there is one");
            return;
        };
        let at: usize = std::str::from_utf8(&leased.payload).unwrap().parse().unwrap();
        assert_eq!(self.is.0[at], (Is::Ready, leased.attempts));
        self.is.0[at].0 = Is::Leased(leased.lease);
    }

    async fn step(&mut self, step: Step, cut: Cut) {
        if let Step::Restart = step {
            return self.restart().await;
        }
        self.go_on().await;
        match step {
            Step::Pull => return self.pull(),
            Step::RunOut => tokio::time::advance(seconds(31)).await,
            _ => {}
        }
        let after = self.is.after(step);
        let mut acts = Held::new(act(self.tasks.clone(), step, self.is.leases(), self.is.0.len()));
        self.journal.before.send_replace(cut != Cut::BeforeTheRecord);
        self.journal.after.send_replace(cut != Cut::BehindTheRecord);
        if let Some(result) = acts.poll() {
            result.unwrap();
            self.is = after;
        } else {
            self.later = Some((after, cut));
        }
        drop(acts);
        self.journal.before.send_replace(true);
        self.journal.after.send_replace(true);
    }

    async fn check(&mut self) {
        let is = self.tasks.statistics().await.unwrap();
        assert_eq!(is.ready + is.resting, self.is.count(|is| is == Is::Ready));
        assert_eq!(is.leased, self.is.leases().len());
        let (completed, dead) = (self.is.count(|is| is == Is::Done), self.is.count(|is| is == Is::Dead));
        assert_eq!((is.completed, is.dead), (completed as u64, dead as u64));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_restart_loses_a_task_or_repeats_a_finished_one(steps in proptest::collection::vec(step(), 0..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            for (step, cut) in steps {
                world.step(step, cut).await;
                if world.later.is_none() {
                    world.check().await;
                }
            }
            world.restart().await;
            world.check().await;
            while world.is.count(|is| is == Is::Ready) > 0 {
                world.pull();
            }
        });
    }
}
