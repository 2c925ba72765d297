//! A swarm in one process whose messages travel in a shape.

mod mailbox;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use moai_core::{
    AgentId, AgentState, Coordinator, CoordinatorError, Delivered, Envelope, Limits, LocalCoordinator, Mailbox, Role,
    SwarmId, Topology, View,
};

use crate::topology::{Adaptive, Roster, Route, Shape, SwarmTraffic, TopologyInfo, info};
use mailbox::SwarmMailbox;

/// A coordinator for one process whose messages travel in a shape: who reaches whom, over whom, over how many hops.
///
/// | topology | who reaches whom | over others |
/// | --- | --- | --- |
/// | `Mesh` | everyone everyone | no |
/// | `Star` | everyone the hub, the oldest member that lives | over the hub |
/// | `Ring` | everyone whoever joined before and after | the shorter way around; the other one, where that is cut |
/// | `Hierarchical` | everyone a parent and up to four children | up to the common ancestor, and down |
/// | `Adaptive` | as one of them: mesh, star from 5 members on, tree from 11 on; back at 8 and at 3; one with fewer hops where most messages would go over a relay | |
///
/// **The shape decides who can be reached, and what a message costs**; it is carried at once all the same, into the mailbox of
/// whom it is for, so a switch of the shape loses none. Who has [failed](AgentState::Failed) carries nothing for others: what
/// went over it goes another way, or is refused as [`Unreachable`](CoordinatorError::Unreachable). Services stand outside of the
/// shape: they reach everyone, and everyone reaches them.
///
/// It has neither a runtime nor a clock, and keeps every promise of [`Coordinator`]. Cloning gives another handle; when the
/// last one goes, the swarm ends.
///
/// ```
/// use moai_core::{Coordinator, CorrelationId, Envelope, Role, Topology, agent_id, message_kind, swarm_id};
/// use moai_swarm::SwarmCoordinator;
///
/// # pollster::block_on(async {
/// let swarm = SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Star);
/// let _hub = swarm.join(agent_id!("agent-1"), Role::Member).await?;
/// let _one = swarm.join(agent_id!("agent-2"), Role::Member).await?;
/// let mut other = swarm.join(agent_id!("agent-3"), Role::Member).await?;
/// assert_eq!(swarm.route(&agent_id!("agent-2"), &agent_id!("agent-3"))?, [agent_id!("agent-1")]);
///
/// let (id, correlation) = (swarm.swarm_id().clone(), CorrelationId::from_bytes([1; 16]));
/// let hello = Envelope::new(id, agent_id!("agent-2"), message_kind!("greeting"), correlation, "hello");
/// swarm.send(&agent_id!("agent-3"), hello).await?;
/// assert_eq!(other.recv().await.ok_or("it was delivered")?.payload(), "hello");
/// let info = swarm.topology();
/// assert_eq!((info.connections, info.traffic.hops, info.traffic.relayed), (2, 2, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct SwarmCoordinator {
    shared: Arc<Shared>,
}

struct Shared {
    /// Mailboxes, names, states.
    local: LocalCoordinator,
    inner: RwLock<Inner>,
    counts: Counts,
}

struct Inner {
    topology: Topology,
    /// What it watches changes with each message, while everything else is only read.
    adaptive: Mutex<Adaptive>,
    roster: Roster,
}

/// What has been carried. The figures are each right, and not of one moment.
#[derive(Default)]
struct Counts {
    delivered: AtomicU64,
    hops: AtomicU64,
    relayed: AtomicU64,
    refused: AtomicU64,
}

impl Counts {
    fn delivered(&self, messages: u64, hops: u64, relayed: u64) {
        self.delivered.fetch_add(messages, Ordering::Relaxed);
        self.hops.fetch_add(hops, Ordering::Relaxed);
        self.relayed.fetch_add(relayed, Ordering::Relaxed);
    }

    fn refused(&self, messages: u64) {
        self.refused.fetch_add(messages, Ordering::Relaxed);
    }

    fn read(&self) -> SwarmTraffic {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let (delivered, hops) = (read(&self.delivered), read(&self.hops));
        SwarmTraffic { delivered, hops, relayed: read(&self.relayed), refused: read(&self.refused) }
    }
}

impl Inner {
    fn adaptive(&self) -> MutexGuard<'_, Adaptive> {
        self.adaptive.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shape(&self) -> Shape {
        match self.topology {
            Topology::Star => Shape::Star,
            Topology::Ring => Shape::Ring,
            Topology::Hierarchical => Shape::Hierarchical,
            Topology::Adaptive => self.adaptive().shape(),
            _ => Shape::Mesh,
        }
    }

    /// The way from one member to another; one hop where a service is at one of its ends.
    fn route(&self, shape: Shape, from: &AgentId, to: &AgentId) -> Result<Route, CoordinatorError> {
        if from == to {
            return Ok(Route::NONE);
        }
        if shape == Shape::Mesh {
            return Ok(Route::DIRECT);
        }
        let (Some(from), Some(at)) = (self.roster.place(from), self.roster.place(to)) else {
            return Ok(Route::DIRECT);
        };
        shape.route(&self.roster, from, at).map_err(|cut| {
            let name = |place| self.roster.at(place).map_or("nobody", AgentId::as_str);
            let why = match cut.one == cut.other {
                true => format!("{} has failed, as has everybody", name(cut.one)),
                false => format!("{} and {} have failed, on both ways around the ring", name(cut.one), name(cut.other)),
            };
            CoordinatorError::Unreachable { id: to.clone(), why }
        })
    }

    /// A message goes from one to another: where the shape adapts, it looks at what that costs.
    fn observe(&self, from: &AgentId, to: &AgentId) {
        if self.topology == Topology::Adaptive
            && let (Some(from), Some(to)) = (self.roster.place(from), self.roster.place(to))
        {
            self.adaptive().observe(&self.roster, from, to);
        }
    }

    fn membership_changed(&mut self) {
        let members = self.roster.len();
        self.adaptive.get_mut().unwrap_or_else(PoisonError::into_inner).resize(members);
    }
}

impl Shared {
    /// Nothing can panic while it is held, so a poisoned lock is as good as any.
    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inner> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes exactly this life of a name out of the shape.
    fn take_out(&self, id: &AgentId, number: u64) {
        let mut inner = self.write();
        if inner.roster.remove(id, number) {
            inner.membership_changed();
        }
    }
}

impl SwarmCoordinator {
    /// An empty swarm with the default limits.
    #[must_use]
    pub fn new(swarm: SwarmId, topology: Topology) -> Self {
        Self::with_limits(swarm, topology, Limits::default())
    }

    /// An empty swarm with other limits: those that [`LocalCoordinator::with_limits`] names count here.
    #[must_use]
    pub fn with_limits(swarm: SwarmId, topology: Topology, limits: Limits) -> Self {
        let inner = Inner { topology, adaptive: Mutex::new(Adaptive::new()), roster: Roster::default() };
        let local = LocalCoordinator::with_limits(swarm, limits);
        Self { shared: Arc::new(Shared { local, inner: RwLock::new(inner), counts: Counts::default() }) }
    }

    /// What the topology looks like now. Its `Display` is a picture.
    #[must_use]
    pub fn topology(&self) -> TopologyInfo {
        let inner = self.shared.read();
        info(inner.topology, inner.shape(), &inner.roster, self.shared.counts.read())
    }

    /// Messages travel in this shape from here on. Nothing that was accepted is lost, and members keep their states.
    pub fn switch_topology(&self, topology: Topology) {
        self.shared.write().topology = topology;
    }

    /// Over whom a message from one participant to another goes at this moment, in order; over nobody when they reach each
    /// other.
    ///
    /// # Errors
    ///
    /// [`UnknownSender`](CoordinatorError::UnknownSender), [`UnknownRecipient`](CoordinatorError::UnknownRecipient) for
    /// whoever is no member; [`Unreachable`](CoordinatorError::Unreachable) when there is no way.
    pub fn route(&self, from: &AgentId, to: &AgentId) -> Result<Vec<AgentId>, CoordinatorError> {
        let inner = self.shared.read();
        let roster = &inner.roster;
        let start = roster.place(from).ok_or_else(|| CoordinatorError::UnknownSender { id: from.clone() })?;
        roster.place(to).ok_or_else(|| CoordinatorError::UnknownRecipient { id: to.clone() })?;
        let places = inner.route(inner.shape(), from, to)?.places(start, roster.len());
        Ok(places.into_iter().filter_map(|place| roster.at(place)).cloned().collect())
    }
}

#[async_trait]
impl Coordinator for SwarmCoordinator {
    fn swarm_id(&self) -> &SwarmId {
        self.shared.local.swarm_id()
    }

    async fn join(&self, id: AgentId, role: Role) -> Result<Box<dyn Mailbox>, CoordinatorError> {
        let mailbox = self.shared.local.join(id.clone(), role).await?;
        let number = match role {
            Role::Member => {
                let mut inner = self.shared.write();
                let number = inner.roster.add(id);
                inner.membership_changed();
                Some(number)
            }
            Role::Service => None,
        };
        Ok(Box::new(SwarmMailbox { number, swarm: Arc::downgrade(&self.shared), mailbox }))
    }

    async fn leave(&self, id: &AgentId) -> Result<(), CoordinatorError> {
        let number = self.shared.read().roster.number(id);
        self.shared.local.leave(id).await?;
        if let Some(number) = number {
            self.shared.take_out(id, number);
        }
        Ok(())
    }

    async fn send(&self, to: &AgentId, envelope: Envelope) -> Result<(), CoordinatorError> {
        let routed = {
            let inner = self.shared.read();
            inner.observe(envelope.from(), to);
            inner.route(inner.shape(), envelope.from(), to)
        };
        let sent = match routed {
            Ok(route) => self.shared.local.send(to, envelope).await.map(|()| route.hops as u64),
            Err(why) => Err(why),
        };
        match sent {
            Ok(hops) => self.shared.counts.delivered(1, hops, u64::from(hops > 1)),
            Err(_) => self.shared.counts.refused(1),
        }
        sent.map(drop)
    }

    async fn broadcast(&self, envelope: Envelope, except: &[AgentId]) -> Result<Delivered, CoordinatorError> {
        let from = envelope.from().clone();
        let mut spared = except.to_vec();
        // To whom there is no way: that comes about in a ring that is cut twice, and where everybody has failed.
        let cut: Vec<(AgentId, CoordinatorError)> = {
            let inner = self.shared.read();
            let shape = inner.shape();
            let is_whole = inner.roster.failed().len() < 2 || shape != Shape::Ring && inner.roster.living() > 0;
            if is_whole {
                Vec::new()
            } else {
                let others = inner.roster.seats().iter().map(|seat| &seat.id).filter(|id| !except.contains(id));
                let route = |id: &AgentId| inner.route(shape, &from, id).err();
                others.filter_map(|id| Some((id.clone(), route(id)?))).collect()
            }
        };
        spared.extend(cut.iter().map(|(id, _)| id.clone()));
        let mut delivered = self.shared.local.broadcast(envelope, &spared).await?;
        if !cut.is_empty() {
            delivered.refused.extend(cut);
            delivered.refused.sort_by(|left, right| left.0.cmp(&right.0));
        }
        let (mut hops, mut relayed) = (0, 0);
        {
            let inner = self.shared.read();
            let shape = inner.shape();
            for id in &delivered.ids {
                inner.observe(&from, id);
                // Who has gone meanwhile was reached all the same.
                let way = inner.route(shape, &from, id).map_or(1, |route| route.hops as u64);
                (hops, relayed) = (hops + way, relayed + u64::from(way > 1));
            }
        }
        self.shared.counts.delivered(delivered.ids.len() as u64, hops, relayed);
        self.shared.counts.refused(delivered.refused.len() as u64);
        Ok(delivered)
    }

    async fn set_state(&self, id: &AgentId, state: AgentState) -> Result<(), CoordinatorError> {
        self.shared.local.set_state(id, state).await?;
        self.shared.write().roster.set_failed(id, state == AgentState::Failed);
        Ok(())
    }

    async fn view(&self) -> Result<View, CoordinatorError> {
        let mut view = self.shared.local.view().await?;
        view.topology = self.shared.read().topology;
        Ok(view)
    }
}

impl std::fmt::Debug for SwarmCoordinator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let inner = self.shared.read();
        f.debug_struct("SwarmCoordinator")
            .field("swarm", self.shared.local.swarm_id())
            .field("topology", &inner.topology)
            .field("members", &inner.roster.len())
            .finish_non_exhaustive()
    }
}
