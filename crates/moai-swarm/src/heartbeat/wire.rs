//! What a beat looks like on its way: a byte for the form, eight for the epoch (0: none), then the evidence as text.

use bytes::Bytes;
use moai_core::{MessageKind, message_kind};

use super::LeaseEpoch;
use super::monitor::EVIDENCE_BYTES;

const FORM: u8 = 1;

pub(super) fn beat_kind() -> MessageKind {
    message_kind!("heartbeat")
}

pub(super) fn lease_kind() -> MessageKind {
    message_kind!("heartbeat_lease")
}

pub(super) fn ping_kind() -> MessageKind {
    message_kind!("heartbeat_ping")
}

pub(super) fn encode(epoch: Option<LeaseEpoch>, evidence: &str) -> Bytes {
    let mut bytes = vec![FORM];
    bytes.extend_from_slice(&epoch.map_or(0, LeaseEpoch::number).to_be_bytes());
    bytes.extend_from_slice(evidence.as_bytes());
    bytes.into()
}

/// Nothing, for what is no beat.
pub(super) fn decode(bytes: &[u8]) -> Option<(Option<LeaseEpoch>, Option<String>)> {
    let (form, rest) = bytes.split_first()?;
    let (epoch, evidence) = rest.split_first_chunk::<8>()?;
    if *form != FORM || evidence.len() > EVIDENCE_BYTES {
        return None;
    }
    let epoch = Some(u64::from_be_bytes(*epoch)).filter(|number| *number > 0).map(LeaseEpoch::new);
    let evidence = std::str::from_utf8(evidence).ok()?;
    Some((epoch, Some(evidence.to_owned()).filter(|text| !text.is_empty())))
}
