//! A swarm whose agents really answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use moai_core::{
    AgentId, Clock, Coordinator, Handled, Handler, LocalCoordinator, MemoryProvider, Role, StateKey, Timestamp,
    swarm_id,
};
use moai_store::MemoryStore;
use moai_sync::{ConflictResolver, Replica, ReplicaHandler, StateSynchronizer, SyncOptions, message_kinds};

/// A clock that goes on by a microsecond whenever it is looked at, and by more when it is told to.
#[derive(Default)]
pub(crate) struct Ticking(AtomicI64);

impl Ticking {
    pub(crate) fn set(&self, micros: i64) {
        self.0.store(micros, Ordering::SeqCst);
    }
}

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.0.fetch_add(1, Ordering::SeqCst)).unwrap()
    }
}

pub(crate) struct World {
    pub(crate) swarm: Arc<LocalCoordinator>,
    pub(crate) memory: Arc<MemoryStore>,
    pub(crate) synchronizer: StateSynchronizer,
    pub(crate) clock: Arc<Ticking>,
}

/// One agent of it.
pub(crate) struct Agent {
    pub(crate) replica: Replica,
    /// How many updates it was sent.
    pub(crate) updates: Arc<AtomicUsize>,
}

pub(crate) fn key(text: &str) -> StateKey {
    StateKey::new(text).unwrap()
}

pub(crate) fn agent(number: usize) -> AgentId {
    AgentId::new(format!("agent-{number}")).unwrap()
}

impl World {
    pub(crate) async fn new(resolver: ConflictResolver) -> Self {
        Self::over(Arc::new(MemoryStore::new().unwrap()), resolver).await
    }

    pub(crate) async fn over(memory: Arc<MemoryStore>, resolver: ConflictResolver) -> Self {
        let clock = Arc::new(Ticking::default());
        let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
        let synchronizer = Self::synchronizer(&swarm, memory.clone(), resolver, &clock, "state-synchronizer").await;
        Self { swarm, memory, synchronizer, clock }
    }

    pub(crate) async fn synchronizer(
        swarm: &Arc<LocalCoordinator>,
        memory: Arc<dyn MemoryProvider>,
        resolver: ConflictResolver,
        clock: &Arc<Ticking>,
        name: &str,
    ) -> StateSynchronizer {
        let options = SyncOptions::default().with_clock(clock.clone()).with_id(AgentId::new(name).unwrap());
        StateSynchronizer::with(swarm.clone(), memory, resolver, options).await.unwrap()
    }

    /// An agent that answers at once.
    pub(crate) async fn agent(&self, number: usize) -> Agent {
        self.agent_with(Replica::new(agent(number)).with_clock(self.clock.clone())).await
    }

    /// An agent with what it held before.
    pub(crate) async fn agent_with(&self, replica: Replica) -> Agent {
        let synchronizers = ["state-synchronizer", "first", "second", "faulty", "again", "other"];
        self.agent_told_by(replica, synchronizers).await
    }

    /// One that believes these alone.
    pub(crate) async fn agent_told_by<const N: usize>(&self, replica: Replica, by: [&str; N]) -> Agent {
        let mut mailbox = self.swarm.join(replica.agent().clone(), Role::Member).await.unwrap();
        let synchronizers = by.map(|name| AgentId::new(name).unwrap());
        let mut half = ReplicaHandler::new(swarm_id!("swarm-001"), replica.clone()).told_by(synchronizers);
        let (swarm, updates) = (self.swarm.clone(), Arc::new(AtomicUsize::new(0)));
        let told = updates.clone();
        tokio::spawn(async move {
            while let Some(envelope) = mailbox.recv().await {
                told.fetch_add(usize::from(*envelope.kind() == message_kinds::UPDATE), Ordering::SeqCst);
                let Handled::Done(outgoing) = half.handle(&envelope) else { continue };
                for outgoing in outgoing {
                    let _ = swarm.send(&outgoing.to, outgoing.envelope).await;
                }
            }
        });
        Agent { replica, updates }
    }

    /// Lets agents take in what they were sent.
    pub(crate) async fn settle(&self) {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }
}

impl Agent {
    pub(crate) fn updates(&self) -> usize {
        self.updates.load(Ordering::SeqCst)
    }
}
