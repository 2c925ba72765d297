//! Which part of a swarm's memory.

use crate::name::{name, name_macro};

name! {
    /// A part of a swarm's memory, with keys of its own.
    ///
    /// ```
    /// use moai_core::Namespace;
    ///
    /// let id = Namespace::new("synchronized_state")?;
    /// assert_eq!(id.as_str(), "synchronized_state");
    /// assert!(Namespace::new("Not a name").is_err());
    /// # Ok::<(), moai_core::InvalidInput>(())
    /// ```
    Namespace, "namespace", "namespace"
}

name_macro!($ namespace, Namespace, "synchronized_state");
