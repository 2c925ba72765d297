//! A swarm on a clock that jumps, with a coordinator that can be told not to do as it is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use async_trait::async_trait;
use moai_core::{
    AgentId, AgentState, Coordinator, CoordinatorError, CorrelationId, Delivered, Envelope, LocalCoordinator, Mailbox,
    Role, SwarmId, View, message_kind, swarm_id,
};
use moai_swarm::heartbeat::HeartbeatOptions;
use tokio::time::{sleep, timeout};

use super::{agent, ms};

/// What hangs fails after an hour of its clock.
pub(crate) fn paused<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async { timeout(ms(3_600_000), test).await.expect("it never ends") })
}

pub(crate) async fn swarm(members: usize) -> (Arc<LocalCoordinator>, Vec<Box<dyn Mailbox>>) {
    let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    let mut mailboxes = Vec::new();
    for number in 1..=members {
        mailboxes.push(swarm.join(agent(number), Role::Member).await.unwrap());
    }
    (swarm, mailboxes)
}

pub(crate) fn options() -> HeartbeatOptions {
    HeartbeatOptions::default()
}

/// Waits until the coordinator shows this, at most a minute.
pub(crate) async fn shows(swarm: &LocalCoordinator, number: usize, state: AgentState) {
    let shown = async {
        while state_of(swarm, number).await != Some(state) {
            sleep(ms(1)).await;
        }
    };
    let Ok(()) = timeout(ms(60_000), shown).await else {
        panic!("agent-{number} is {:?}, and not {state:?}", state_of(swarm, number).await)
    };
}

pub(crate) async fn state_of(swarm: &LocalCoordinator, number: usize) -> Option<AgentState> {
    swarm.view().await.unwrap().members.into_iter().find(|one| one.id == agent(number)).map(|one| one.state)
}

/// What becomes of a state that the coordinator is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mood {
    Taken,
    Refused,
    /// Taken, and told as refused.
    Doubtful,
    /// It does not even say who is a member.
    Blind,
    /// Taken after a while.
    Slow,
    /// It never answers.
    Stuck,
    /// It never even says who is a member.
    Mute,
    /// Its mailboxes never run dry.
    Flooding,
}

pub(crate) struct Moody {
    inner: Arc<LocalCoordinator>,
    mood: AtomicU8,
    told: AtomicUsize,
    looked: AtomicUsize,
}

impl Moody {
    pub(crate) fn new(inner: Arc<LocalCoordinator>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            mood: AtomicU8::new(Mood::Taken as u8),
            told: AtomicUsize::new(0),
            looked: AtomicUsize::new(0),
        })
    }

    pub(crate) fn set(&self, mood: Mood) {
        self.mood.store(mood as u8, Ordering::SeqCst);
    }

    pub(crate) fn told(&self) -> usize {
        self.told.load(Ordering::SeqCst)
    }

    pub(crate) fn looked(&self) -> usize {
        self.looked.load(Ordering::SeqCst)
    }

    fn is(&self, mood: Mood) -> bool {
        self.mood.load(Ordering::SeqCst) == mood as u8
    }
}

fn unavailable() -> CoordinatorError {
    CoordinatorError::Unavailable { why: "a bad mood".into() }
}

#[async_trait]
impl Coordinator for Moody {
    fn swarm_id(&self) -> &SwarmId {
        self.inner.swarm_id()
    }

    async fn join(&self, id: AgentId, role: Role) -> Result<Box<dyn Mailbox>, CoordinatorError> {
        let mailbox = self.inner.join(id, role).await?;
        Ok(if self.is(Mood::Flooding) { Box::new(Flood { mailbox, left: 10_000 }) } else { mailbox })
    }

    async fn leave(&self, id: &AgentId) -> Result<(), CoordinatorError> {
        self.inner.leave(id).await
    }

    async fn send(&self, to: &AgentId, envelope: Envelope) -> Result<(), CoordinatorError> {
        self.inner.send(to, envelope).await
    }

    async fn broadcast(&self, envelope: Envelope, except: &[AgentId]) -> Result<Delivered, CoordinatorError> {
        self.inner.broadcast(envelope, except).await
    }

    async fn set_state(&self, id: &AgentId, state: AgentState) -> Result<(), CoordinatorError> {
        self.told.fetch_add(1, Ordering::SeqCst);
        if self.is(Mood::Stuck) {
            std::future::pending::<()>().await;
        }
        if self.is(Mood::Slow) {
            sleep(ms(300)).await;
        }
        if self.is(Mood::Refused) {
            return Err(unavailable());
        }
        self.inner.set_state(id, state).await?;
        if self.is(Mood::Doubtful) { Err(unavailable()) } else { Ok(()) }
    }

    async fn view(&self) -> Result<View, CoordinatorError> {
        self.looked.fetch_add(1, Ordering::SeqCst);
        if self.is(Mood::Mute) {
            std::future::pending::<()>().await;
        }
        if self.is(Mood::Blind) { Err(unavailable()) } else { self.inner.view().await }
    }
}

/// Always holds one more beat of the first agent; it closes behind so many that no test needs them.
struct Flood {
    mailbox: Box<dyn Mailbox>,
    left: usize,
}

#[async_trait]
impl Mailbox for Flood {
    fn owner(&self) -> &AgentId {
        self.mailbox.owner()
    }

    async fn recv(&mut self) -> Option<Envelope> {
        let mut one = Vec::new();
        self.recv_many(&mut one, 1).await;
        one.pop()
    }

    async fn recv_many(&mut self, into: &mut Vec<Envelope>, _: usize) -> usize {
        if self.left == 0 {
            return 0;
        }
        self.left -= 1;
        let correlation = CorrelationId::from_bytes([1; 16]);
        let beat = [&[1][..], &[0; 8]].concat();
        into.push(Envelope::new(swarm_id!("swarm-001"), agent(1), message_kind!("heartbeat"), correlation, beat));
        1
    }
}
