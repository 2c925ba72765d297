//! What a replica takes in of documents of which it holds a part already, and gives of them.

use moai_core::{CorrelationId, StateKey};
use moai_crdt::{Causal, Digest, Document, WireForm};

use super::{Given, Taken};
use crate::exchange::{Part, merges};
use crate::replica::{Inner, Replica};
use crate::{ConflictResolver, Mergeable, StateVersion};

/// Documents of more bytes go in parts.
const LARGE: usize = 1_024;

fn document(state: &StateVersion) -> Option<&Causal<Document>> {
    match state.metadata.mergeable() {
        Some(Mergeable::Document(document)) => Some(document),
        _ => None,
    }
}

impl Replica {
    /// What the replica has seen of a document and still holds, if the resolver merges it.
    pub(crate) fn digest_of_document(&self, key: &StateKey, resolver: &ConflictResolver) -> Option<Digest> {
        let state = self.get(key)?;
        let document = document(&state)?;
        merges(resolver, &state, document).then(|| document.digest())
    }

    /// Whether a document is there that is large enough for its parts to be worth it.
    pub(crate) fn holds_large_document(&self, key: &StateKey) -> bool {
        let inner = self.inner();
        let state = inner.states.get(key).map(|held| &held.state);
        state.is_some_and(|state| document(state).is_some() && state.to_bytes().len() > LARGE)
    }

    /// Gives a peer what it lacks of a document, if that fits: from here on the swarm may have it.
    pub(crate) fn give_part_to_peer(
        &self,
        key: &StateKey,
        digest: &Digest,
        about: CorrelationId,
        fits: impl FnOnce(usize) -> bool,
    ) -> Given {
        let mut inner = self.inner();
        let Inner { states, seen, merging, .. } = &mut *inner;
        let Some(held) = states.get_mut(key) else { return Given::Nothing };
        let free = merging.free_of_cleared(key, held, *seen);
        let Some(document) = document(&held.state) else { return Given::Nothing };
        let mut part = Part::new(&held.state, document.delta_for(digest));
        part.head.based_on = free;
        let bytes = part.to_bytes();
        if !fits(bytes.len()) {
            return Given::TooLong(bytes.len());
        }
        let _ = held.give(Some(about));
        Given::State(bytes)
    }

    /// Takes in what a peer has of a document and this replica lacked.
    ///
    /// # Errors
    ///
    /// Why it is refused. Nothing changed.
    pub(crate) fn merge_part_from_peer(
        &self,
        part: Part,
        about: CorrelationId,
        resolver: &ConflictResolver,
    ) -> Result<Taken, String> {
        let Part { head, delta } = part;
        let held = self.get(&head.state_key);
        let document = held.as_ref().and_then(document);
        let mut document =
            document.cloned().ok_or_else(|| format!("there is no document {} any more", head.state_key))?;
        document.apply(&delta);
        let mergeable = Mergeable::Document(Box::new(document));
        let value = mergeable.to_value().unwrap_or_default();
        let theirs = StateVersion { value, metadata: head.metadata.with_mergeable(mergeable), ..head };
        theirs.check(&self.limits).map_err(|why| why.to_string())?;
        self.merge_from_peer(theirs, about, resolver)
    }
}
