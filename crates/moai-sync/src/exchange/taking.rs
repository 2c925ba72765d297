//! What comes from peers is taken in, or refused by name.

use moai_core::{AgentId, CorrelationId, Envelope, MessageKind};

use super::message::{Bytes, kinds};
use super::{Exchange, Refusal};
use crate::StateVersion;
use crate::replica::Taken;

impl Exchange {
    /// Takes in a peer's states, each of which is refused alone.
    pub(super) fn take(&mut self, from: &AgentId, about: CorrelationId, states: &[Bytes]) {
        for Bytes(bytes) in states {
            let state = StateVersion::from_bytes(bytes, self.limits()).map_err(|why| why.to_string());
            let taken = state.and_then(|state| self.replica.merge_from_peer(state, about, &self.resolver));
            self.taken(from, taken);
        }
    }

    pub(super) fn taken(&mut self, from: &AgentId, taken: Result<Taken, Refusal>) {
        match taken {
            Ok(Taken::New) => self.counts.taken += 1,
            Ok(Taken::Known) => {}
            Err(why) => self.refuse(from, &kinds::STATES, &why),
        }
    }

    pub(super) fn refuse(&mut self, from: &AgentId, kind: &MessageKind, why: &str) {
        self.counts.refused += 1;
        tracing::warn!(agent = %self.replica.agent(), %from, %kind, %why, "a peer's message or state is refused");
    }

    pub(super) fn is_refused(&self, envelope: &Envelope) -> Option<Refusal> {
        if *envelope.swarm() != self.swarm {
            return Some(format!("it is of swarm {}", envelope.swarm()));
        }
        if !self.peers.contains(envelope.sender()) || envelope.sender() == self.replica.agent() {
            return Some("its sender is not named as a peer".into());
        }
        let (got, limit) = (envelope.payload().len(), self.limits().payload_bytes);
        (got > limit).then(|| format!("it has {got} bytes, the limit is {limit}"))
    }
}
