//! What a replica has seen and still holds, without the data.

use serde::{Deserialize, Serialize};

use crate::CausalContext;

/// What a replica has seen, and what of it is alive: enough for another one to say what is missing *and* what must go.
///
/// It holds numbers, not data: a run costs three of them, however many changes it covers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Digest {
    /// Every dot that the replica knows of.
    pub(crate) seen: CausalContext,
    /// The dots that carry something there.
    pub(crate) live: CausalContext,
}

impl Digest {
    /// Every dot that the replica knows of.
    #[must_use]
    pub fn seen(&self) -> &CausalContext {
        &self.seen
    }

    /// The dots that carry something there.
    #[must_use]
    pub fn live(&self) -> &CausalContext {
        &self.live
    }
}
