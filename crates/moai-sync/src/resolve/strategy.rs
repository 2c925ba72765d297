//! How versions of one key become one.

use std::sync::Arc;

use moai_core::StateKey;

use super::{ResolveError, Resolved};
use crate::{CrdtType, StateVersion};

/// How versions of one key become one. A strategy of your own is one method:
///
/// ```
/// use moai_core::{StateKey, Timestamp, Version, agent_id, value};
/// use moai_sync::{ConflictResolver, ResolveError, Resolved, StateVersion, Strategy, Way};
///
/// /// The longest text.
/// struct Longest;
///
/// impl Strategy for Longest {
///     fn resolve(&self, key: &StateKey, versions: &[StateVersion]) -> Result<Resolved, ResolveError> {
///         let length = |state: &&StateVersion| (state.value.as_text().map(str::len), (*state).value.clone());
///         let longest = versions.iter().max_by_key(length).ok_or(ResolveError::Empty { state_key: key.clone() })?;
///         Ok(Resolved::new(longest.clone(), Way::Own("longest")))
///     }
/// }
///
/// let key = StateKey::new("summary")?;
/// let by = |agent, text| StateVersion::new(key.clone(), value!(text), Version::ZERO, Timestamp::UNIX_EPOCH, agent);
/// let resolver = ConflictResolver::new(Longest);
/// let resolved = resolver.resolve(&key, &[by(agent_id!("a"), "short"), by(agent_id!("b"), "not so short")])?;
/// assert_eq!(resolved.agent_id, agent_id!("b"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # What an implementation promises
///
/// Every order of the versions gives the same. So does a version that stands there twice, and resolving what came out
/// with what went in once more.
pub trait Strategy: Send + Sync {
    /// Makes one state of versions. There is at least one, all are of this key, and none is from the future.
    ///
    /// # Errors
    ///
    /// When they do not go together.
    fn resolve(&self, key: &StateKey, versions: &[StateVersion]) -> Result<Resolved, ResolveError>;

    /// How it takes a state: as the state says itself, unless the strategy has a reason to see more in it. Whether two states
    /// are in conflict, and which go together, is judged by that.
    fn crdt_type(&self, state: &StateVersion) -> CrdtType {
        state.crdt_type()
    }
}

/// A strategy that was chosen at run time is one as well.
impl<S: Strategy + ?Sized> Strategy for Arc<S> {
    fn resolve(&self, key: &StateKey, versions: &[StateVersion]) -> Result<Resolved, ResolveError> {
        self.as_ref().resolve(key, versions)
    }

    fn crdt_type(&self, state: &StateVersion) -> CrdtType {
        self.as_ref().crdt_type(state)
    }
}
