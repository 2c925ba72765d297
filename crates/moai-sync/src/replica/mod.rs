//! What one agent holds of the swarm's state.

mod former_life;
mod handler;
mod held;
mod inner;
mod live;
mod merging;
mod renewal;
mod retry;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use moai_core::{AgentId, Clock, CorrelationId, InvalidInput, KeyRange, Limits, StateKey, SystemClock, Value, Version};
use moai_crdt::{Causal, Contributions, Document, GSet};

use crate::mergeable::lift;
use crate::{CrdtType, Fields, Mergeable, Metadata, StateChange, StateVersion, SyncSnapshot, Written};
use held::Held;
use inner::{Inner, Stretch};

pub use handler::ReplicaHandler;
pub(crate) use merging::{Given, Taken};

/// What one agent holds of the swarm's state: it writes here, and a [`ReplicaHandler`] tells the swarm.
///
/// # What it promises
///
/// - **It keeps what values are made of**, so that a counter, set, map or document merges with those of others, however often
///   it is asked.
/// - **What the agent writes while an answer is under way is not lost**: an update takes its place only if it has it.
/// - What was cleared in the swarm goes here as well, unless the agent wrote it after it had seen that.
/// - Its own writes go forward, also when its clock goes back.
/// - **What an agent writes after it was started again counts**, also where by its numbers it looks older than what the agent
///   wrote before: as soon as the swarm tells of that, the new write is put on top of it. (Documents go by the histories of
///   their replicas: a [`Causal`] edit in a new life takes a new replica id.)
///
/// It lives as long as the process. What the swarm has stored is taken in by [`apply`](Self::apply) and
/// [`replace`](Self::replace), or comes with the next round. Cloning gives another handle.
///
/// ```
/// use moai_core::{StateKey, agent_id, value};
/// use moai_sync::Replica;
///
/// let replica = Replica::new(agent_id!("agent-1"));
/// let (tasks, count) = (StateKey::new("tasks")?, StateKey::new("task_count")?);
/// replica.add(&tasks, value!("index"))?;
/// replica.contribute(&count, 42)?;
/// assert_eq!(replica.value(&tasks), Some(value!(["index"])));
/// assert_eq!(replica.value(&count), Some(value!(42)));
/// # Ok::<(), moai_sync::WriteError>(())
/// ```
#[derive(Clone)]
pub struct Replica {
    agent: AgentId,
    clock: Arc<dyn Clock>,
    limits: Limits,
    inner: Arc<Mutex<Inner>>,
}

/// Why an agent's write does not stand. Nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The input itself does not fit.
    #[error(transparent)]
    Input(#[from] InvalidInput),
    /// What is there merges in another way.
    #[error("{state_key} is a {kind}, and not a {wanted}; nothing changed")]
    OtherType {
        /// Which key.
        state_key: StateKey,
        /// How it merges.
        kind: CrdtType,
        /// How it was to be written.
        wanted: CrdtType,
    },
    /// The number is too large.
    #[error("the sum of {state_key} does not fit into 64 bits; nothing changed")]
    Overflow {
        /// Which key.
        state_key: StateKey,
    },
}

impl WriteError {
    /// Every code of this error's own; bad input has the codes of [`InvalidInput`].
    pub const CODES: &'static [&'static str] = &["replica.other_type", "replica.overflow"];
}

impl moai_core::Coded for WriteError {
    fn code(&self) -> &'static str {
        match self {
            Self::Input(input) => input.code(),
            Self::OtherType { .. } => "replica.other_type",
            Self::Overflow { .. } => "replica.overflow",
        }
    }

    fn aftermath(&self) -> moai_core::Aftermath {
        moai_core::Aftermath::NothingChanged
    }
}

impl Replica {
    /// What this agent holds: nothing yet.
    #[must_use]
    pub fn new(agent: AgentId) -> Self {
        Self { agent, clock: Arc::new(SystemClock), limits: Limits::default(), inner: Arc::default() }
    }

    /// The same with another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The same with other limits for states.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Whose it is.
    #[must_use]
    pub fn agent(&self) -> &AgentId {
        &self.agent
    }

    /// Writes a value: a register, of which the last that was written counts.
    ///
    /// # Errors
    ///
    /// When it does not fit, or what is there merges in another way.
    pub fn put(&self, key: &StateKey, value: impl Into<Value>) -> Result<(), WriteError> {
        self.put_with(key, value, Metadata::new())
    }

    /// Writes a value that says something about itself. Its vector clock is kept by the replica.
    ///
    /// # Errors
    ///
    /// When it does not fit, or what is there merges in another way.
    pub fn put_with(&self, key: &StateKey, value: impl Into<Value>, metadata: Metadata) -> Result<(), WriteError> {
        let value = value.into();
        let wanted = metadata.crdt_type().unwrap_or(CrdtType::Register);
        self.write(key, wanted, |_, _| Ok((value, metadata)))
    }

    /// Says what this agent contributes to a number, in place of what it said before. The number is the sum over agents.
    ///
    /// # Errors
    ///
    /// When the sum does not fit, or what is there is no counter.
    pub fn contribute(&self, key: &StateKey, number: i64) -> Result<(), WriteError> {
        self.merge_in(key, CrdtType::Counter, |before, written| {
            let mut counter = match before {
                Some(Mergeable::Counter(counter)) => counter,
                _ => Contributions::new(),
            };
            let _part = counter.set(written.agent_id, written.version, written.timestamp.unix_micros(), number);
            Ok(Mergeable::Counter(counter))
        })
    }

    /// Adds an element to a set that only grows.
    ///
    /// # Errors
    ///
    /// When it does not fit, or what is there is no set.
    pub fn add(&self, key: &StateKey, element: impl Into<Value>) -> Result<(), WriteError> {
        let element = element.into();
        self.merge_in(key, CrdtType::Set, |before, _| {
            let mut set = match before {
                Some(Mergeable::Set(set)) => set,
                _ => GSet::new(),
            };
            let _part = set.add(element);
            Ok(Mergeable::Set(set))
        })
    }

    /// Writes one field of a map.
    ///
    /// # Errors
    ///
    /// When it does not fit, or what is there is no map.
    pub fn set_field(
        &self,
        key: &StateKey,
        field: impl Into<String>,
        value: impl Into<Value>,
    ) -> Result<(), WriteError> {
        let (field, value) = (field.into(), value.into());
        self.merge_in(key, CrdtType::Map, |before, written| {
            let mut fields = match before {
                Some(Mergeable::Map(fields)) => fields,
                _ => Fields::default(),
            };
            fields.set(field, written, value);
            Ok(Mergeable::Map(fields))
        })
    }

    /// Changes a document.
    ///
    /// # Errors
    ///
    /// Those of `change`, as bad input; and when what is there is no document.
    pub fn edit(
        &self,
        key: &StateKey,
        change: impl FnOnce(&mut Causal<Document>) -> Result<(), moai_crdt::DocumentError>,
    ) -> Result<(), WriteError> {
        self.merge_in(key, CrdtType::Document, |before, _| {
            let mut document = match before {
                Some(Mergeable::Document(document)) => *document,
                _ => Causal::default(),
            };
            let failed =
                |why: moai_crdt::DocumentError| InvalidInput::Malformed { field: "document", why: why.to_string() };
            change(&mut document).map_err(failed)?;
            Ok(Mergeable::Document(Box::new(document)))
        })
    }

    fn merge_in(
        &self,
        key: &StateKey,
        wanted: CrdtType,
        change: impl FnOnce(Option<Mergeable>, Written) -> Result<Mergeable, WriteError>,
    ) -> Result<(), WriteError> {
        self.write(key, wanted, |before, written| {
            // What stands there bare is lifted, as far as it tells.
            let mergeable = before.and_then(|state| lift(state, wanted).ok()?).map(std::borrow::Cow::into_owned);
            let mergeable = change(mergeable, written)?;
            let overflow = || WriteError::Overflow { state_key: key.clone() };
            let value = mergeable.to_value().ok_or_else(overflow)?;
            let metadata = before.map(|state| state.metadata.clone()).unwrap_or_default();
            Ok((value, metadata.with_mergeable(mergeable)))
        })
    }

    fn write(
        &self,
        key: &StateKey,
        wanted: CrdtType,
        change: impl FnOnce(Option<&StateVersion>, Written) -> Result<(Value, Metadata), WriteError>,
    ) -> Result<(), WriteError> {
        let now = self.clock.now();
        let mut inner = self.inner();
        let held = inner.states.get(key);
        let before = held.map(|held| &*held.state);
        let seen_empty = inner.seen_empty(key);
        let seen = match held {
            // It begins with nothing, so nothing that was cleared so far is in it.
            None => seen_empty.max(inner.seen),
            // The swarm held nothing there then, as the agent knows by now.
            Some(held) if !held.was_stored() => held.has_seen().max(seen_empty),
            Some(held) => held.has_seen(),
        };
        if let Some(before) = before.filter(|before| before.crdt_type() != wanted) {
            return Err(WriteError::OtherType { state_key: key.clone(), kind: before.crdt_type(), wanted });
        }
        let (version, timestamp) = match before {
            None => (Version::ZERO, now),
            Some(before) => {
                // Beyond whatever is in it, or the write would not count.
                let made_of = before.metadata.mergeable().and_then(Mergeable::newest);
                let (time, version) = made_of.unwrap_or((before.timestamp, before.version));
                let (time, version) = (time.max(before.timestamp), version.max(before.version));
                (version.next()?, now.max(held::after(time)))
            }
        };
        let mut clock = before.and_then(|before| before.metadata.vector_clock()).cloned().unwrap_or_default();
        clock.increment(&self.agent);
        let written = Written { timestamp, version, agent_id: self.agent.clone() };
        let (value, metadata) = change(before, written)?;
        let state = StateVersion::new(key.clone(), value, version, timestamp, self.agent.clone())
            .with_metadata(metadata.with_vector_clock(clock))
            .based_on(seen);
        state.check(&self.limits)?;
        let held = Held::own(state, held.map(Box::as_ref));
        inner.states.insert(key.clone(), Box::new(held));
        inner.is_written(key, &self.agent);
        let waiting = inner.note_written(key.clone());
        drop(inner);
        // Foreign code, so nothing is held.
        waiting.into_iter().for_each(std::task::Waker::wake);
        Ok(())
    }

    /// What is there under a key.
    #[must_use]
    pub fn get(&self, key: &StateKey) -> Option<StateVersion> {
        self.inner().states.get(key).map(|held| (*held.state).clone())
    }

    /// The value under a key.
    #[must_use]
    pub fn value(&self, key: &StateKey) -> Option<Value> {
        self.inner().states.get(key).map(|held| held.state.value.clone())
    }

    /// All keys, sorted.
    #[must_use]
    pub fn keys(&self) -> Vec<StateKey> {
        self.inner().states.keys().cloned().collect()
    }

    /// The greatest version of the swarm that it has been told of.
    #[must_use]
    pub fn seen(&self) -> Version {
        self.inner().seen
    }

    /// Takes in changes of the swarm's state, in the order of their versions: what a
    /// [delta](crate::StateSynchronizer::delta_sync) or a watch tells.
    pub fn apply(&self, changes: impl IntoIterator<Item = StateChange>) {
        self.take(changes, None);
    }

    /// Takes in a page of a [snapshot](crate::StateSynchronizer::snapshot): what lies in its range and is not in it goes, as
    /// what was cleared. What the agent wrote there without having held anything of the swarm's stays.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use moai_core::{LocalCoordinator, StateKey, agent_id, swarm_id};
    /// # use moai_store::MemoryStore;
    /// # use moai_sync::{ConflictResolver, Replica, StateSynchronizer};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// # let (swarm, memory) = (Arc::new(LocalCoordinator::new(swarm_id!("swarm-001"))), Arc::new(MemoryStore::new()?));
    /// # let synchronizer = StateSynchronizer::new(swarm, memory, ConflictResolver::crdt()).await?;
    /// let replica = Replica::new(agent_id!("agent-1"));
    /// let mut place = None;
    /// loop {
    ///     let page = synchronizer.snapshot(place).await?;
    ///     place = page.next.clone();
    ///     let start = page.start;
    ///     replica.replace(page);
    ///     if place.is_none() {
    ///         // From here on changes do.
    ///         replica.apply(synchronizer.delta_sync(start).await?.changes);
    ///         break;
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn replace(&self, page: SyncSnapshot) {
        let (after, through) = (page.after, page.through);
        let stretch = Stretch { range: KeyRange::ALL, after, through, version: page.start.version };
        self.inner().replace(&stretch, page.states, &self.agent);
    }

    fn take(&self, changes: impl IntoIterator<Item = StateChange>, round: Option<CorrelationId>) {
        let mut inner = self.inner();
        for change in changes {
            inner.apply(change, round, &self.agent);
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Nothing of it is left half done by a panic: states are put in whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Replica {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let inner = self.inner();
        let (keys, seen) = (inner.states.len(), inner.seen);
        f.debug_struct("Replica").field("agent", &self.agent).field("keys", &keys).field("seen", &seen).finish()
    }
}
