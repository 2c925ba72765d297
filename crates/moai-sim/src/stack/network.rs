//! The network between the processes of a world.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use moai_core::{AgentId, Coordinator, CoordinatorError, Envelope, SwarmId};

use super::{Ground, Life, SimCoordinator};
use crate::Seeds;

/// The network between the processes of a world: it loses, repeats, delays and cuts as the [`Chaos`](super::Chaos) says,
/// before a coordinator that does none of that. Cloning gives another handle.
///
/// ```
/// use std::sync::Arc;
/// use moai_core::{Coordinator, LocalCoordinator, Role, agent_id, swarm_id};
/// use moai_sim::stack::{Chaos, Ground, Life, SimNetwork};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?.block_on(async {
/// let ground = Ground::new(7, Chaos::NONE);
/// let network = SimNetwork::new(ground, Arc::new(LocalCoordinator::new(swarm_id!("swarm-001"))));
/// let process = network.door(&Life::new());
/// let _mailbox = process.join(agent_id!("agent-1"), Role::Member).await?;
/// assert_eq!(process.view().await?.members.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SimNetwork {
    shared: Arc<Shared>,
}

struct Shared {
    ground: Ground,
    inner: Arc<dyn Coordinator>,
    /// How many messages of one to another were sent, and the greatest that arrived.
    ways: Mutex<BTreeMap<(AgentId, AgentId), (u64, u64)>>,
    witness: OnceLock<Box<Witness>>,
}

/// Who sees each message when it is sent.
type Witness = dyn Fn(&AgentId, &Envelope) + Send + Sync;

/// What becomes of a message.
enum Fate {
    Arrives,
    IsLost,
    /// After so many milliseconds each.
    Comes(Vec<u64>),
}

impl SimNetwork {
    /// A network before this coordinator.
    #[must_use]
    pub fn new(ground: Ground, inner: Arc<dyn Coordinator>) -> Self {
        let (ways, witness) = (Mutex::default(), OnceLock::new());
        Self { shared: Arc::new(Shared { ground, inner, ways, witness }) }
    }

    /// Shows each message to `witness` when it is sent, whatever becomes of it. There is one witness, the first.
    pub fn watch(&self, witness: impl Fn(&AgentId, &Envelope) + Send + Sync + 'static) {
        let _ = self.shared.witness.set(Box::new(witness));
    }

    /// The way of one life of a process into the swarm.
    #[must_use]
    pub fn door(&self, life: &Life) -> Arc<SimCoordinator> {
        Arc::new(SimCoordinator::new(self.clone(), life.clone()))
    }

    /// The swarm whose messages it carries.
    #[must_use]
    pub fn swarm(&self) -> &SwarmId {
        self.shared.inner.swarm_id()
    }

    pub(super) fn inner(&self) -> &Arc<dyn Coordinator> {
        &self.shared.inner
    }

    pub(super) fn is_calm(&self) -> bool {
        self.shared.ground.is_calm()
    }

    pub(super) fn witness(&self, to: &AgentId, envelope: &Envelope) {
        if let Some(witness) = self.shared.witness.get() {
            witness(to, envelope);
        }
    }

    /// Carries one message, as the seed says.
    pub(super) async fn carry(&self, to: &AgentId, envelope: Envelope) -> Result<(), CoordinatorError> {
        let number = self.number(envelope.sender(), to);
        match self.fate(envelope.sender(), to) {
            Fate::Arrives => self.deliver(to, envelope, number).await,
            Fate::IsLost => Ok(()),
            Fate::Comes(after) => {
                for millis in after {
                    let (network, to, envelope) = (self.clone(), to.clone(), envelope.clone());
                    let arrives = async move {
                        tokio::time::sleep(Duration::from_millis(millis)).await;
                        // Whoever it is for may be gone.
                        let _ = network.deliver(&to, envelope, number).await;
                    };
                    drop(tokio::runtime::Handle::current().spawn(arrives));
                }
                Ok(())
            }
        }
    }

    async fn deliver(&self, to: &AgentId, envelope: Envelope, number: u64) -> Result<(), CoordinatorError> {
        let Shared { ground, inner, ways, .. } = self.shared.as_ref();
        let (from, kind, payload) = (envelope.sender().clone(), envelope.kind().clone(), envelope.payload().clone());
        let sent = inner.send(to, envelope).await;
        let to = to.clone();
        let parts = [from.as_str().as_bytes(), to.as_str().as_bytes(), kind.as_str().as_bytes(), &payload];
        ground.note(parts);
        ground.note([if sent.is_ok() { b"arrived".as_slice() } else { b"refused" }]);
        if sent.is_ok() {
            let mut ways = ways.lock().unwrap_or_else(PoisonError::into_inner);
            let (_, last) = ways.entry((from, to)).or_default();
            let is_overtaken = number < *last;
            *last = number.max(*last);
            drop(ways);
            if is_overtaken {
                ground.fault("a message was overtaken");
            }
        }
        sent
    }

    fn number(&self, from: &AgentId, to: &AgentId) -> u64 {
        let mut ways = self.shared.ways.lock().unwrap_or_else(PoisonError::into_inner);
        let (sent, _) = ways.entry((from.clone(), to.clone())).or_default();
        *sent += 1;
        *sent
    }

    fn fate(&self, from: &AgentId, to: &AgentId) -> Fate {
        let ground = &self.shared.ground;
        let (now, chaos) = (ground.now(), ground.chaos());
        if ground.is_calm() {
            return Fate::Arrives;
        }
        if let Some(cut) = chaos.cuts.iter().find(|cut| cut.severs(now, from, to)) {
            ground.fault(if cut.one_way { "a message was cut one way" } else { "a message was cut" });
            return Fate::IsLost;
        }
        let (is_lost, is_repeated, is_late, delays) = ground.draw_of_network(|seeds| {
            let delay = |seeds: &mut Seeds| 1 + seeds.below(chaos.latest.max(1));
            let [is_lost, is_repeated, is_late] =
                [chaos.lost, chaos.repeated, chaos.late].map(|rate| seeds.chance(rate));
            (is_lost, is_repeated, is_late, [delay(seeds), delay(seeds)])
        });
        if is_lost {
            ground.fault("a message was lost");
            return Fate::IsLost;
        }
        if is_repeated {
            ground.fault("a message came twice");
        }
        if is_late {
            ground.fault("a message was late");
        }
        let [first, second] = delays;
        match (is_late, is_repeated) {
            (false, false) => Fate::Arrives,
            (true, false) => Fate::Comes(vec![first]),
            (false, true) => Fate::Comes(vec![0, second]),
            (true, true) => Fate::Comes(vec![first, second]),
        }
    }
}

impl std::fmt::Debug for SimNetwork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimNetwork").finish_non_exhaustive()
    }
}
