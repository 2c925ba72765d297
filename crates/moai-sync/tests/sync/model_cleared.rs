//! Any history of writes and clears, with messages lost, doubled and late, two synchronizers, a memory that fails and
//! forgets, and agents that start again: what was cleared stays away, and what was written knowing of it stays.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use moai_core::{
    AgentId, AgentState, Batch, Coordinator, CoordinatorError, Delivered, Envelope, Handled, Handler, KeyRange,
    LocalCoordinator, Mailbox, MemoryProvider, Role, StateKey, StoreError, SwarmId, Value, Version, View, namespace,
    swarm_id,
};
use moai_store::{Fault, Faults, FaultyStore, MemoryStore};
use moai_sync::{
    ConflictResolver, Mergeable, Replica, ReplicaHandler, Since, StateChange, StateSynchronizer, StateVersion,
    SyncError,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::world::{Ticking, agent, key};

const AGENTS: usize = 3;
/// Two counters, two sets, two registers.
const KEYS: usize = 6;
const NAMES: [&str; 2] = ["first", "second"];

/// Loses, doubles and delays what is sent, as a seed says.
struct Lossy {
    inner: LocalCoordinator,
    drawn: Mutex<u64>,
    is_calm: AtomicBool,
    late: Mutex<Vec<(AgentId, Envelope)>>,
}

impl Lossy {
    fn draw(&self, below: u64) -> u64 {
        let mut drawn = self.drawn.lock().unwrap();
        *drawn ^= *drawn << 13;
        *drawn ^= *drawn >> 7;
        *drawn ^= *drawn << 17;
        *drawn % below
    }

    /// Delivers what was held back, in any order.
    async fn deliver_late(&self) {
        let late = std::mem::take(&mut *self.late.lock().unwrap());
        for (to, envelope) in late.into_iter().rev() {
            let _ = self.inner.send(&to, envelope).await;
        }
    }
}

#[async_trait]
impl Coordinator for Lossy {
    fn swarm_id(&self) -> &SwarmId {
        self.inner.swarm_id()
    }

    async fn join(&self, id: AgentId, role: Role) -> Result<Box<dyn Mailbox>, CoordinatorError> {
        self.inner.join(id, role).await
    }

    async fn leave(&self, id: &AgentId) -> Result<(), CoordinatorError> {
        self.inner.leave(id).await
    }

    async fn send(&self, to: &AgentId, envelope: Envelope) -> Result<(), CoordinatorError> {
        if self.is_calm.load(Ordering::SeqCst) {
            return self.inner.send(to, envelope).await;
        }
        match self.draw(12) {
            0 | 1 => return Ok(()),
            2 => self.inner.send(to, envelope.clone()).await?,
            3 | 4 => {
                self.late.lock().unwrap().push((to.clone(), envelope));
                return Ok(());
            }
            5 => self.deliver_late().await,
            _ => {}
        }
        self.inner.send(to, envelope).await
    }

    async fn broadcast(&self, envelope: Envelope, except: &[AgentId]) -> Result<Delivered, CoordinatorError> {
        let mut reached = Vec::new();
        for member in self.inner.view().await?.members {
            if !except.contains(&member.id) && self.send(&member.id, envelope.clone()).await.is_ok() {
                reached.push(member.id);
            }
        }
        Ok(Delivered::new(reached, Vec::new()))
    }

    async fn set_state(&self, id: &AgentId, state: AgentState) -> Result<(), CoordinatorError> {
        self.inner.set_state(id, state).await
    }

    async fn view(&self) -> Result<View, CoordinatorError> {
        self.inner.view().await
    }
}

#[derive(Debug, Clone)]
enum Step {
    Write { by: usize, key: usize },
    Synchronize { which: usize, keys: Vec<usize> },
    Both { keys: Vec<usize> },
    Clear { which: usize, key: usize },
    ClearRange { from: usize, to: usize },
    ClearAll { which: usize },
    StoreFails { fault: Option<bool> },
    Compact,
    CatchUp { by: usize },
    Restart { by: usize },
    GoAway { by: usize },
    ComeBack { by: usize },
    Settle,
    Read,
}

fn step(may_forget: bool) -> impl Strategy<Value = Step> {
    let keys = || vec(0..KEYS, 1..4);
    prop_oneof![
        8 => (0..AGENTS, 0..KEYS).prop_map(|(by, key)| Step::Write { by, key }),
        5 => (0..2_usize, keys()).prop_map(|(which, keys)| Step::Synchronize { which, keys }),
        2 => keys().prop_map(|keys| Step::Both { keys }),
        2 => (0..2_usize, 0..KEYS).prop_map(|(which, key)| Step::Clear { which, key }),
        1 => (0..KEYS, 1..=KEYS).prop_map(|(from, to)| Step::ClearRange { from, to }),
        1 => (0..2_usize).prop_map(|which| Step::ClearAll { which }),
        1 => proptest::option::of(any::<bool>()).prop_map(|fault| Step::StoreFails { fault }),
        1 => Just(if may_forget { Step::Compact } else { Step::Settle }),
        2 => (0..AGENTS).prop_map(|by| Step::CatchUp { by }),
        1 => (0..AGENTS).prop_map(|by| Step::Restart { by }),
        1 => (0..AGENTS).prop_map(|by| Step::GoAway { by }),
        1 => (0..AGENTS).prop_map(|by| Step::ComeBack { by }),
        3 => Just(Step::Settle),
        1 => Just(Step::Read),
    ]
}

/// A write that must be there in the end, unless a clear covers it.
#[derive(Debug, Clone, Copy)]
struct Written {
    by: usize,
    number: i64,
    must_stay: bool,
}

#[derive(Default)]
struct Model {
    written: BTreeMap<usize, Vec<Written>>,
    /// What the swarm held when it was cleared.
    gone: BTreeMap<usize, BTreeSet<i64>>,
    /// Keys that were cleared since an agent has read everything.
    unaware: BTreeMap<usize, BTreeSet<usize>>,
}

/// Follows the changes.
#[derive(Default)]
struct Reader {
    at: Option<moai_core::Cursor>,
    holds: BTreeMap<StateKey, Value>,
}

impl Reader {
    async fn follow(&mut self, synchronizer: &StateSynchronizer) {
        loop {
            let since = self.at.map_or(Since::Beginning, Since::Cursor);
            match synchronizer.delta_sync(since).await {
                Ok(delta) => {
                    for change in delta.changes {
                        match change {
                            StateChange::Put(state) => {
                                drop(self.holds.insert(state.state_key.clone(), state.value.clone()))
                            }
                            StateChange::Cleared { state_key, .. } => drop(self.holds.remove(&state_key)),
                            StateChange::RangeCleared { range, .. } => self.holds.retain(|key, _| !range.contains(key)),
                            other => panic!("{other:?}"),
                        }
                    }
                    self.at = Some(delta.next);
                    if !delta.more {
                        return;
                    }
                }
                Err(SyncError::Store(StoreError::TooOld { .. })) => {
                    let page = synchronizer.snapshot(None).await.unwrap();
                    assert_eq!(page.next, None);
                    self.holds = page.states.into_iter().map(|state| (state.state_key.clone(), state.value)).collect();
                    self.at = Some(page.start);
                }
                Err(why) => panic!("{why}"),
            }
        }
    }
}

struct Swarm {
    lossy: Arc<Lossy>,
    memory: Arc<FaultyStore>,
    faults: Faults,
    clock: Arc<Ticking>,
    synchronizers: Vec<StateSynchronizer>,
    replicas: Vec<Replica>,
    model: Model,
    reader: Reader,
    next: i64,
    /// Whether the memory forgets what was cleared.
    may_forget: bool,
}

fn name(number: usize) -> StateKey {
    key(&format!("key-{number}"))
}

/// Every number in a state, as it was written.
fn numbers(state: &StateVersion) -> BTreeSet<i64> {
    match state.metadata.mergeable() {
        Some(Mergeable::Counter(counter)) => counter.iter().map(|(_, part)| part.value()).collect(),
        _ => match &state.value {
            Value::Array(all) => all.iter().filter_map(Value::as_i64).collect(),
            other => other.as_i64().into_iter().collect(),
        },
    }
}

const WITHIN: Duration = Duration::from_secs(1);

impl Swarm {
    async fn new(seed: u64, may_forget: bool) -> Self {
        let lossy = Arc::new(Lossy {
            inner: LocalCoordinator::new(swarm_id!("swarm-001")),
            drawn: Mutex::new(seed | 1),
            is_calm: AtomicBool::new(false),
            late: Mutex::default(),
        });
        let faults = Faults::new();
        let memory = Arc::new(FaultyStore::new(Arc::new(MemoryStore::new().unwrap()), faults.clone()));
        let clock = Arc::new(Ticking::default());
        let mut synchronizers = Vec::new();
        for name in NAMES {
            let options = moai_sync::SyncOptions::default().with_clock(clock.clone());
            let options = options.with_id(AgentId::new(name).unwrap());
            let made = StateSynchronizer::with(lossy.clone(), memory.clone(), ConflictResolver::crdt(), options).await;
            synchronizers.push(made.unwrap());
        }
        let replicas: Vec<_> =
            (0..AGENTS).map(|number| Replica::new(agent(number)).with_clock(clock.clone())).collect();
        let (model, reader) = (Model::default(), Reader::default());
        let swarm = Self { lossy, memory, faults, clock, synchronizers, replicas, model, reader, next: 0, may_forget };
        for by in 0..AGENTS {
            swarm.attend(by).await;
        }
        swarm
    }

    /// The agent answers from here on.
    async fn attend(&self, by: usize) {
        let _ = self.lossy.leave(&agent(by)).await;
        let mut mailbox = self.lossy.join(agent(by), Role::Member).await.unwrap();
        let synchronizers = NAMES.map(|name| AgentId::new(name).unwrap());
        let mut half = ReplicaHandler::new(swarm_id!("swarm-001"), self.replicas[by].clone()).told_by(synchronizers);
        let lossy = self.lossy.clone();
        tokio::spawn(async move {
            while let Some(envelope) = mailbox.recv().await {
                let Handled::Done(outgoing) = half.handle(&envelope) else { continue };
                for outgoing in outgoing {
                    let _ = lossy.send(&outgoing.to, outgoing.envelope).await;
                }
            }
        });
    }

    async fn stored(&self, number: usize) -> BTreeSet<i64> {
        let state = self.synchronizers[0].get_state(&name(number)).await.unwrap();
        state.as_ref().map(numbers).unwrap_or_default()
    }

    fn write(&mut self, by: usize, number: usize) {
        self.next += 1;
        let (key, value, replica) = (name(number), self.next, &self.replicas[by]);
        match number {
            0 | 1 => replica.contribute(&key, value).unwrap(),
            2 | 3 => replica.add(&key, value).unwrap(),
            _ => replica.put(&key, value).unwrap(),
        }
        let must_stay = !self.model.unaware.get(&by).is_some_and(|keys| keys.contains(&number));
        self.model.written.entry(number).or_default().push(Written { by, number: value, must_stay });
    }

    /// What is cleared must not come back, and what was written before need not stay.
    async fn clear(&mut self, keys: impl Iterator<Item = usize>, clear: impl AsyncFnOnce(&Self) -> bool) {
        let mut held = Vec::new();
        for number in keys {
            let mut numbers = self.stored(number).await;
            if self.may_forget {
                // Of what an agent was not told that it is stored nobody knows later that it was.
                let stored = self.synchronizers[0].get_state(&name(number)).await.unwrap();
                let held = self.replicas.iter().filter_map(|replica| replica.get(&name(number)));
                let untold: BTreeSet<i64> =
                    held.filter(|held| stored.as_ref() != Some(held)).flat_map(|held| self::numbers(&held)).collect();
                numbers.retain(|number| !untold.contains(number));
            }
            held.push((number, numbers));
        }
        // A clear of which nobody knows whether it happened forbids nothing.
        let happened = clear(self).await;
        self.faults.reopen();
        for (number, numbers) in held {
            if happened {
                self.model.gone.entry(number).or_default().extend(numbers);
            }
            self.model.written.entry(number).or_default().iter_mut().for_each(|written| written.must_stay = false);
            (0..AGENTS).for_each(|by| {
                self.model.unaware.entry(by).or_default().insert(number);
            });
        }
    }

    async fn synchronize(&self, which: usize, keys: &[usize]) {
        let before = self.memory.standing(self.lossy.swarm_id()).await.unwrap().last.version;
        let keys: Vec<_> = keys.iter().copied().map(name).collect();
        if let Ok((reports, _)) = self.synchronizers[which].synchronize_many(&keys, WITHIN).await {
            for report in reports.iter().filter(|report| report.changed) {
                assert!(report.version().unwrap() > before, "versions only grow");
            }
        }
        self.faults.reopen();
    }

    async fn settle(&self) {
        for _ in 0..30 {
            tokio::task::yield_now().await;
        }
    }

    /// The agent takes in all that the swarm holds.
    async fn catch_up(&mut self, by: usize) {
        let (synchronizer, replica) = (&self.synchronizers[0], &self.replicas[by]);
        match synchronizer.delta_sync(Version::ZERO).await {
            Ok(delta) => replica.apply(delta.changes),
            Err(SyncError::Store(StoreError::TooOld { .. })) => {
                let page = synchronizer.snapshot(None).await.unwrap();
                assert_eq!(page.next, None);
                replica.replace(page);
            }
            Err(why) => panic!("{why}"),
        }
        self.model.unaware.remove(&by);
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Write { by, key } => self.write(by, key),
            Step::Synchronize { which, keys } => self.synchronize(which, &keys).await,
            Step::Both { keys } => {
                tokio::join!(self.synchronize(0, &keys), self.synchronize(1, &keys));
            }
            Step::Clear { which, key } => {
                let clear = async |swarm: &Self| swarm.synchronizers[which].clear_state(&name(key)).await.is_ok();
                self.clear(std::iter::once(key), clear).await;
            }
            Step::ClearRange { from, to } if from < to => {
                let range = KeyRange { from: Some(name(from)), to: Some(name(to)) };
                let batch = Batch::new().delete_range(namespace!("synchronized_state"), range);
                let clear = async |swarm: &Self| swarm.memory.commit(swarm.lossy.swarm_id(), batch).await.is_ok();
                self.clear(from..to, clear).await;
            }
            Step::ClearRange { .. } => {}
            Step::ClearAll { which } => {
                let clear = async |swarm: &Self| swarm.synchronizers[which].clear_all().await.is_ok();
                self.clear(0..KEYS, clear).await;
            }
            Step::StoreFails { fault } => {
                self.faults.next_write(fault.map_or(Fault::Before, |applied| Fault::During { applied }));
            }
            Step::Compact => {
                // Nothing is forgotten before what is under way has come in, twice: what is answered is under way again.
                for _ in 0..3 {
                    self.lossy.deliver_late().await;
                    self.settle().await;
                }
                let last = self.memory.standing(self.lossy.swarm_id()).await.unwrap().last.version;
                let _ = self.memory.compact(self.lossy.swarm_id(), last).await;
                self.faults.reopen();
            }
            Step::CatchUp { by } => {
                self.catch_up(by).await;
            }
            Step::Restart { by } => {
                let _ = self.lossy.leave(&agent(by)).await;
                self.settle().await;
                self.replicas[by] = Replica::new(agent(by)).with_clock(self.clock.clone());
                self.catch_up(by).await;
                // What the swarm had not taken in went with the process.
                for number in 0..KEYS {
                    let stored = self.stored(number).await;
                    if let Some(written) = self.model.written.get_mut(&number) {
                        written.retain(|written| written.by != by || stored.contains(&written.number));
                    }
                }
                self.attend(by).await;
            }
            Step::GoAway { by } => drop(self.lossy.leave(&agent(by)).await),
            Step::ComeBack { by } => self.attend(by).await,
            Step::Settle => self.settle().await,
            Step::Read => self.reader.follow(&self.synchronizers[0]).await,
        }
    }

    /// The faults have stopped.
    async fn ends_well(&mut self) {
        self.lossy.deliver_late().await;
        self.lossy.is_calm.store(true, Ordering::SeqCst);
        self.settle().await;
        // Takes the fault that may still be planned.
        let _ = self.memory.compact(self.lossy.swarm_id(), Version::ZERO).await;
        self.faults.reopen();
        for by in 0..AGENTS {
            self.attend(by).await;
        }
        let all: Vec<_> = (0..KEYS).map(name).collect();
        for round in 0..3 {
            self.synchronizers[round % 2].synchronize_many(&all, WITHIN).await.unwrap();
            self.settle().await;
        }
        for synchronizer in &self.synchronizers {
            let (reports, _) = synchronizer.synchronize_many(&all, WITHIN).await.unwrap();
            assert!(reports.iter().all(|report| !report.changed && report.informed.is_empty()), "{reports:?}");
        }
        self.reader.follow(&self.synchronizers[0]).await;
        for number in 0..KEYS {
            let state = self.synchronizers[0].get_state(&name(number)).await.unwrap();
            let value = state.as_ref().map(|state| state.value.clone());
            for replica in &self.replicas {
                assert_eq!(replica.value(&name(number)), value, "key-{number} at {}", replica.agent());
            }
            assert_eq!(self.reader.holds.get(&name(number)), value.as_ref(), "key-{number} at a reader");
            let holds = state.as_ref().map(numbers).unwrap_or_default();
            let gone = self.model.gone.remove(&number).unwrap_or_default();
            assert!(holds.is_disjoint(&gone), "key-{number} came back: {holds:?}, cleared were {gone:?}");
            let written = self.model.written.remove(&number).unwrap_or_default();
            let stays = |at: usize, one: &Written| match number {
                // What the same agent wrote later takes its place.
                0 | 1 => !written[at + 1..].iter().any(|later| later.by == one.by),
                2 | 3 => true,
                // Whether a later one by somebody who knew less stands is not said.
                _ => at + 1 == written.len(),
            };
            for (at, one) in written.iter().enumerate().filter(|(_, one)| one.must_stay) {
                assert!(!stays(at, one) || holds.contains(&one.number), "key-{number} lost {one:?}: {holds:?}");
            }
        }
    }
}

fn run(seed: u64, may_forget: bool, steps: Vec<Step>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut swarm = Swarm::new(seed, may_forget).await;
        for step in steps {
            swarm.take(step).await;
        }
        swarm.ends_well().await;
    });
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_cleared_comes_back_or_a_write_that_knew_of_it_is_lost(
        seed in any::<u64>(),
        steps in vec(step(false), 0..90),
    ) {
        run(seed, false, steps);
    }

    #[test]
    fn what_the_memory_has_forgotten_comes_back(seed in any::<u64>(), steps in vec(step(true), 0..60)) {
        run(seed, true, steps);
    }
}
