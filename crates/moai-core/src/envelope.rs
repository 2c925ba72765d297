//! What travels between participants: a payload with where it comes from and what it answers.

use std::any::Any;
use std::sync::{Arc, OnceLock};

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
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Envelope(Arc<Parts>);

struct Parts {
    swarm: SwarmId,
    from: AgentId,
    kind: MessageKind,
    correlation: CorrelationId,
    payload: Bytes,
    /// What somebody has read from it.
    read: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl PartialEq for Parts {
    fn eq(&self, other: &Self) -> bool {
        // What was read follows from the rest.
        let Self { swarm, from, kind, correlation, payload, read: _ } = self;
        (swarm, from, kind, correlation, payload)
            == (&other.swarm, &other.from, &other.kind, &other.correlation, &other.payload)
    }
}

impl Eq for Parts {}

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
        Self(Arc::new(Parts { swarm, from, kind, correlation, payload: payload.into(), read: OnceLock::new() }))
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
    pub fn sender(&self) -> &AgentId {
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

    /// What `read` makes of this envelope. Of all who hold a clone of it only the first has to read: the others get a
    /// clone of what that one read. So ten thousand agents of one process read a broadcast once, and share what it says.
    ///
    /// `read` must depend on the envelope alone: what else it depends on belongs into `T`, for whoever gets it to compare.
    /// What fails is tried again by the next one. One type is kept; others are read each time.
    ///
    /// ```
    /// use moai_core::{CorrelationId, Envelope, agent_id, message_kind, swarm_id};
    ///
    /// let none = CorrelationId::from_bytes([0; 16]);
    /// let sent = Envelope::new(swarm_id!("s"), agent_id!("a"), message_kind!("count"), none, "41");
    /// let received = sent.clone();
    /// let read = |envelope: &Envelope| std::str::from_utf8(envelope.payload()).map(str::to_owned);
    /// assert_eq!(sent.read_once(read)?, "41");
    /// assert_eq!(received.read_once(|_| Err::<String, _>("it is not asked"))?, "41");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `read`.
    pub fn read_once<T, E>(&self, read: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E>
    where
        T: Clone + Send + Sync + 'static,
    {
        if let Some(known) = self.0.read.get().and_then(|known| known.downcast_ref::<T>()) {
            return Ok(known.clone());
        }
        let read = read(self)?;
        // Another may have been faster.
        let _ = self.0.read.set(Box::new(read.clone()));
        Ok(read)
    }
}

impl PartialEq for Envelope {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Eq for Envelope {}

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The payload may be large, or secret: its length is enough for a log.
        f.debug_struct("Envelope")
            .field("swarm", self.swarm())
            .field("from", self.sender())
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
            from: envelope.sender().clone(),
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
