//! What stands for what a replica holds: kept as it changes, and not looked for at each tick.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::ops::Bound;
use std::sync::{Mutex, PoisonError};

use moai_core::{Digest, DigestBuilder, StateKey, Version};

use crate::StateVersion;
use crate::reconcile::ReconcileSet;

/// Keys under which something changed since an exchange last looked.
#[derive(Default)]
pub(crate) struct Touched(Mutex<BTreeSet<StateKey>>);

impl Touched {
    pub(crate) fn touch(&self, keys: impl IntoIterator<Item = StateKey>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(keys);
    }

    fn take(&self) -> BTreeSet<StateKey> {
        mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a state says, in a digest: all of it but what its holder had seen of the swarm.
pub(crate) fn digest_of(state: &StateVersion) -> Digest {
    let bytes = match (state.based_on, state.forgotten) {
        (Version::ZERO, Version::ZERO) => state.to_bytes(),
        _ => StateVersion { based_on: Version::ZERO, forgotten: Version::ZERO, ..state.clone() }.to_bytes(),
    };
    DigestBuilder::new("moai/exchange-state/1").bytes(&bytes).finish()
}

/// The digest of each state that is held, and the set that is compared with that of a peer.
pub(super) struct Ids {
    pub(super) set: ReconcileSet<StateKey>,
    digests: BTreeMap<StateKey, Digest>,
}

/// So many keys are looked up at once: the agent writes in between.
const AT_ONCE: usize = 256;

impl Ids {
    pub(super) fn keeping_sketches(sketches: usize) -> Self {
        Self { set: ReconcileSet::new().keeping_sketches(sketches), digests: BTreeMap::new() }
    }

    /// Takes in what changed; `look` tells what stands under keys now.
    pub(super) fn refresh(&mut self, touched: &Touched, look: impl Fn(&[StateKey]) -> Vec<(StateKey, Option<Digest>)>) {
        let keys: Vec<StateKey> = touched.take().into_iter().collect();
        for some in keys.chunks(AT_ONCE) {
            for (key, digest) in look(some) {
                self.put(key, digest);
            }
        }
    }

    fn put(&mut self, key: StateKey, digest: Option<Digest>) {
        let before = match digest {
            Some(digest) => self.digests.insert(key.clone(), digest),
            None => self.digests.remove(&key),
        };
        if before == digest {
            return;
        }
        if let Some(before) = before {
            self.set.remove(&key, &before);
        }
        if let Some(digest) = digest {
            self.set.insert(key, &digest);
        }
    }

    /// The keys behind `after` with their digests, sorted.
    pub(super) fn behind(&self, after: Option<&StateKey>) -> impl Iterator<Item = (&StateKey, &Digest)> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.digests.range::<StateKey, _>((from, Bound::Unbounded))
    }
}
