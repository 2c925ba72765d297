//! Many tasks read and write through a cache, and go on in any order: whatever is answered, the store held it meanwhile.

#[path = "slow/mod.rs"]
mod slow;

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use moai_core::{Batch, Expected, Held, KeyRange, MemoryProvider, StateKey, namespace, swarm_id};
use moai_store::{CachedStore, Fault};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use slow::Slow;

const KEYS: usize = 4;

/// What happens next. Numbers choose among the tasks that there are.
#[derive(Debug, Clone)]
enum Step {
    Look(usize),
    Commit(Vec<Do>),
    /// A task goes on.
    Poll(usize),
    Drop(usize),
    /// A write lands.
    Land,
    /// The next write that lands is refused.
    Refuse,
    Compact,
}

#[derive(Debug, Clone)]
enum Do {
    Put(usize),
    Delete(usize),
    DeleteRange(usize, usize),
    RequireNothing(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let one = prop_oneof![
        4 => (0..KEYS).prop_map(Do::Put),
        1 => (0..KEYS).prop_map(Do::Delete),
        1 => (0..KEYS, 0..=KEYS).prop_map(|(from, to)| Do::DeleteRange(from, to)),
        1 => (0..KEYS).prop_map(Do::RequireNothing),
    ];
    let step = prop_oneof![
        8 => (0..KEYS).prop_map(Step::Look),
        4 => vec(one, 1..4).prop_map(Step::Commit),
        24 => any::<usize>().prop_map(Step::Poll),
        2 => any::<usize>().prop_map(Step::Drop),
        5 => Just(Step::Land),
        1 => Just(Step::Refuse),
        1 => Just(Step::Compact),
    ];
    vec(step, 1..120)
}

fn key(number: usize) -> StateKey {
    StateKey::new(format!("key-{number}")).unwrap()
}

fn batch(of: &[Do]) -> Batch {
    of.iter().fold(Batch::new(), |batch, one| match *one {
        Do::Put(at) => batch.put(namespace!("state"), key(at), "value"),
        Do::Delete(at) => batch.delete(namespace!("state"), key(at)),
        Do::DeleteRange(from, to) => {
            batch.delete_range(namespace!("state"), KeyRange { from: Some(key(from)), to: Some(key(to)) })
        }
        Do::RequireNothing(at) => batch.require(namespace!("state"), key(at), Expected::Absent),
    })
}

type Going = Pin<Box<dyn Future<Output = Option<Held>>>>;

/// A task that is under way: which key it looks at, and how many states there had been when it began.
struct Task {
    looks_at: Option<(usize, usize)>,
    future: Going,
}

struct World {
    store: CachedStore<Slow>,
    tasks: Vec<Task>,
    /// What lay under each key, after each write that landed: the versions tell values apart.
    states: Vec<Vec<Held>>,
}

impl World {
    fn new(bytes: usize) -> Self {
        let mut world = Self { store: CachedStore::new(Arc::new(Slow::new()), bytes), tasks: vec![], states: vec![] };
        world.note();
        world
    }

    fn note(&mut self) {
        let behind = self.store.inner().behind.blocking();
        let look = |number| behind.look(&swarm_id!("swarm-001"), &namespace!("state"), &key(number));
        self.states.push((0..KEYS).map(look).collect());
    }

    fn begin(&mut self, looks_at: Option<usize>, future: Going) -> Result<(), TestCaseError> {
        let looks_at = looks_at.map(|key| (key, self.states.len() - 1));
        self.tasks.push(Task { looks_at, future });
        self.poll(self.tasks.len() - 1)
    }

    /// One task goes on; an answer must have been true at some moment since it was asked.
    fn poll(&mut self, number: usize) -> Result<(), TestCaseError> {
        let task = &mut self.tasks[number];
        let Poll::Ready(answer) = task.future.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
            return Ok(());
        };
        if let (Some(held), Some((at, since))) = (answer, task.looks_at) {
            let states = &self.states[since..];
            let true_then = states.iter().any(|state| state[at] == held);
            prop_assert!(true_then, "{held:?} was answered, and since it was asked the store held {states:?}");
        }
        drop(self.tasks.remove(number));
        Ok(())
    }

    fn go(&mut self, step: Step) -> Result<(), TestCaseError> {
        let store = self.store.clone();
        match step {
            Step::Look(at) => {
                let look = async move {
                    Some(store.look(&swarm_id!("swarm-001"), &namespace!("state"), &key(at)).await.unwrap())
                };
                self.begin(Some(at), Box::pin(look))
            }
            Step::Commit(of) => {
                let commit = async move {
                    let _ = store.commit(&swarm_id!("swarm-001"), batch(&of)).await;
                    None
                };
                self.begin(None, Box::pin(commit))
            }
            Step::Poll(number) if !self.tasks.is_empty() => self.poll(number % self.tasks.len()),
            Step::Drop(number) if !self.tasks.is_empty() => {
                drop(self.tasks.remove(number % self.tasks.len()));
                Ok(())
            }
            Step::Poll(_) | Step::Drop(_) => Ok(()),
            Step::Land => {
                self.store.inner().land();
                self.note();
                Ok(())
            }
            Step::Refuse => {
                self.store.inner().faults.next_write(Fault::Before);
                Ok(())
            }
            Step::Compact => {
                let swarm = swarm_id!("swarm-001");
                let behind = self.store.inner().behind.blocking();
                let half = moai_core::Version::new(behind.standing(&swarm).last.version.get() / 2).unwrap();
                // It may be the write that is refused.
                let _ = pollster::block_on(store.compact(&swarm, half));
                self.note();
                Ok(())
            }
        }
    }
}

#[test]
fn an_answer_was_never_true() {
    let (hits, kept_nothing) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new(Config { cases: 2_000, ..Config::default() });
    let bytes = prop_oneof![Just(1_usize << 20), Just(900), Just(0)];
    let ran = runner.run(&(bytes, steps()), |(bytes, steps)| {
        let mut world = World::new(bytes);
        for step in steps {
            world.go(step)?;
        }
        // Each key once more, while some are still under way: from the cache, or from the store.
        for at in 0..KEYS {
            world.go(Step::Look(at))?;
        }
        while world.store.inner().land() {
            world.note();
        }
        for _ in 0..3 {
            for number in (0..world.tasks.len()).rev() {
                world.poll(number)?;
            }
        }
        prop_assert!(world.tasks.is_empty(), "everything has landed, and somebody still waits");
        let statistics = world.store.statistics();
        prop_assert!(statistics.bytes <= bytes);
        hits.set(hits.get() + statistics.hits);
        kept_nothing.set(kept_nothing.get() + u64::from(statistics.entries == 0));
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
    assert!(hits.get() > 1_000, "only {} answers came from the cache: nothing was tried", hits.get());
    assert!(kept_nothing.get() < 1_900, "the cache kept nothing");
}
