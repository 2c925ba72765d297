//! A swarm whose agents follow and push, over a coordinator that loses, repeats, delays and counts.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use moai_core::{
    AgentId, AgentState, Chance, Clock, Coordinator, CoordinatorError, CorrelationId, Delivered, Envelope, Handled,
    Handler, KeyRange, Limits, LocalCoordinator, Mailbox, MemoryProvider, MessageKind, Role, SeededChance, StateKey,
    SwarmId, Timestamp, View, swarm_id,
};
use moai_store::MemoryStore;
use moai_sync::{
    ConflictResolver, Replica, ReplicaHandler, StateFollow, StateFollowed, StateSynchronizer, SyncOptions, Told,
    message_kinds,
};
use tokio::task::JoinHandle;

/// A clock that goes on by a microsecond whenever it is looked at.
#[derive(Default)]
pub(crate) struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.0.fetch_add(1, Ordering::SeqCst)).unwrap()
    }
}

/// What becomes of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Arrives,
    IsLost,
    ComesTwice,
    /// Comes behind whatever is sent within so many milliseconds.
    IsLate(u64),
    /// It is never known what became of it.
    Hangs,
}

type Decide = dyn FnMut(&AgentId, &Envelope) -> Fate + Send;

/// A coordinator that does with live messages what it is told, and counts them.
pub(crate) struct Network {
    inner: Arc<LocalCoordinator>,
    fate: Mutex<Box<Decide>>,
    sent: Mutex<BTreeMap<(AgentId, MessageKind), usize>>,
    /// Who said again where it stands, of its own accord, and who was told that it stands there.
    renewed: Mutex<BTreeMap<AgentId, usize>>,
    stands: Mutex<BTreeMap<AgentId, usize>>,
    bytes: AtomicUsize,
    /// How many memories there have been.
    lives: Arc<AtomicUsize>,
    /// Whether what goes to all arrives.
    greets: AtomicBool,
    /// Up to which number each following takes messages.
    granted: Mutex<BTreeMap<(AgentId, CorrelationId), u64>>,
    /// Messages for which there was no room.
    beyond: AtomicUsize,
}

impl Network {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            inner: Arc::new(LocalCoordinator::with_limits(swarm_id!("swarm-001"), limits)),
            fate: Mutex::new(Box::new(|_, _| Fate::Arrives)),
            sent: Mutex::default(),
            renewed: Mutex::default(),
            stands: Mutex::default(),
            bytes: AtomicUsize::new(0),
            lives: Arc::default(),
            greets: AtomicBool::new(true),
            granted: Mutex::default(),
            beyond: AtomicUsize::new(0),
        })
    }

    /// What becomes of messages from here on.
    pub(crate) fn fate(&self, fate: impl FnMut(&AgentId, &Envelope) -> Fate + Send + 'static) {
        *self.fate.lock().unwrap() = Box::new(fate);
    }

    /// By chance: so many of a hundred are lost, come twice, are late.
    pub(crate) fn by_chance(&self, seed: u64, [lost, twice, late]: [u8; 3]) {
        let chance = SeededChance::new(seed);
        self.fate(move |_, _| {
            let drawn = chance.draw().unwrap();
            match (drawn % 100) as u8 {
                dice if dice < lost => Fate::IsLost,
                dice if dice < lost + twice => Fate::ComesTwice,
                dice if dice < lost + twice + late => Fate::IsLate(drawn >> 32 & 0xfff),
                _ => Fate::Arrives,
            }
        });
    }

    /// Whether what goes to all arrives from here on.
    pub(crate) fn greets(&self, greets: bool) {
        self.greets.store(greets, Ordering::SeqCst);
    }

    /// How many messages of a kind somebody was sent.
    pub(crate) fn sent(&self, to: &AgentId, kind: &MessageKind) -> usize {
        self.sent.lock().unwrap().get(&(to.clone(), kind.clone())).copied().unwrap_or(0)
    }

    /// How many messages were sent.
    pub(crate) fn count(&self) -> usize {
        self.sent.lock().unwrap().values().sum()
    }

    /// How often each said again where it stands, of its own accord.
    pub(crate) fn renewed(&self) -> BTreeMap<AgentId, usize> {
        self.renewed.lock().unwrap().clone()
    }

    /// How often each was told that there is nothing new.
    pub(crate) fn stands(&self) -> BTreeMap<AgentId, usize> {
        self.stands.lock().unwrap().clone()
    }

    /// How many messages with changes were sent for which their follower had given no room.
    pub(crate) fn beyond(&self) -> usize {
        self.beyond.load(Ordering::SeqCst)
    }

    fn hold_against_credit(&self, to: &AgentId, envelope: &Envelope) {
        let (kind, number, limits) = (envelope.kind(), envelope.correlation(), Limits::default());
        let mut granted = self.granted.lock().unwrap();
        if *kind == message_kinds::FOLLOW {
            // Some tests say rubbish.
            let Ok(follow) = StateFollow::from_bytes(envelope.payload(), &limits) else { return };
            if follow.renews {
                *self.renewed.lock().unwrap().entry(envelope.sender().clone()).or_default() += 1;
            }
            let room = granted.entry((envelope.sender().clone(), number)).or_default();
            *room = (*room).max(follow.received + u64::from(follow.credit));
        } else if *kind == message_kinds::FOLLOWED {
            let followed = StateFollowed::from_bytes(envelope.payload(), &limits).unwrap();
            if followed.told == Told::Stands {
                *self.stands.lock().unwrap().entry(to.clone()).or_default() += 1;
            }
            let has_changes = matches!(followed.told, Told::Changes { .. } | Told::Page { .. });
            let room = granted.get(&(to.clone(), number)).copied().unwrap_or(0);
            self.beyond.fetch_add(usize::from(has_changes && followed.number > room), Ordering::SeqCst);
        }
    }

    /// How many bytes were sent.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Coordinator for Network {
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
        let fate = (self.fate.lock().unwrap())(to, &envelope);
        let kind = envelope.kind().clone();
        let size = envelope.payload().len();
        if envelope.sender().as_str().starts_with("agent-") == (kind == message_kinds::FOLLOW) {
            self.hold_against_credit(to, &envelope);
        }
        match fate {
            Fate::Arrives => self.inner.send(to, envelope).await?,
            Fate::IsLost => {}
            Fate::Hangs => std::future::pending().await,
            Fate::ComesTwice => {
                self.inner.send(to, envelope.clone()).await?;
                self.inner.send(to, envelope).await?;
            }
            Fate::IsLate(millis) => {
                let (inner, to, lives) = (self.inner.clone(), to.clone(), self.lives.clone());
                let life = lives.load(Ordering::SeqCst);
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(millis)).await;
                    // What a synchronizer said of a memory that is gone does not come behind what the next one says.
                    let is_gone =
                        lives.load(Ordering::SeqCst) != life && !envelope.sender().as_str().starts_with("agent-");
                    if !is_gone {
                        let _ = inner.send(&to, envelope).await;
                    }
                });
            }
        }
        *self.sent.lock().unwrap().entry((to.clone(), kind)).or_default() += 1;
        self.bytes.fetch_add(size, Ordering::SeqCst);
        Ok(())
    }

    async fn broadcast(&self, envelope: Envelope, except: &[AgentId]) -> Result<Delivered, CoordinatorError> {
        if !self.greets.load(Ordering::SeqCst) {
            return Ok(Delivered::new(Vec::new(), Vec::new()));
        }
        let mut except = except.to_vec();
        for member in self.inner.view().await?.members {
            if (self.fate.lock().unwrap())(&member.id, &envelope) == Fate::IsLost {
                except.push(member.id);
            }
        }
        let delivered = self.inner.broadcast(envelope.clone(), &except).await?;
        let mut sent = self.sent.lock().unwrap();
        for id in &delivered.ids {
            *sent.entry((id.clone(), envelope.kind().clone())).or_default() += 1;
        }
        Ok(delivered)
    }

    async fn set_state(&self, id: &AgentId, state: AgentState) -> Result<(), CoordinatorError> {
        self.inner.set_state(id, state).await
    }

    async fn view(&self) -> Result<View, CoordinatorError> {
        self.inner.view().await
    }
}

pub(crate) struct World {
    pub(crate) network: Arc<Network>,
    pub(crate) memory: Arc<MemoryStore>,
    pub(crate) synchronizer: StateSynchronizer,
    pub(crate) clock: Arc<Ticking>,
}

/// One agent of it.
pub(crate) struct Agent {
    pub(crate) replica: Replica,
    task: JoinHandle<()>,
}

impl Agent {
    /// Its loop ends, and it leaves.
    pub(crate) async fn leave(&mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }
}

pub(crate) fn key(text: &str) -> StateKey {
    StateKey::new(text).unwrap()
}

pub(crate) fn agent(number: usize) -> AgentId {
    AgentId::new(format!("agent-{number}")).unwrap()
}

pub(crate) fn options(clock: &Arc<Ticking>) -> SyncOptions {
    SyncOptions::default().with_clock(clock.clone()).with_chance(Arc::new(SeededChance::new(7)))
}

impl World {
    pub(crate) async fn new(resolver: ConflictResolver) -> Self {
        Self::with(resolver, Limits::default(), |options| options).await
    }

    pub(crate) async fn with(
        resolver: ConflictResolver,
        limits: Limits,
        set: impl FnOnce(SyncOptions) -> SyncOptions,
    ) -> Self {
        let (clock, network) = (Arc::new(Ticking::default()), Network::new(limits.clone()));
        let memory = Arc::new(MemoryStore::new().unwrap());
        let options = set(options(&clock).with_limits(limits));
        let synchronizer = StateSynchronizer::with(network.clone(), memory.clone(), resolver, options).await.unwrap();
        Self { network, memory, synchronizer, clock }
    }

    /// The synchronizer ends, and another one begins.
    pub(crate) async fn restart(&mut self, resolver: ConflictResolver, memory: Arc<MemoryStore>) {
        self.synchronizer.shutdown().await;
        if !Arc::ptr_eq(&memory, &self.memory) {
            self.network.lives.fetch_add(1, Ordering::SeqCst);
        }
        let options = options(&self.clock);
        let synchronizer = StateSynchronizer::with(self.network.clone(), memory.clone(), resolver, options).await;
        (self.synchronizer, self.memory) = (synchronizer.unwrap(), memory);
    }

    /// Another synchronizer over the same memory.
    pub(crate) async fn another(&self, name: &str, resolver: ConflictResolver) -> StateSynchronizer {
        let options = options(&self.clock).with_id(AgentId::new(name).unwrap());
        StateSynchronizer::with(self.network.clone(), self.memory.clone(), resolver, options).await.unwrap()
    }

    pub(crate) fn replica(&self, number: usize) -> Replica {
        Replica::new(agent(number)).with_clock(self.clock.clone())
    }

    /// An agent that follows all and pushes.
    pub(crate) async fn agent(&self, number: usize) -> Agent {
        self.agent_with(self.replica(number), |half| half.follows(KeyRange::ALL).pushes()).await
    }

    pub(crate) async fn agent_with(
        &self,
        replica: Replica,
        set: impl FnOnce(ReplicaHandler) -> ReplicaHandler,
    ) -> Agent {
        let mut mailbox = self.network.join(replica.agent().clone(), Role::Member).await.unwrap();
        let chance = SeededChance::new(self.network.count() as u64);
        let half = ReplicaHandler::new(swarm_id!("swarm-001"), replica.clone()).with_chance(Arc::new(chance));
        let (mut half, network) = (set(half), self.network.clone());
        let task = tokio::spawn(async move {
            loop {
                let outgoing = tokio::select! {
                    biased;
                    outgoing = half.unasked() => outgoing,
                    envelope = mailbox.recv() => match envelope.map(|envelope| half.handle(&envelope)) {
                        Some(Handled::Done(outgoing)) => outgoing,
                        Some(_) => continue,
                        None => return,
                    },
                };
                for outgoing in outgoing {
                    let _ = network.send(&outgoing.to, outgoing.envelope).await;
                }
            }
        });
        Agent { replica, task }
    }

    /// Lets time pass.
    pub(crate) async fn pass(&self, millis: u64) {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }

    /// What the swarm holds, by key.
    pub(crate) async fn held(&self) -> BTreeMap<StateKey, moai_core::Value> {
        let mut held = BTreeMap::new();
        let mut place = None;
        loop {
            let page = self.synchronizer.snapshot(place).await.unwrap();
            held.extend(page.states.into_iter().map(|state| (state.state_key, state.value)));
            place = page.next;
            if place.is_none() {
                return held;
            }
        }
    }

    pub(crate) async fn epoch(&self) -> moai_core::Epoch {
        self.memory.standing(self.network.swarm_id()).await.unwrap().last.epoch
    }

    pub(crate) async fn last(&self) -> u64 {
        self.memory.standing(self.network.swarm_id()).await.unwrap().last.version.get()
    }
}

/// What a replica holds, by key.
pub(crate) fn holds(replica: &Replica) -> BTreeMap<StateKey, moai_core::Value> {
    replica.keys().into_iter().filter_map(|key| Some((key.clone(), replica.value(&key)?))).collect()
}

/// How many messages somebody was told something by.
pub(crate) fn told(network: &Network, number: usize) -> usize {
    network.sent(&agent(number), &message_kinds::FOLLOWED)
}
