//! Who takes part: the name of an agent or service.

use crate::name::{name, name_macro};

name! {
    /// The name of an agent or service, unique in its swarm and stable across its restarts.
    ///
    /// ```
    /// use moai_core::AgentId;
    ///
    /// let id = AgentId::new("agent-1")?;
    /// assert_eq!(id.as_str(), "agent-1");
    /// assert!(AgentId::new("Not a name").is_err());
    /// # Ok::<(), moai_core::InvalidInput>(())
    /// ```
    AgentId, "agent id", "agent_id"
}

name_macro!($ agent_id, AgentId, "agent-1");

impl AgentId {
    /// The word under which merged values are signed: nobody joins a swarm by this name.
    ///
    /// ```
    /// use moai_core::AgentId;
    /// assert!(AgentId::COORDINATOR.is_reserved());
    /// ```
    pub const COORDINATOR: Self = Self::__from_checked("coordinator");

    /// Whether this name is kept for provenance and may not join a swarm.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        *self == Self::COORDINATOR
    }
}
