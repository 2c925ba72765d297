//! A state that many hold.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use crate::{StateDigest, StateVersion};

/// A state that many hold: **cloning it copies a pointer**. Ten thousand agents of one process that are told the same state
/// hold it once, and work out once what stands for it.
///
/// It reads as the [`StateVersion`] that it was made of.
///
/// ```
/// use moai_core::{StateKey, Timestamp, Version, agent_id, value};
/// use moai_sync::{SharedState, StateChange, StateVersion};
///
/// let (key, time) = (StateKey::new("leader")?, Timestamp::UNIX_EPOCH);
/// let state = StateVersion::new(key, value!("agent-1"), Version::new(1)?, time, agent_id!("agent-1"));
/// let shared = SharedState::from(state.clone());
/// assert_eq!(shared.value, value!("agent-1"));
/// let change = StateChange::Put(shared.clone());
/// assert_eq!((change.version(), shared.into_state()), (Version::new(1)?, state));
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Clone)]
pub struct SharedState(Arc<Shared>);

#[derive(Clone)]
struct Shared {
    state: StateVersion,
    digest: OnceLock<StateDigest>,
}

impl SharedState {
    /// The state, for whoever wants one of its own: it is copied where others hold it, too.
    #[must_use]
    pub fn into_state(self) -> StateVersion {
        Arc::try_unwrap(self.0).unwrap_or_else(|shared| (*shared).clone()).state
    }

    /// What stands for it.
    #[must_use]
    pub fn digest(&self) -> StateDigest {
        *self.0.digest.get_or_init(|| StateDigest::of(&self.0.state))
    }

    /// The state, to be changed for its holder alone.
    pub(crate) fn to_mut(&mut self) -> &mut StateVersion {
        let shared = Arc::make_mut(&mut self.0);
        shared.digest = OnceLock::new();
        &mut shared.state
    }
}

impl From<StateVersion> for SharedState {
    fn from(state: StateVersion) -> Self {
        Self(Arc::new(Shared { state, digest: OnceLock::new() }))
    }
}

impl Deref for SharedState {
    type Target = StateVersion;

    fn deref(&self) -> &StateVersion {
        &self.0.state
    }
}

impl PartialEq for SharedState {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.state == other.0.state
    }
}

impl Eq for SharedState {}

impl std::fmt::Debug for SharedState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.state.fmt(f)
    }
}
