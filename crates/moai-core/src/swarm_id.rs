//! Which swarm.

use crate::name::{name, name_macro};

name! {
    /// The name of a swarm: what belongs to one swarm never reaches another.
    ///
    /// ```
    /// use moai_core::SwarmId;
    ///
    /// let id = SwarmId::new("swarm-001")?;
    /// assert_eq!(id.as_str(), "swarm-001");
    /// assert!(SwarmId::new("Not a name").is_err());
    /// # Ok::<(), moai_core::InvalidInput>(())
    /// ```
    SwarmId, "swarm id", "swarm_id"
}

name_macro!($ swarm_id, SwarmId, "swarm-001");
