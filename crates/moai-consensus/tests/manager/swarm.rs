//! A swarm in one process, with agents that really answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use moai_consensus::{Choice, ConsensusManager, ManagerOptions, Reply, Request, message_kinds};
use moai_core::{AgentId, Clock, Coordinator, Limits, LocalCoordinator, Mailbox, Role, Timestamp, swarm_id};

/// A swarm of agents with one manager.
pub(crate) struct Swarm {
    pub(crate) coordinator: Arc<LocalCoordinator>,
    pub(crate) manager: ConsensusManager,
}

pub(crate) fn id(name: &str) -> AgentId {
    AgentId::new(name).unwrap()
}

impl Swarm {
    pub(crate) async fn new() -> Self {
        Self::with(ManagerOptions::default().with_clock(Moving::clock())).await
    }

    pub(crate) async fn with(options: ManagerOptions) -> Self {
        let coordinator = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
        let manager = ConsensusManager::with(coordinator.clone(), options).await.unwrap();
        Self { coordinator, manager }
    }

    pub(crate) async fn join(&self, name: &str) -> Box<dyn Mailbox> {
        self.coordinator.join(id(name), Role::Member).await.unwrap()
    }

    /// An agent that always answers so, as long as the swarm is there. It counts how often it is told to stop.
    pub(crate) async fn agent(&self, name: &str, choice: Choice) -> Arc<AtomicUsize> {
        let (released, mut mailbox) = (Arc::new(AtomicUsize::new(0)), self.join(name).await);
        let (coordinator, told) = (self.coordinator.clone(), released.clone());
        tokio::spawn(async move {
            while let Some(envelope) = mailbox.recv().await {
                if *envelope.kind() == message_kinds::CLOSED {
                    told.fetch_add(1, Ordering::SeqCst);
                    continue;
                }
                let request = Request::from_bytes(envelope.payload(), &Limits::default()).unwrap();
                let me = mailbox.owner().clone();
                let ballot = request.ballot(me.clone(), choice).because("as always");
                let answer = envelope.reply(me, message_kinds::VOTE, Reply::Ballot(ballot).to_bytes());
                let _ = coordinator.send(envelope.sender(), answer).await;
            }
        });
        released
    }
}

/// A clock that goes with the runtime's, which tests move.
pub(crate) struct Moving(tokio::time::Instant);

impl Moving {
    pub(crate) fn clock() -> Arc<dyn Clock> {
        Arc::new(Self(tokio::time::Instant::now()))
    }
}

impl Clock for Moving {
    fn now(&self) -> Timestamp {
        Timestamp::nearest(Timestamp::UNIX_EPOCH.to_utc() + self.0.elapsed())
    }
}
