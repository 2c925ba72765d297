//! Whose lease is whose: an agent's own, or that of its class; and how that changes.

use std::collections::BTreeMap;

use moai_core::{AgentId, InvalidInput};

use super::{HeartbeatError, HeartbeatMonitor, Lease};

/// How many classes there may be.
const CLASSES: usize = 1_024;
/// The longest name of a class, in bytes.
const NAME_BYTES: usize = 64;

/// Which lease an agent has been given, watched or not. The last counts; who is not here has the usual one.
#[derive(Debug)]
pub(super) struct Leases {
    classes: BTreeMap<String, Lease>,
    agents: BTreeMap<AgentId, Given>,
    most: usize,
}

#[derive(Debug, PartialEq, Eq)]
enum Given {
    Own(Lease),
    Class(String),
}

impl Leases {
    /// No lease yet, and at most so many agents.
    pub(super) const fn new(most: usize) -> Self {
        Self { classes: BTreeMap::new(), agents: BTreeMap::new(), most }
    }

    pub(super) fn of(&self, agent: &AgentId) -> Option<Lease> {
        match self.agents.get(agent)? {
            Given::Own(lease) => Some(*lease),
            Given::Class(class) => self.classes.get(class).copied(),
        }
    }

    pub(super) fn set(&mut self, agent: &AgentId, lease: Lease) -> Result<(), HeartbeatError> {
        self.give(agent, Given::Own(lease))
    }

    pub(super) fn set_class(&mut self, agent: &AgentId, class: &str) -> Result<(), HeartbeatError> {
        if !self.classes.contains_key(class) {
            return Err(HeartbeatError::UnknownClass { class: class.to_owned() });
        }
        self.give(agent, Given::Class(class.to_owned()))
    }

    pub(super) fn reset(&mut self, agent: &AgentId) {
        self.agents.remove(agent);
    }

    /// Gives a class its lease, and says who is of it.
    pub(super) fn set_class_lease(&mut self, class: &str, lease: Lease) -> Result<Vec<AgentId>, HeartbeatError> {
        if class.is_empty() {
            return Err(InvalidInput::Empty { field: "class" }.into());
        }
        if class.len() > NAME_BYTES {
            let (limit, got) = (NAME_BYTES as u64, class.len() as u64);
            return Err(InvalidInput::TooLong { field: "class", limit, got }.into());
        }
        if !self.classes.contains_key(class) {
            has_room("classes", self.classes.len(), CLASSES)?;
        }
        self.classes.insert(class.to_owned(), lease);
        let of_class = self.agents.iter().filter(|(_, given)| matches!(given, Given::Class(name) if name == class));
        Ok(of_class.map(|(agent, _)| agent.clone()).collect())
    }

    fn give(&mut self, agent: &AgentId, given: Given) -> Result<(), HeartbeatError> {
        if !self.agents.contains_key(agent) {
            has_room("leases", self.agents.len(), self.most)?;
        }
        self.agents.insert(agent.clone(), given);
        Ok(())
    }
}

fn has_room(field: &'static str, count: usize, limit: usize) -> Result<(), InvalidInput> {
    if count < limit {
        return Ok(());
    }
    Err(InvalidInput::TooMany { field, limit: limit as u64, got: count as u64 + 1 })
}

impl HeartbeatMonitor {
    /// Gives an agent a lease of its own, watched or not, now and whenever it joins again. Its epoch and what is known of
    /// it stay. The last lease or class that it was given counts.
    ///
    /// A shorter lease is held against the silence so far in the next round. Where progress was not asked for, its time
    /// begins now.
    ///
    /// # Errors
    ///
    /// [`HeartbeatError::Input`] for a lease of less than twice the [suspicion](super::HeartbeatOptions::suspicion) or more
    /// than 30 days, and when as many agents have been given one as may be watched.
    ///
    /// ```
    /// # use std::{sync::Arc, time::Duration};
    /// # use moai_core::{Coded, LocalCoordinator, agent_id, swarm_id};
    /// # use moai_swarm::heartbeat::{HeartbeatMonitor, HeartbeatOptions, Lease};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// # let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    /// let monitor = HeartbeatMonitor::new(swarm, HeartbeatOptions::default()).await?;
    /// monitor.set_lease(&agent_id!("agent-1"), Lease::new(Duration::from_secs(600)))?;
    /// let short = monitor.set_lease(&agent_id!("agent-1"), Lease::new(Duration::from_secs(15)));
    /// assert_eq!(short.unwrap_err().code(), "input.out_of_range");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn set_lease(&self, agent: &AgentId, lease: Lease) -> Result<(), HeartbeatError> {
        self.watch.check_lease(lease)?;
        self.watch.change_leases(|leases| leases.set(agent, lease).map(|()| vec![agent.clone()]))
    }

    /// Gives a class its lease, the first time or anew; it counts at once for all who are of it. There are at most 1,024
    /// classes, with names of 1 to 64 bytes.
    ///
    /// # Errors
    ///
    /// [`HeartbeatError::Input`] for such a lease as [`set_lease`](Self::set_lease) refuses, for a name that does not
    /// fit, and for too many classes.
    ///
    /// ```
    /// # use std::{sync::Arc, time::Duration};
    /// # use moai_core::{LocalCoordinator, agent_id, swarm_id};
    /// # use moai_swarm::heartbeat::{HeartbeatMonitor, HeartbeatOptions, Lease};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// # let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    /// let monitor = HeartbeatMonitor::new(swarm, HeartbeatOptions::default()).await?;
    /// monitor.set_class_lease("thinkers", Lease::new(Duration::from_secs(300)))?;
    /// monitor.set_class(&agent_id!("agent-1"), "thinkers")?;
    /// monitor.set_class_lease("thinkers", Lease::new(Duration::from_secs(600)))?; // agent-1's as well
    /// assert!(monitor.set_class(&agent_id!("agent-1"), "talkers").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn set_class_lease(&self, class: &str, lease: Lease) -> Result<(), HeartbeatError> {
        self.watch.check_lease(lease)?;
        self.watch.change_leases(|leases| leases.set_class_lease(class, lease))
    }

    /// Puts an agent into a class, as [`set_lease`](Self::set_lease) gives it a lease.
    ///
    /// # Errors
    ///
    /// [`HeartbeatError::UnknownClass`] for a class that has no lease yet, [`HeartbeatError::Input`] when as many agents
    /// have been given one as may be watched.
    pub fn set_class(&self, agent: &AgentId, class: &str) -> Result<(), HeartbeatError> {
        self.watch.change_leases(|leases| leases.set_class(agent, class).map(|()| vec![agent.clone()]))
    }

    /// Takes an agent's own lease or class away: it has the usual one. Do so for who never joins again: it keeps its room
    /// otherwise.
    pub fn reset_lease(&self, agent: &AgentId) {
        self.watch.reset_lease(agent);
    }
}
