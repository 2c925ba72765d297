//! A swarm in one process whose messages travel in a shape.

mod counts;
mod mailbox;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use moai_core::{
    AgentId, AgentState, Coordinator, CoordinatorError, Delivered, Envelope, Limits, LocalCoordinator, Mailbox, Role,
    SwarmId, Topology, View,
};

use crate::topology::{Adaptive, Roster, Route, Shape, TopologyInfo, info};
use counts::Counts;
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
    /// Whether everyone reaches everyone: then nobody has to look at the shape.
    is_mesh: AtomicBool,
    counts: Counts,
}

struct Inner {
    topology: Topology,
    /// What it watches changes with each message, while everything else is only read.
    adaptive: Mutex<Adaptive>,
    roster: Roster,
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

    /// The way from one member's place to another's.
    fn route(&self, shape: Shape, from: usize, to: usize) -> Result<Route, CoordinatorError> {
        shape.route(&self.roster, from, to).map_err(|cut| {
            let name = |place| self.roster.at(place).map_or("nobody", AgentId::as_str);
            let why = match cut.one == cut.other {
                true => format!("{} has failed, as has everybody", name(cut.one)),
                false => format!("{} and {} have failed, on both ways around the ring", name(cut.one), name(cut.other)),
            };
            let id = self.roster.at(to).unwrap_or(&AgentId::COORDINATOR).clone();
            CoordinatorError::Unreachable { id, why }
        })
    }

    /// A message goes from one place to another: where the shape adapts, it looks at what that costs. Over how many hops.
    fn go(&self, from: usize, to: usize) -> Result<u64, CoordinatorError> {
        if self.topology == Topology::Adaptive {
            self.adaptive().observe(&self.roster, from, to);
        }
        Ok(self.route(self.shape(), from, to)?.hops as u64)
    }

    /// The places of two, unless one of them is a service or has gone.
    fn places(&self, from: Option<u64>, to: Option<u64>) -> Option<(usize, usize)> {
        self.roster.seat(from?).zip(self.roster.seat(to?))
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
    fn take_out(&self, number: u64) {
        let mut inner = self.write();
        if inner.roster.remove(number) {
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
        let (inner, is_mesh) = (RwLock::new(inner), AtomicBool::new(topology == Topology::Mesh));
        Self { shared: Arc::new(Shared { local, inner, is_mesh, counts: Counts::default() }) }
    }

    /// What the topology looks like now. Its `Display` is a picture.
    #[must_use]
    pub fn topology(&self) -> TopologyInfo {
        let inner = self.shared.read();
        info(inner.topology, inner.shape(), &inner.roster, self.shared.counts.read())
    }

    /// Messages travel in this shape from here on. Nothing that was accepted is lost, and members keep their states.
    pub fn switch_topology(&self, topology: Topology) {
        let mut inner = self.shared.write();
        inner.topology = topology;
        self.shared.is_mesh.store(topology == Topology::Mesh, Ordering::Relaxed);
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
        let end = roster.place(to).ok_or_else(|| CoordinatorError::UnknownRecipient { id: to.clone() })?;
        let places = inner.route(inner.shape(), start, end)?.places(start, roster.len());
        Ok(places.into_iter().filter_map(|place| roster.at(place)).cloned().collect())
    }

    fn send_now(&self, to: &AgentId, envelope: Envelope) -> Result<(), CoordinatorError> {
        let Shared { local, counts, is_mesh, .. } = &*self.shared;
        let mut hops = u64::from(envelope.sender() != to);
        let sent = if is_mesh.load(Ordering::Relaxed) {
            local.send_now(to, envelope)
        } else {
            local.send_by_way(to, envelope, |from, to| {
                let inner = self.shared.read();
                if let Some((from, to)) = inner.places(from, to) {
                    hops = inner.go(from, to)?;
                }
                Ok(())
            })
        };
        match sent {
            Ok(()) => counts.delivered(hops),
            Err(_) => counts.refused(1),
        }
        sent
    }

    fn broadcast_now(&self, envelope: Envelope, except: &[AgentId]) -> Result<Delivered, CoordinatorError> {
        let Shared { local, counts, is_mesh, .. } = &*self.shared;
        if is_mesh.load(Ordering::Relaxed) {
            let delivered = local.broadcast_now(envelope, except, drop)?;
            counts.broadcast(delivered.ids.len() as u64, 0, 0);
            counts.refused(delivered.refused.len() as u64);
            return Ok(delivered);
        }
        let from = envelope.sender().clone();
        let cut = self.cut_off(&from, except);
        let spared: Vec<AgentId>;
        let except = if cut.is_empty() {
            except
        } else {
            spared = except.iter().chain(cut.iter().map(|(id, _)| id)).cloned().collect();
            &spared
        };
        let mut reached = Vec::new();
        let mut delivered = local.broadcast_now(envelope, except, |joined| reached.push(joined))?;
        if !cut.is_empty() {
            delivered.refused.extend(cut);
            delivered.refused.sort_by(|left, right| left.0.cmp(&right.0));
        }
        let (mut relayed, mut beyond) = (0, 0);
        {
            let inner = self.shared.read();
            // Who has gone meanwhile was reached all the same, and so was all that a service says.
            if let Some(from) = inner.roster.place(&from) {
                let ways = reached.iter().filter_map(|joined| inner.go(from, inner.roster.seat(*joined)?).ok());
                ways.filter(|hops| *hops > 1).for_each(|hops| {
                    relayed += 1;
                    beyond += hops - 1;
                });
            }
        }
        counts.broadcast(reached.len() as u64, relayed, beyond);
        counts.refused(delivered.refused.len() as u64);
        Ok(delivered)
    }

    /// To whom there is no way, and why: that comes about in a ring that is cut twice, and where everybody has failed.
    fn cut_off(&self, from: &AgentId, except: &[AgentId]) -> Vec<(AgentId, CoordinatorError)> {
        let inner = self.shared.read();
        let (shape, roster) = (inner.shape(), &inner.roster);
        if roster.failed().len() < 2 || shape != Shape::Ring && roster.living() > 0 {
            return Vec::new();
        }
        let Some(from) = roster.place(from) else { return Vec::new() };
        let mut spared: Vec<&AgentId> = except.iter().collect();
        spared.sort_unstable();
        let is_spared = |id: &AgentId| spared.binary_search(&id).is_ok();
        let others = roster.seats().iter().enumerate().filter(|(_, seat)| !is_spared(&seat.id));
        others.filter_map(|(at, seat)| Some((seat.id.clone(), inner.route(shape, from, at).err()?))).collect()
    }
}

#[async_trait]
impl Coordinator for SwarmCoordinator {
    fn swarm_id(&self) -> &SwarmId {
        self.shared.local.swarm_id()
    }

    async fn join(&self, id: AgentId, role: Role) -> Result<Box<dyn Mailbox>, CoordinatorError> {
        let mut inner = self.shared.write();
        let mailbox = self.shared.local.join_now(id.clone(), role)?;
        let has_seat = role == Role::Member;
        if has_seat {
            inner.roster.add(id, mailbox.joined());
            inner.membership_changed();
        }
        drop(inner);
        Ok(Box::new(SwarmMailbox { has_seat, swarm: Arc::downgrade(&self.shared), mailbox }))
    }

    async fn leave(&self, id: &AgentId) -> Result<(), CoordinatorError> {
        if let Some(number) = self.shared.local.leave_now(id)? {
            self.shared.take_out(number);
        }
        Ok(())
    }

    async fn send(&self, to: &AgentId, envelope: Envelope) -> Result<(), CoordinatorError> {
        self.send_now(to, envelope)
    }

    async fn broadcast(&self, envelope: Envelope, except: &[AgentId]) -> Result<Delivered, CoordinatorError> {
        self.broadcast_now(envelope, except)
    }

    async fn set_state(&self, id: &AgentId, state: AgentState) -> Result<(), CoordinatorError> {
        // Both at once, or what the view says and what the shape does could differ for good.
        let mut inner = self.shared.write();
        self.shared.local.set_state_now(id, state)?;
        inner.roster.set_failed(id, state == AgentState::Failed);
        Ok(())
    }

    async fn view(&self) -> Result<View, CoordinatorError> {
        let mut view = self.shared.local.view_now();
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
