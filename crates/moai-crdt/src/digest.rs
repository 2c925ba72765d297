//! What a replica has seen and still holds, without the data.

use serde::{Deserialize, Serialize};

use crate::CausalContext;

/// What a replica has seen, and what of it is alive: enough for another one to say what is missing *and* what must go.
///
/// It holds numbers, not data: a run costs three of them, however many changes it covers.
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{Causal, OrSet, ReplicaId};
///
/// let me = ReplicaId::derive(&agent_id!("agent-1"), 0);
/// let (mut here, mut there) = (Causal::<OrSet<&str>>::default(), Causal::<OrSet<&str>>::default());
/// there.apply(&here.add(me, "a"));
/// let (_lost, _too) = (here.remove(&"a"), here.add(me, "b"));
///
/// let digest = here.digest();
/// assert_eq!((digest.seen().len(), digest.live().len()), (2, 1), "two changes, of which one was removed");
/// // What answers the digest of the other one adds and erases.
/// there.apply(&here.delta_for(&there.digest()));
/// assert_eq!(there.digest(), digest);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Parts")]
pub struct Digest {
    /// Every dot that the replica knows of.
    pub(crate) seen: CausalContext,
    /// The dots that carry something there.
    pub(crate) live: CausalContext,
}

/// As others sent it.
#[derive(Deserialize)]
#[serde(rename = "Digest", deny_unknown_fields)]
struct Parts {
    seen: CausalContext,
    live: CausalContext,
}

impl TryFrom<Parts> for Digest {
    type Error = &'static str;

    fn try_from(Parts { seen, live }: Parts) -> Result<Self, &'static str> {
        Self::checked(seen, live)
    }
}

impl Digest {
    /// From parts that others sent.
    pub(crate) fn checked(seen: CausalContext, live: CausalContext) -> Result<Self, &'static str> {
        if live.without(&seen).is_empty() { Ok(Self { seen, live }) } else { Err("a dot is alive and not known") }
    }

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
