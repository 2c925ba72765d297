//! Whose lease is whose: an agent's own, or that of its class.

use std::collections::BTreeMap;

use moai_core::{AgentId, InvalidInput};

use super::{HeartbeatError, Lease};

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
