//! What a peer lacks of a document, instead of all of it.

use moai_core::{AgentId, InvalidInput, Limits, Timestamp, Value};
use moai_crdt::{
    Causal, Delta, Document, Merge, Path, ReplicaId, Schema, Stamp, Wire, WireForm, WireReader, WireWriter,
};

use crate::state_version::wire_limits;
use crate::{ConflictResolver, CrdtType, Mergeable, Metadata, StateVersion};

/// A state of which the document is left out, and what of that somebody lacks who has shown a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) head: StateVersion,
    pub(crate) delta: Delta<Document>,
}

/// Whether a resolver merges a document, so that a part of another one does: asked with a document that nobody has
/// written. One that chooses between documents needs all of both.
pub(crate) fn merges(resolver: &ConflictResolver, state: &StateVersion, document: &Causal<Document>) -> bool {
    let (mut other, nobody) = (Causal::<Document>::default(), ReplicaId::derive(&AgentId::COORDINATOR, u64::MAX));
    let Ok(stamp) = Stamp::new(0, 0) else { return false };
    if other.assign(nobody, stamp, &Path::root().then("?"), &Value::Null, &Schema::new()).is_err() {
        return false;
    }
    let mut both = document.clone();
    both.merge(&other);
    let other = Mergeable::Document(Box::new(other));
    let value = other.to_value().unwrap_or_default();
    let other = StateVersion { value, metadata: state.metadata.clone().with_mergeable(other), ..state.clone() };
    let resolved = resolver.resolve_admitted(&state.state_key, &[state.clone(), other], Timestamp::UNIX_EPOCH);
    let both = Mergeable::Document(Box::new(both));
    resolved.is_ok_and(|resolved| resolved.state.metadata.mergeable() == Some(&both))
}

impl Part {
    pub(crate) fn new(state: &StateVersion, delta: Delta<Document>) -> Self {
        let mut metadata = Metadata::of_type(CrdtType::Document);
        if let Some(clock) = state.metadata.vector_clock() {
            metadata = metadata.with_vector_clock(clock.clone());
        }
        for (key, value) in state.metadata.more().iter() {
            metadata = metadata.with(key.clone(), value.clone());
        }
        let head = StateVersion::new(
            state.state_key.clone(),
            Value::Null,
            state.version,
            state.timestamp,
            state.agent_id.clone(),
        );
        Self { head: head.with_metadata(metadata).based_on(state.based_on), delta }
    }

    /// # Errors
    ///
    /// What does not fit.
    pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Self, InvalidInput> {
        WireForm::from_bytes_within(bytes, &wire_limits(limits))
    }
}

impl Wire for Part {
    fn write(&self, to: &mut WireWriter) {
        self.head.write(to);
        self.delta.write(to);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        Ok(Self { head: Wire::read(from)?, delta: Wire::read(from)? })
    }
}

impl WireForm for Part {
    const KIND: u8 = 39;
}
