//! What travels between participants: a payload with where it comes from and what it answers.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::payload::Payload;
use crate::{AgentId, CorrelationId, MessageKind, SwarmId};

/// A message on its way: swarm, sender, kind, correlation and payload. Cloning copies a pointer, so a broadcast to ten
/// thousand agents carries one payload.
///
/// The recipient is not in it: the coordinator is told to whom it goes, and one envelope may go to many. moai-core does
/// not look into the payload.
///
/// ```
/// use moai_core::{CorrelationId, Envelope, agent_id, message_kind, swarm_id};
///
/// let asked = CorrelationId::from_bytes([7; 16]);
/// let question =
///     Envelope::new(swarm_id!("swarm-001"), agent_id!("manager"), message_kind!("consensus_request"), asked, "deploy?");
/// let answer = question.reply(agent_id!("agent-1"), message_kind!("consensus_vote"), "for");
/// assert_eq!(answer.correlation(), asked);
/// assert_eq!(answer.swarm(), question.swarm());
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Envelope(Arc<Parts>);

#[derive(PartialEq, Eq)]
struct Parts {
    swarm: SwarmId,
    from: AgentId,
    kind: MessageKind,
    correlation: CorrelationId,
    payload: Bytes,
}

impl Envelope {
    /// The format that this build reads and writes.
    pub const FORMAT: u8 = 1;

    /// Puts a payload into an envelope.
    #[must_use]
    pub fn new(
        swarm: SwarmId,
        from: AgentId,
        kind: MessageKind,
        correlation: CorrelationId,
        payload: impl Into<Bytes>,
    ) -> Self {
        Self(Arc::new(Parts { swarm, from, kind, correlation, payload: payload.into() }))
    }

    /// An answer to this message: the same swarm and the same correlation.
    #[must_use]
    pub fn reply(&self, from: AgentId, kind: MessageKind, payload: impl Into<Bytes>) -> Self {
        Self::new(self.swarm().clone(), from, kind, self.correlation(), payload)
    }

    /// The swarm it belongs to.
    #[must_use]
    pub fn swarm(&self) -> &SwarmId {
        &self.0.swarm
    }

    /// Who says that they sent it. **A name, not a proof**: whoever needs proof signs the payload.
    #[must_use]
    pub fn from(&self) -> &AgentId {
        &self.0.from
    }

    /// What kind of message it is.
    #[must_use]
    pub fn kind(&self) -> &MessageKind {
        &self.0.kind
    }

    /// Which question it asks or answers.
    #[must_use]
    pub fn correlation(&self) -> CorrelationId {
        self.0.correlation
    }

    /// The bytes it carries.
    #[must_use]
    pub fn payload(&self) -> &Bytes {
        &self.0.payload
    }
}

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The payload may be large, or secret: its length is enough for a log.
        f.debug_struct("Envelope")
            .field("swarm", self.swarm())
            .field("from", self.from())
            .field("kind", self.kind())
            .field("correlation", &self.correlation())
            .field("payload_bytes", &self.payload().len())
            .finish()
    }
}

/// The envelope as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    format: u8,
    #[serde(rename = "type")]
    kind: MessageKind,
    swarm: SwarmId,
    from: AgentId,
    correlation: CorrelationId,
    payload: Payload,
}

impl From<Envelope> for Wire {
    fn from(envelope: Envelope) -> Self {
        Self {
            format: Envelope::FORMAT,
            kind: envelope.kind().clone(),
            swarm: envelope.swarm().clone(),
            from: envelope.from().clone(),
            correlation: envelope.correlation(),
            payload: Payload(envelope.payload().clone()),
        }
    }
}

impl TryFrom<Wire> for Envelope {
    type Error = crate::InvalidInput;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        if wire.format != Self::FORMAT {
            return Err(crate::InvalidInput::OutOfRange {
                field: "envelope format",
                low: Self::FORMAT.to_string(),
                high: Self::FORMAT.to_string(),
                got: wire.format.to_string(),
            });
        }
        Ok(Self::new(wire.swarm, wire.from, wire.kind, wire.correlation, wire.payload.0))
    }
}
