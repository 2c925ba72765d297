//! A strategy for each kind of key.

use std::collections::BTreeMap;
use std::sync::Arc;

use moai_core::StateKey;

use super::{ResolveError, Resolved, Strategy};
use crate::{CrdtType, StateVersion};

/// Chooses a strategy by the longest prefix of the key that has one.
///
/// ```
/// use moai_sync::{ByPrefix, ConflictResolver, Crdt, Lww, Vector};
///
/// let resolver = ConflictResolver::new(
///     ByPrefix::new(Lww).with("counter_", Crdt::new()).with("causal_", Vector),
/// );
/// # let _ = resolver;
/// ```
#[derive(Clone)]
pub struct ByPrefix {
    by_prefix: BTreeMap<String, Arc<dyn Strategy>>,
    otherwise: Arc<dyn Strategy>,
}

impl ByPrefix {
    /// Keys without a prefix of their own take this one.
    #[must_use]
    pub fn new(strategy: impl Strategy + 'static) -> Self {
        Self { by_prefix: BTreeMap::new(), otherwise: Arc::new(strategy) }
    }

    /// Keys that begin so take this one. A prefix that is given twice takes the later strategy.
    #[must_use]
    pub fn with(mut self, prefix: impl Into<String>, strategy: impl Strategy + 'static) -> Self {
        self.by_prefix.insert(prefix.into(), Arc::new(strategy));
        self
    }

    fn strategy(&self, key: &str) -> &dyn Strategy {
        let longest = self.by_prefix.iter().filter(|(prefix, _)| key.starts_with(prefix.as_str()));
        let longest = longest.max_by_key(|(prefix, _)| prefix.len());
        longest.map_or(self.otherwise.as_ref(), |(_, strategy)| strategy.as_ref())
    }
}

impl std::fmt::Debug for ByPrefix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ByPrefix").field("prefixes", &self.by_prefix.keys()).finish_non_exhaustive()
    }
}

impl Strategy for ByPrefix {
    fn resolve(&self, key: &StateKey, versions: &[StateVersion]) -> Result<Resolved, ResolveError> {
        self.strategy(key.as_str()).resolve(key, versions)
    }

    fn crdt_type(&self, state: &StateVersion) -> CrdtType {
        self.strategy(state.state_key.as_str()).crdt_type(state)
    }
}
