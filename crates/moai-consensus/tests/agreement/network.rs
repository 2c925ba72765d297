//! A coordinator that loses, delays and cuts off, by one seed.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use moai_core::{
    AgentId, AgentState, Coordinator, CoordinatorError, Delivered, Envelope, LocalCoordinator, Mailbox, Role, SwarmId,
    View, swarm_id,
};

use crate::seeds::Seeds;

/// What it does to messages.
#[derive(Clone, Copy, Default)]
pub(crate) struct Weather {
    /// How many of a hundred are lost.
    pub(crate) lost: u64,
    /// How many of a hundred come twice.
    pub(crate) twice: u64,
    /// The longest delay, in milliseconds.
    pub(crate) longest: u64,
}

pub(crate) struct Network {
    inner: Arc<LocalCoordinator>,
    state: Mutex<State>,
}

struct State {
    seeds: Seeds,
    weather: Weather,
    cut_off: BTreeSet<AgentId>,
    lost: u64,
    /// All that was sent, as it was sent.
    seen: Vec<Envelope>,
}

impl Network {
    pub(crate) fn new(seed: u64, weather: Weather) -> Arc<Self> {
        let state = State { seeds: Seeds::new(seed), weather, cut_off: BTreeSet::new(), lost: 0, seen: Vec::new() };
        Arc::new(Self { inner: Arc::new(LocalCoordinator::new(swarm_id!("swarm-001"))), state: Mutex::new(state) })
    }

    /// From here on all is well.
    pub(crate) fn heal(&self) {
        let mut state = self.state.lock().unwrap();
        (state.weather, state.cut_off) = (Weather::default(), BTreeSet::new());
    }

    /// Nothing reaches these, and nothing comes from them.
    pub(crate) fn cut_off(&self, ids: impl IntoIterator<Item = AgentId>) {
        self.state.lock().unwrap().cut_off = ids.into_iter().collect();
    }

    pub(crate) fn lost(&self) -> u64 {
        self.state.lock().unwrap().lost
    }

    pub(crate) fn seen(&self) -> Vec<Envelope> {
        self.state.lock().unwrap().seen.clone()
    }
}

#[async_trait]
impl Coordinator for Network {
    fn swarm_id(&self) -> &SwarmId {
        self.inner.swarm_id()
    }
    async fn join(&self, id: AgentId, role: Role) -> Result<Box<dyn Mailbox>, CoordinatorError> {
        Coordinator::join(self.inner.as_ref(), id, role).await
    }
    async fn leave(&self, id: &AgentId) -> Result<(), CoordinatorError> {
        self.inner.leave(id).await
    }
    async fn send(&self, to: &AgentId, envelope: Envelope) -> Result<(), CoordinatorError> {
        let mut delays = Vec::new();
        {
            let mut state = self.state.lock().unwrap();
            state.seen.push(envelope.clone());
            let Weather { lost, twice, longest } = state.weather;
            let cut = state.cut_off.contains(to) != state.cut_off.contains(envelope.sender());
            if cut || state.seeds.chance(lost) {
                state.lost += 1;
                return Ok(());
            }
            for _ in 0..=u32::from(state.seeds.chance(twice)) {
                delays.push(state.seeds.below(longest + 1));
            }
        }
        for delay in delays {
            if delay == 0 {
                self.inner.send(to, envelope.clone()).await?;
                continue;
            }
            let (inner, to, envelope) = (self.inner.clone(), to.clone(), envelope.clone());
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(delay)).await;
                // Whoever has crashed meanwhile does not get it.
                let _ = inner.send(&to, envelope).await;
            });
        }
        Ok(())
    }
    async fn broadcast(&self, envelope: Envelope, except: &[AgentId]) -> Result<Delivered, CoordinatorError> {
        self.inner.broadcast(envelope, except).await
    }
    async fn set_state(&self, id: &AgentId, state: AgentState) -> Result<(), CoordinatorError> {
        self.inner.set_state(id, state).await
    }
    async fn view(&self) -> Result<View, CoordinatorError> {
        self.inner.view().await
    }
}
